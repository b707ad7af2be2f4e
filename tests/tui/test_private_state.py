"""What the program keeps for itself: for its user alone, never through a link, and not for ever."""

from __future__ import annotations

import logging
import os
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interpref_core.engine.shared_slots import SharedSlots
from interpref_tui.app import session_state
from interpref_tui.diagnostics import crash_report, log
from interpref_tui.settings import startup
from interpref_tui.settings.paths import data_folder, state_folder
from interpref_tui.settings.private_files import prepare_folder, write_private
from interpref_tui.terminal import clipboard, theme_choice
from interpref_tui.terminal.capabilities import guarded_stderr
from tests.support.cli import environment
from tests.support.studies import small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folders of its own, a configuration, and a user who gives rights to everybody."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    (tmp_path / "config" / "interpref").mkdir(parents=True)
    (tmp_path / "config" / "interpref" / "config.toml").write_text('theme = "interpref-dark"\n', encoding="utf-8")
    before = os.umask(0)
    yield tmp_path
    os.umask(before)
    for handler in list(logging.getLogger("interpref").handlers):
        logging.getLogger("interpref").removeHandler(handler)
        handler.close()


def an_error() -> Exception:
    try:
        raise KeyError(" ".join(["a", "private", "text"]))
    except KeyError as error:
        return error


def use_everything(study: Path) -> None:
    """All that leaves something in the state folder, except the screens' pictures."""
    log.start()
    log.note("begins")
    clipboard.copy("copied", lambda _: None)
    theme_choice.remember("interpref-dark")
    startup.early_settings()
    session_state.save(study, session_state.to_toml(session_state.SessionState()))
    crash_report.write_report(an_error())
    with guarded_stderr():
        os.write(2, b"noise")
    shared = SharedSlots(state_folder() / "endpoints", "http://127.0.0.1:9 m", 4)
    shared.acquire(2, 4)
    shared.close()


def private(folder: Path) -> list[Path]:
    """Every file in a folder, once all of it is seen to be for its owner alone."""
    found = [folder, *folder.rglob("*")]
    for path in found:
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    return [path for path in found if path.is_file()]


def test_everything_is_private_whatever_the_umask(home: Path) -> None:
    use_everything(home / "s.duckdb")
    names = {path.name for path in private(state_folder())}
    assert {"interpref.log", "copied.txt", "theme", "configuration-checked", "noise.log", "places"} <= names
    assert any(name.startswith("crash-") for name in names)
    assert any(name.startswith("s-") for name in names)
    assert not [name for name in names if name.endswith(".tmp")]


