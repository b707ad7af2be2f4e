"""The screens in a real terminal: keys, bad bytes, silence when nothing happens, a way out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import COMMAND, environment
from tests.support.studies import HOSTILE, small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(4, text=HOSTILE)).close()
    return path


def opened(tmp_path: Path, study: Path) -> Terminal:
    return Terminal([*COMMAND, str(study)], environment(tmp_path), columns=100, rows=30)


def test_keys_open_screens_also_after_bytes_that_are_no_text(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.send(b"\xff\xfe\x80")
        terminal.read(0.3)
        terminal.send(b"2")
        terminal.wait_for("turns", 40)
        terminal.send(b"\r")
        terminal.wait_for("turn 0 of 0a", 40)


def test_nothing_is_sent_when_nothing_happens(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.read(2.5)
        assert terminal.read(5) == 0


@pytest.mark.parametrize(
    "more", [{}, {"NO_COLOR": "1"}, {"COLORTERM": "", "TERM": "xterm"}], ids=["colour", "none", "16"]
)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_it_starts_and_leaves_in_any_terminal(
    tmp_path: Path, study: Path, size: tuple[int, int], more: dict[str, str]
) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path, **more), columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("8 histories")
        terminal.send(b"q")
        for _ in range(100):
            terminal.read(0.1)
            done, code = os.waitpid(terminal.pid, os.WNOHANG)
            if done:
                assert os.waitstatus_to_exitcode(code) == 0
                break
            time.sleep(0.05)
        else:
            pytest.fail("it does not end")
