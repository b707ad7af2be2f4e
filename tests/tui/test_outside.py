"""Copying, editors, folders, pictures and messages: what leaves the screens, and what is said about it."""

from __future__ import annotations

import json
import stat
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_tui.app.app import InterprefApp
from interpref_tui.diagnostics import log
from interpref_tui.screens.dialogs.messages import MessagesScreen
from interpref_tui.terminal import clipboard, external_editor, tmux
from tests.support.pilot import comes, press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from interpref_db.study.study import Study


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY", "VISUAL", "EDITOR", "PAGER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = small_study(tmp_path / "s.duckdb", small_records(3, text=HOSTILE))
    yield made
    made.close()


def copied(tmp_path: Path) -> str:
    return (tmp_path / "state" / "interpref" / "copied.txt").read_text(encoding="utf-8")


def said(pilot: Pilot[int]) -> str:
    return "\n".join(one.message for one in pilot.app._notifications)


# -- the clipboard ---------------------------------------------------------------------------------------------------


@given(st.binary(max_size=4000))
def test_the_sequence_carries_the_bytes_through_every_multiplexer(data: bytes) -> None:
    plain = clipboard.sequence(data)
    assert b64decode(plain.removeprefix("\x1b]52;c;").removesuffix("\x07")) == data
    through = clipboard.sequence(data, "tmux")
    assert through.removeprefix("\x1bPtmux;").removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b") == plain
    parts = clipboard.sequence(data, "screen").removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert "".join(parts) == plain
    assert max(map(len, parts)) <= 700


def test_a_copy_goes_to_the_terminal_and_a_file_of_ones_own(tmp_path: Path) -> None:
    sent: list[str] = []
    line = clipboard.copy("naïve 界", sent.append)
    assert "OSC 52" in line
    assert "8 characters" not in line
    assert "7 characters" in line
    assert sent == [clipboard.sequence("naïve 界".encode())]
    assert copied(tmp_path) == "naïve 界"
    path = tmp_path / "state" / "interpref" / "copied.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_too_long_for_terminals_goes_to_the_file_alone_and_far_too_much_nowhere() -> None:
    sent: list[str] = []
    assert "the file" in clipboard.copy("x" * (clipboard.TERMINALS + 1), sent.append)
    assert "not copied" in clipboard.copy("x" * (clipboard.MOST + 1), sent.append)
    assert sent == []


def test_a_text_with_half_a_character_is_copied_too(tmp_path: Path) -> None:
    clipboard.copy("a\ud83d b", lambda _: None)
    assert copied(tmp_path) == "a? b"


def test_without_a_file_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blocked").write_text("a file where a folder would be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "blocked"))
    monkeypatch.setattr(clipboard, "TERMINALS", 2)
    assert clipboard.copy("long", lambda _: None) == "not copied: no clipboard takes it, and no file"


def test_in_tmux_without_an_answer_osc_52_is_tried_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMUX", str(tmp_path / "no-such-socket") + ",1,0")
    assert tmux.inside()
    sent: list[str] = []
    assert "where its set-clipboard is on" in clipboard.copy("x", sent.append)
    assert sent == [clipboard.sequence(b"x")]


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (("2", "y"), "h0a"),
        (("3", "j", "y"), "i1"),
        (("4", "y"), "one"),
        (("5", "y"), "i0"),
        (("3", "enter", "v", "y"), f"{HOSTILE} answer a to 0"),
        (("5", "enter", "y"), f"{HOSTILE} because 1"),
        (("y",), "one"),
    ],
)
async def test_y_copies_what_is_meant_on_every_screen(
    study: Study, tmp_path: Path, keys: tuple[str, ...], wanted: str
) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        assert copied(tmp_path) == wanted
        assert f"copied {len(wanted)} character" in said(pilot)


@pytest.mark.parametrize(
    ("keys", "kind"),
    [(("2", "Y"), "history"), (("3", "Y"), "item"), (("3", "enter", "Y"), "item"), (("4", "Y"), "run")],
)
async def test_capital_y_copies_the_record_whole(
    study: Study, tmp_path: Path, keys: tuple[str, ...], kind: str
) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        await settled(pilot)
        assert json.loads(copied(tmp_path))["type"] == kind


async def test_a_history_four_orders_and_a_table_are_copied_whole(study: Study, tmp_path: Path) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "enter", "Y")
        assert copied(tmp_path).count("## user") == 2
        await press(pilot, "5", "enter", "Y")
        assert copied(tmp_path).count("# order ") == 4
        await press(pilot, "1", "Y")
        lines = [line.split("\t") for line in copied(tmp_path).splitlines()]
        assert len(lines) > 1
        assert len({len(line) for line in lines}) == 1