def test_what_an_older_version_left_open_to_all_is_closed(home: Path) -> None:
    use_everything(home / "s.duckdb")
    for path in [state_folder(), *state_folder().rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    use_everything(home / "s.duckdb")
    kept = list(state_folder().glob("crash-*"))
    assert stat.S_IMODE(state_folder().stat().st_mode) == 0o700
    for name in ("interpref.log", "copied.txt", "theme", "noise.log"):
        assert stat.S_IMODE((state_folder() / name).stat().st_mode) == 0o600, name
    assert len(kept) == 2


@pytest.mark.parametrize("kind", ["symbolic", "hard", "dangling", "pipe"])
def test_what_was_planted_is_not_written_through(home: Path, kind: str) -> None:
    """A link at every name that the program writes: none is followed, and nothing hangs or fails."""
    use_everything(home / "s.duckdb")
    victims = home / "victims"
    victims.mkdir()
    for number, path in enumerate(private(state_folder())):
        victim = victims / str(number)
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "dangling":
            path.symlink_to(victim)
        else:
            victim.write_text("mine", encoding="utf-8")
            (path.symlink_to if kind == "symbolic" else path.hardlink_to)(victim)
    use_everything(home / "s.duckdb")
    assert session_state.load(home / "s.duckdb") == session_state.SessionState()
    for victim in victims.iterdir():
        assert victim.read_text(encoding="utf-8") == "mine"
    assert (kind in ("dangling", "pipe")) == (not list(victims.iterdir()))


def test_folders_that_are_links_or_somebody_elses_are_not_written_to(home: Path) -> None:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    prepare_folder(state_folder())
    (state_folder() / "places").symlink_to(elsewhere)
    (state_folder() / "endpoints").symlink_to(elsewhere)
    session_state.save(home / "s.duckdb", "{}")
    assert list(elsewhere.iterdir()) == []
    with pytest.raises(OSError, match="symbolic link"):
        write_private(state_folder() / "places" / "x", b"", root=state_folder())


def test_the_log_stays_private_when_it_is_turned_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LONGEST", 200)
    log.start()
    for number in range(40):
        log.note(f"line {number}")
    logs = [path.name for path in private(state_folder()) if path.name.startswith("interpref.log")]
    assert len(logs) == 1 + log.KEPT
    assert "line 39" in log.log_file().read_text(encoding="utf-8")


def test_the_newest_crash_reports_are_kept_and_others_files_too(home: Path) -> None:
    prepare_folder(state_folder())
    (state_folder() / "crash-notes.md").write_text("mine", encoding="utf-8")
    for number in range(30):
        (state_folder() / f"crash-2020-01-01T0000{number:02}Z.txt").touch()
    made = [crash_report.write_report(an_error()) for _ in range(3)]
    kept = sorted(path for path in state_folder().glob("crash-*.txt"))
    assert len(kept) == crash_report.KEPT == 20
    assert {path for path in made if path} <= set(kept)
    assert kept[0].name == "crash-2020-01-01T000013Z.txt"
    assert (state_folder() / "crash-notes.md").exists()
    assert "a private text" not in kept[-1].read_text(encoding="utf-8")


def test_a_crash_is_told_where_no_report_can_be_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = home / "blocked"
    blocked.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(home / "temporary"))
    (home / "temporary").mkdir()
    report = crash_report.write_report(an_error())
    assert report is not None
    assert report.parent == home / "temporary"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(blocked))
    assert crash_report.write_report(an_error()) is None


def test_the_demo_is_private(home: Path) -> None:
    from interpref_tui.services.demo import demo_study

    path = demo_study()
    assert path.parent == data_folder()
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in data_folder().iterdir() if "scratch" in one.name] == []


def test_a_text_in_the_editor_is_private_and_goes_after_a_kill(home: Path) -> None:
    """The screens are killed while an editor is open; the next start clears up."""
    study, temporary = home / "s.duckdb", home / "temporary"
    small_study(study).close()
    temporary.mkdir()
    editor = home / "editor"
    script = '#!/bin/sh\nstat -c "%a %n" "$1" > "$SEEN.part"; mv "$SEEN.part" "$SEEN"; read line\n'
    editor.write_text(script, encoding="utf-8")
    editor.chmod(0o755)
    variables = {"TMPDIR": str(temporary), "EDITOR": str(editor), "SEEN": str(home / "seen")}
    command = [sys.executable, "-m", "interpref_tui", str(study)]
    with Terminal(command, environment(home, **variables)) as terminal:
        terminal.wait_for("Home")
        terminal.send(b"2")
        terminal.wait_for("turn 0 of 2b")
        terminal.send(b"\r")
        terminal.wait_for("turn 3 of 0a")
        terminal.send(b"e")
        until = time.monotonic() + 30
        while not (home / "seen").exists() and time.monotonic() < until:
            terminal.read(0.05)
        rights, _, name = (home / "seen").read_text(encoding="utf-8").strip().partition(" ")
        assert rights == "600"
        assert stat.S_IMODE(Path(name).parent.stat().st_mode) == 0o700
    assert Path(name).exists()  # killed, with no time to clear up
    with Terminal(command, environment(home, **variables)) as terminal:
        terminal.wait_for("Home")
        assert not Path(name).parent.exists()
