"""The first moments of the screens in a real terminal: what stands there before they do, and that the terminal is given back."""

from __future__ import annotations

import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.cli import COMMAND, environment
from tests.support.studies import small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "some\x1b[31m study [b].duckdb"
    small_study(path, small_records(4)).close()
    return path


def modes(terminal: Terminal) -> list[object]:
    return termios.tcgetattr(terminal._terminal)


def test_the_study_is_named_before_the_screens_are_there(tmp_path: Path, study: Path) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), columns=100, rows=30) as terminal:
        before = modes(terminal)
        while not terminal.raw:
            terminal.read(0.01)
        terminal.send(b"2")  # nothing is echoed, and the key is for the screens
        terminal.wait_for("en    test", 40)
        first = terminal.raw.index("some␛[31m study [b].duckdb …".encode())
        assert first < 100
        assert terminal.raw.index(b"Histories") > first
        assert terminal.raw[:first].count(b"2") == 1  # of the sequence that hides the cursor
        assert b"\x1b[31m study" not in terminal.raw
        terminal.send(b"q")
        assert terminal.ended() == 0
        assert modes(terminal) == before
        assert terminal.raw.count(b"\x1b[?1049l") == 1


def test_a_study_that_cannot_be_opened_leaves_one_line(tmp_path: Path) -> None:
    text, other = tmp_path / "text.duckdb", tmp_path / "other.duckdb"
    text.write_text("some words, and more of them")
    duckdb.connect(str(other)).close()
    for path in (text, other):
        with Terminal([*COMMAND, str(path)], environment(tmp_path), columns=100, rows=30) as terminal:
            before = modes(terminal)
            code = terminal.ended()
            assert code not in (0, None)
            assert modes(terminal) == before
            assert b"\x1b[?1049l" in terminal.raw
            last = terminal.raw.rpartition(b"\x1b[?1049l")[2]
            assert b"study" in last
            assert b"Traceback" not in terminal.raw


def test_a_configuration_that_was_found_good_is_not_checked_again_at_the_start(tmp_path: Path) -> None:
    where = environment(tmp_path)
    file = tmp_path / "config" / "interpref" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('theme = "interpref-light"\nannotator = "ann"\n[keys]\n"app.help" = "f1"\n', encoding="utf-8")
    code = (
        "from interpref_tui.settings.startup import early_settings; import sys; found = early_settings()\n"
        "print('pydantic' in sys.modules, found.theme, found.keys, getattr(found, 'whole', found).annotator)"
    )

    def asked() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], env=where, capture_output=True, text=True, check=True
        ).stdout

    known = "interpref-light {'app.help': 'f1'} ann\n"
    assert [asked(), asked()] == [f"True {known}", f"False {known}"]
    where["INTERPREF_THEME"] = "interpref-paper"
    known = known.replace("light", "paper")
    assert [asked(), asked()] == [f"True {known}", f"False {known}"]
    file.write_text('theme = "interpref-light"\nannotater = "ann"\n', encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code], env=where, capture_output=True, text=True, check=False)
    assert "annotater" in done.stderr.splitlines()[-1]