# -- editors and folders ---------------------------------------------------------------------------------------------


def test_the_editor_is_the_one_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert external_editor.program() == "less"
    for name in ("PAGER", "EDITOR", "VISUAL"):
        monkeypatch.setenv(name, name.lower())
        assert external_editor.program() == name.lower()


@pytest.mark.parametrize(
    ("words", "window"),
    [
        (["vim"], False),
        (["/usr/bin/code", "--wait"], True),
        (["emacs", "-nw"], False),
        (["emacsclient", "-c"], True),
        (["nano"], False),
    ],
)
def test_editors_with_windows_are_known(words: list[str], window: bool) -> None:
    assert external_editor.has_window(words) is window


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("no-such-editor-anywhere", "no-such-editor-anywhere is not there"),
        ('"unclosed', "is no command"),
        ("cat", "cannot be lent to an editor"),  # there is no terminal in a test
    ],
)
async def test_an_editor_that_fails_is_one_line(
    study: Study, monkeypatch: pytest.MonkeyPatch, command: str, wanted: str
) -> None:
    monkeypatch.setenv("EDITOR", command)
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "enter", "e")
        assert wanted in said(pilot)


async def test_an_editor_that_returns_at_once_still_finds_its_file(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "code"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n(sleep 0.3; cat "$1" > {tmp_path}/seen) &\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(program))
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "enter", "e")
        await comes(pilot, lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").stat().st_size)
        assert "turn 3 of 0a" in (tmp_path / "seen").read_text(encoding="utf-8")


async def test_folders_are_said_and_a_picture_is_written_with_inert_text(study: Study, tmp_path: Path) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "P")
        (picture,) = (tmp_path / "state" / "interpref" / "pictures").iterdir()
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        assert stat.S_IMODE(picture.parent.stat().st_mode) == 0o700
        assert str(picture) in said(pilot)
        text = picture.read_text(encoding="utf-8")
        assert text.startswith("<svg")
        assert "\x1b" not in text
        await press(pilot, "O")
        assert f"exports: {Path.cwd()}" in said(pilot)


# -- messages and the log --------------------------------------------------------------------------------------------


async def test_messages_can_be_read_again_with_what_is_behind_them(study: Study, tmp_path: Path) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app = pilot.app
        assert isinstance(app, InterprefApp)
        await press(pilot, "M")
        assert isinstance(app.screen, MessagesScreen)
        assert "nothing has been said yet" in shown(pilot)
        await press(pilot, "escape", "2", "y")
        app.log_message(HOSTILE, "error", "ValueError, at\n  somewhere.py:3:look")
        await press(pilot, "M")
        text = shown(pilot)
        assert "somewhere.py:3:look" in text
        assert "log: " in text
        assert "\x1b" not in text
        await press(pilot, "j")
        assert "copied 3 characters" in shown(pilot)
        await press(pilot, "k", "y")
        assert copied(tmp_path).startswith(HOSTILE)
        await press(pilot, "escape")
        assert not isinstance(app.screen, MessagesScreen)


def test_the_log_knows_where_an_error_was_and_never_its_text() -> None:
    log.start()
    secret = "The user is in their early sixties. sk-secret"
    try:
        raise ValueError(secret)
    except ValueError as error:
        log.log_error(error)
        details = log.details(error)
    assert "test_outside.py" in details
    assert secret not in details
    text = log.log_file().read_text(encoding="utf-8")
    assert "failed ValueError" in text
    assert "test_outside.py" in text
    assert "sixties" not in text
    assert "secret" not in text
    assert stat.S_IMODE(log.log_file().stat().st_mode) == 0o600


def test_the_log_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LONGEST", 2000)
    log.start()
    for number in range(500):
        log.note(f"line {number}")
    files = sorted(log.log_file().parent.glob("interpref.log*"))
    assert len(files) == 1 + log.KEPT
    assert all(file.stat().st_size <= 2000 for file in files)
    assert "line 499" in log.log_file().read_text(encoding="utf-8")


async def test_an_error_in_a_thread_is_one_line_and_its_place_is_a_key_away(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "2")

        def broken() -> None:
            raise RuntimeError(f"[b] {HOSTILE}")

        pilot.app.screen.run_worker(broken, thread=True, exit_on_error=False)
        await comes(pilot, lambda: "M: more" in shown(pilot))
        await press(pilot, "M")
        assert "test_outside.py" in shown(pilot)
