"""Threads share the memory, what is free goes back, and nobody who types waits for that."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref

import pytest

from interpref_tui.diagnostics.memory import PARTS, Tidying, _glibc, keep_together

glibc = pytest.mark.skipif(_glibc() is None, reason="it is glibc's memory that this is about")

_PARTS_USED = """
import ctypes, sys, threading
from interpref_tui.diagnostics import memory
if sys.argv[1] == "together":
    assert memory.keep_together()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
meet = threading.Barrier(8)
def take():
    meet.wait()
    mine = [library.malloc(5_000) for _ in range(200)]
    meet.wait()
    for one in mine:
        library.free(one)
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fdopen.restype = ctypes.c_void_p
library.fdopen.argtypes = [ctypes.c_int, ctypes.c_char_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fflush.argtypes = [ctypes.c_void_p]
out = library.fdopen(1, b"w")
library.malloc_info(0, out)
library.fflush(out)
"""


def parts_used(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _PARTS_USED, how], capture_output=True, text=True, check=True)
    return done.stdout.count("<heap nr=")


@glibc
def test_threads_share_a_few_parts_of_the_memory() -> None:
    assert parts_used("together") <= PARTS
    assert parts_used("apart") > PARTS


def test_where_there_is_another_c_library_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def __init__(self, _name: None) -> None:
            pass

    monkeypatch.setattr(ctypes, "CDLL", Other)
    assert not keep_together()
    Tidying.tidy(garbage=False)


def test_it_is_tidied_up_when_something_has_happened_and_nothing_does(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("interpref_tui.diagnostics.memory.time.monotonic", lambda: now[0])
    tidying = Tidying()
    now[0] = 110
    tidying.stir()
    assert tidying.begin() is False  # a key has just come: no garbage is looked for
    now[0] = 125
    tidying.stir()
    now[0] = 127
    assert tidying.begin() is True
    now[0] = 140
    assert tidying.begin() is None
    now[0] = 500
    assert tidying.begin() is True


def test_garbage_goes() -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

    ring = Ring()
    known = weakref.ref(ring)
    gc.disable()
    try:
        del ring
        Tidying.tidy(garbage=False)
        assert known() is not None
        Tidying.tidy(garbage=True)
        assert known() is None
    finally:
        gc.enable()
