"""What doctor says of the terminal, asked of real pseudo-terminals and a real tmux."""

from __future__ import annotations

import json
import os
import pty
import shlex
import shutil
import subprocess
import threading
import time
import tty
from typing import TYPE_CHECKING

import pytest

from interpref_tui.diagnostics import terminal_checks
from interpref_tui.diagnostics.terminal_checks import terminal_findings
from interpref_tui.terminal import capabilities
from interpref_tui.terminal.query import Conversation
from tests.support.cli import COMMAND, environment, interpref
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["terminal", "colours", "locale", "character widths", "copying", "log"]
FIELDS = ["name", "ok", "found", "advice", "optional"]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("TMUX", "STY", "NO_COLOR", "COLORTERM", "COLORFGBG", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_its_json_keeps_its_keys(tmp_path: Path) -> None:
    checks = interpref(tmp_path, "doctor", "--json", TMUX="").json["checks"]
    assert all(list(check) == FIELDS for check in checks)
    names = [check["name"] for check in checks]
    assert [name for name in names if name in NAMES] == NAMES


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"TERM": "xterm-256color"}, "many"),
        ({"TERM": "screen-256color"}, "many"),
        ({"TERM": "no-such-terminal-256color"}, "many"),
        ({"TERM": "xterm-16color"}, "sixteen"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "many"),
        ({"TERM": "linux"}, "sixteen"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "many"),
    ],
)
def test_how_many_colours_a_terminal_has(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code = "from interpref_tui.terminal.capabilities import colours; print(colours())"
    # In a process of its own: the terminal database is read once a process.
    done = subprocess.run(["python", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wanted


def test_a_light_ground_is_known_where_the_terminal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, light in (("0;15", True), ("15;0", False), ("0;default;7", True), ("", False)):
        monkeypatch.setenv("COLORFGBG", value)
        assert capabilities.on_light_ground() is light


def test_without_a_terminal_nothing_is_asked() -> None:
    found = {one.name: one for one in terminal_findings()}
    assert found["character widths"].found == "not asked: no terminal to ask"


def test_a_terminal_says_how_wide_it_draws(tmp_path: Path) -> None:
    with Terminal([*COMMAND, "doctor"], environment(tmp_path), columns=120, rows=40) as terminal_:
        terminal_.wait_for("character widths: as they should be")
        terminal_.wait_for("configuration:")
        assert "true colour" in terminal_.text
        assert "\x1b" not in terminal_.text


def test_a_terminal_that_draws_otherwise_is_told_on_and_a_silent_one_is_not_waited_for_long() -> None:
    ours, theirs = pty.openpty()
    tty.setcbreak(theirs)

    def answer() -> None:
        heard = b""
        while b"emoji" not in heard:
            heard += os.read(ours, 1024)
            if heard.endswith(b"\x1b[6n"):
                os.write(ours, b"\x1b[1;4R")
                heard = b""
            if heard.endswith(b"\x1b[c"):
                os.write(ours, b"\x1b[?62;52c")
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    asked = Conversation(theirs)
    finding = terminal_checks._widths(asked)
    assert not finding.ok
    assert "Chinese take 3 cells instead of 4" in finding.found
    assert "out of line" in finding.advice
    assert asked.abilities() == frozenset({62, 52})
    thread.join(5)
    begun = time.monotonic()
    assert asked.width("x") is None
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
@pytest.mark.parametrize("well", [True, False])
def test_in_tmux_it_says_what_to_set(tmp_path: Path, well: bool) -> None:
    options = (
        "set -s set-clipboard on\nset -s escape-time 10\nset -g focus-events on\n"
        if well
        else "set -s set-clipboard off\n"
    )
    (tmp_path / "tmux.conf").write_text(options, encoding="utf-8")
    socket, out = str(tmp_path / "socket"), tmp_path / "out.json"
    command = f"{shlex.join([*COMMAND, 'doctor', '--json'])} > {out}.part; mv {out}.part {out}"
    start = ["tmux", "-S", socket, "-f", str(tmp_path / "tmux.conf"), "new", "-d", "-x", "90", "-y", "30", command]
    subprocess.run(start, check=True, env=environment(tmp_path))
    for _ in range(600):
        if out.exists():
            break
        time.sleep(0.1)
    subprocess.run(["tmux", "-S", socket, "kill-server"], check=False, capture_output=True)
    checks = {check["name"]: check for check in json.loads(out.read_text(encoding="utf-8"))["checks"]}
    assert checks["tmux"]["ok"] is well
    assert checks["copying"]["ok"] is well
    if not well:
        assert "escape-time 20" in checks["tmux"]["advice"]
        assert "focus-events on" in checks["tmux"]["advice"]
        assert "set-clipboard on" in checks["copying"]["advice"]
