"""The screens in a real terminal: keys, bad bytes, silence when nothing happens, a way out."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import COMMAND, environment, interpref
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
        terminal.wait_for("en    test", 40)
        terminal.send(b"\r")
        terminal.wait_for("turn 0 of 0a", 40)


def test_a_screen_that_was_left_is_drawn_again(tmp_path: Path, study: Path) -> None:
    """Only a real terminal tells: a screen may be current, and whole, and never reach it."""
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        for key, there, place in ((b"2", "Histories", b"1"), (b"9", "Export", b"\x1b"), (b"2", "Histories", b"1")):
            terminal.send(key)
            terminal.wait_for(f" {there} ", 40)
            terminal.send(place)
            terminal.wait_for("8 histories", 40)


def test_letters_typed_ahead_belong_to_the_search(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.send(b"2")
        terminal.wait_for("en    test", 40)
        terminal.send(b"/jklq turns")
        terminal.wait_for("jklq turns", 40)


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


@pytest.mark.parametrize("kind", ["none", "16"])
def test_every_screen_keeps_to_the_colours_that_there_are(tmp_path: Path, study: Path, kind: str) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), columns=80, rows=24, **KINDS[kind]) as terminal:
        terminal.wait_for("8 histories")
        for keys, wanted in (("2", "chars"), ("\r", "user"), ("3", "preference a"), ("\r", "history a"), ("v", "answer a"),
                             ("4", "judged by"), ("n", "base URL"), ("\x1b", "judged by"), ("5", "verdicts"), ("\r", "order 1"),
                             ("6", "Failures"), ("7", "Annotate"), ("8", "Pass rates"), ("T", "terminal-light")):  # fmt: skip
            terminal.read(0.3)
            terminal.send(keys.encode())
            terminal.wait_for(wanted, 120)
            terminal.read(0.3)
            cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
            colours = {cell.fg for cell in cells} | {cell.bg for cell in cells}
            assert colours <= (BASIC if kind == "16" else {"default"}), wanted
            # The title, and what has the focus.
            assert sum(any(cell.reverse for cell in row.values()) for row in terminal.screen.buffer.values()) >= 1


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


def test_a_storm_of_resizes_ends_in_a_screen_of_the_last_size(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.send(b"3")
        terminal.wait_for("preference a", 40)
        for n in range(60):
            terminal.resize(60 + 7 * n % 90, 14 + 5 * n % 40)
            terminal.read(0.01)
        terminal.resize(120, 35)
        terminal.read(2)
        terminal.send(b"\x0c")
        terminal.wait_for("Keys", 60)
        assert "Items" in terminal.screen.display[0]
        assert "Keys" in terminal.screen.display[34]


def test_a_window_that_is_too_small_says_so_and_comes_back(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.resize(30, 8)
        terminal.wait_for("30 x 8 is too small", 40)
        terminal.resize(100, 30)
        terminal.wait_for("8 histories", 60)


def test_it_is_suspended_and_comes_back_drawn_anew(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.read(0.5)
        terminal.send(b"\x1a")
        _, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        terminal.read(0.3)
        assert terminal.raw.rstrip().endswith(b"\x1b[?1004l")  # the shell has its terminal back
        before = len(terminal.raw)
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for("8 histories", 60)
        assert b"\x1b[?1049h" in terminal.raw[before:]
        terminal.send(b"2")
        terminal.wait_for("chars", 60)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_and_gives_the_terminal_back(tmp_path: Path, study: Path, number: int, code: int) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        os.kill(terminal.pid, number)
        assert terminal.ended() == code
        assert b"\x1b[?1049l" in terminal.raw


def test_a_terminal_that_goes_away_takes_no_label_with_it(tmp_path: Path, study: Path) -> None:
    command = [*COMMAND, "annotate", str(study), "--annotator", "ann", "--task", "score"]
    with Terminal(command, environment(tmp_path), columns=100, rows=30) as terminal:
        terminal.wait_for("undecided")
        terminal.send(b"4")
        terminal.wait_for("saved: 4", 40)
        terminal.hang_up()
        assert terminal.ended() in (129, -signal.SIGHUP)
    labels = interpref(tmp_path, "list", study, "labels", "--json").lines
    assert [label["answer"] for label in labels] == ["4"]
    again = interpref(tmp_path, "annotate", study, "--annotator", "ann", "--task", "score", "--plain")
    assert again.code == 0  # nobody holds the journal


def test_modes_are_switched_on_again_when_the_terminal_is_attached_again(tmp_path: Path, study: Path) -> None:
    with opened(tmp_path, study) as terminal:
        terminal.wait_for("8 histories")
        terminal.read(0.5)
        before = 0
        for key in (b"\x1b[O\x1b[I", b"\x0c"):
            before = len(terminal.raw)
            terminal.send(key)
            terminal.read(1)
            for mode in (b"?1000h", b"?1006h", b"?2004h", b"?1004h"):
                assert b"\x1b[" + mode in terminal.raw[before:]
        # Drawn anew as a whole, for a terminal that has lost it.
        assert b"8 histories" in terminal.raw[before:]


def test_noise_on_the_error_output_stays_off_the_screen(tmp_path: Path, study: Path) -> None:
    code = (
        "import os, threading, time; from interpref_tui.cli import run\n"
        "def noise():\n"
        f"    while not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.05)\n"
        "    os.write(2, b'NOISE' * 50)\n"
        "threading.Thread(target=noise, daemon=True).start()\n"
        f"run([{str(study)!r}])"
    )
    with Terminal([sys.executable, "-c", code], environment(tmp_path), columns=100, rows=30) as terminal:
        terminal.wait_for("8 histories")
        (tmp_path / "go").touch()
        terminal.read(2)
        assert b"NOISE" not in terminal.raw
        terminal.send(b"2")
        terminal.wait_for("chars", 60)
    assert "NOISE" in (tmp_path / "state" / "interpref" / "noise.log").read_text(encoding="utf-8")


def test_a_dumb_terminal_is_told_of_the_plain_way(tmp_path: Path, study: Path) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), columns=100, rows=30, TERM="dumb") as terminal:
        assert terminal.ended() == 1
        assert "--plain does the same in lines" in terminal.text
        assert b"\x1b" not in terminal.raw
    with Terminal(
        [*COMMAND, "--plain", str(study)], environment(tmp_path), columns=80, rows=24, TERM="dumb"
    ) as terminal:
        terminal.wait_for("home>")
        terminal.send(b"2\n\n")
        terminal.wait_for("history>")
        terminal.send(b"\n")
        terminal.wait_for("turn 1 of 4")
        terminal.send(b"q\n")
        assert terminal.ended() == 0
        assert b"\x1b" not in terminal.raw
