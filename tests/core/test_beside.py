"""Work beside, and shortage of memory: nobody waits for a thread that is not there."""

from __future__ import annotations

import _thread
import threading
from typing import Any, NoReturn

import duckdb
import pytest

from interpref_core.system.background_threads import Beside
from interpref_core.system.memory_shortage import is_shortage, tell_shortage


def test_what_is_done_beside_is_there_when_asked_for() -> None:
    here = threading.get_ident()
    began = threading.Event()

    def work() -> int:
        began.set()
        return threading.get_ident()

    beside = Beside(work)
    assert began.wait(30)
    assert beside.result() != here


def test_without_a_thread_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert Beside(threading.get_ident).result() == threading.get_ident()


def test_a_thread_that_dies_before_it_began_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_thread, "start_new_thread", lambda *_: 1)
    assert Beside(lambda: 7).result() == 7


def test_what_it_raises_is_raised_where_it_is_asked_for() -> None:
    def fail() -> NoReturn:
        raise MemoryError

    with pytest.raises(MemoryError):
        Beside(fail).result()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
        duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block"),
        duckdb.IOException("IO Error: Failed to allocate"),
        ImportError("x.so: failed to map segment from shared object"),
    ],
)
def test_shortage_is_known_whoever_says_it(error: BaseException) -> None:
    assert is_shortage(error)
    assert "\n" not in tell_shortage(error)


@pytest.mark.parametrize(
    "error", [ValueError("out of memory"), OSError(2, "no such file"), duckdb.BinderException("x")]
)
def test_other_errors_are_none(error: BaseException) -> None:
    assert not is_shortage(error)
