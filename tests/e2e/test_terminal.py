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


KINDS = {
    "colour": {},
    "none": {"NO_COLOR": "1"},
    "16": {"COLORTERM": "", "TERM": "xterm-16color"},
    "screen": {"COLORTERM": "", "TERM": "screen-256color"},
}
BASIC = {"default", "black", "red", "green", "brown", "yellow", "blue", "magenta", "cyan", "white"}
BASIC |= {f"bright{name}" for name in BASIC} | {"bfightmagenta"}  # as pyte spells it


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_it_starts_and_leaves_in_any_terminal(tmp_path: Path, study: Path, size: tuple[int, int], kind: str) -> None:
    with Terminal(
        [*COMMAND, str(study)], environment(tmp_path), columns=size[0], rows=size[1], **KINDS[kind]
    ) as terminal:
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


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_cursor_is_can_be_seen_with_few_colours_and_with_none(tmp_path: Path, study: Path, kind: str) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), columns=80, rows=24, **KINDS[kind]) as terminal:
        terminal.wait_for("8 histories")
        terminal.send(b"2")
        terminal.wait_for("chars", 40)
        terminal.send(b"j")
        terminal.wait_for("›", 40)
        terminal.read(0.5)
        cells = terminal.screen.buffer
        row = next(y for y in range(24) if terminal.screen.display[y].startswith("›"))
        colours = {cells[y][x].fg for y in range(24) for x in range(80)} | {
            cells[y][x].bg for y in range(24) for x in range(80)
        }
        if kind == "none":
            assert colours == {"default"}
        if kind == "16":
            assert colours <= BASIC
            assert len(colours) > 1
        if kind in ("none", "16"):
            assert all(cells[row][x].reverse and cells[row][x].bold for x in range(60))
            assert not any(cells[row + 1][x].reverse for x in range(60))
        else:
            assert cells[row][5].bg != cells[row + 1][5].bg
