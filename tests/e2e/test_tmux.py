"""Inside a real tmux: what is copied is in its buffer and reaches the terminal around it; every screen stands as it should, by
keys alone, whatever the terminal calls itself."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import COMMAND, environment
from tests.support.studies import small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    name = str(tmp_path / "tmux")
    yield name
    subprocess.run(["tmux", "-S", name, "kill-server"], check=False, capture_output=True)


@pytest.mark.parametrize("term", ["screen-256color", "screen"])
def test_a_copy_in_tmux_is_in_its_buffer_and_on_the_terminals_clipboard(tmp_path: Path, socket: str, term: str) -> None:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(3)).close()
    command = ["tmux", "-S", socket, "-f", "/dev/null", "new", "-x", "80", "-y", "24"]
    command += [f"exec env TERM={term} COLORTERM= {shlex.join([*COMMAND, str(path)])}"]
    with Terminal(command, environment(tmp_path), columns=80, rows=24) as terminal:
        terminal.wait_for("6 histories", 60)
        terminal.send(b"2")
        terminal.wait_for("plain turn 0 of 0a", 60)
        terminal.send(b"y")
        terminal.wait_for("copied 3 characters", 60)
        terminal.read(0.5)
        shown = subprocess.run(["tmux", "-S", socket, "show-buffer"], capture_output=True, text=True, check=True)
        assert shown.stdout == "h0a"
        assert b"\x1b]52;;" + b64encode(b"h0a") in terminal.raw


# Keys, and what stands on the screen when they have done what they do; after a hyphen, what does not any more. (What follows an
# escape at once would belong to it.)
WALK = (
    ("2", "turn 0 of 2b"), ("Enter", "turn 3 of 0a"), ("Escape", "opening"),
    ("3", "What about things"), ("Enter", "query  "), ("v", "answer a to 0"), ("Escape", "preference a"),
    (":", "list.open"), ("Escape", "-list.open"),
    ("4", "judged by judge"), ("n", "answer both sides"), ("Escape", "-answer both sides"),
    ("5", "LRLD"), ("Enter", "because 1"), ("r", "raw output"), ("Escape", "-raw output"),
    ("6", "mechanical"), ("7", "Nobody has labelled yet"), ("8", "Pass rates"), ("v", "per cent"), ("9", "--output verdicts.jsonl"),
    ("Escape", "6 histories"), ("0", "made by"), ("b", "histories are imported"), ("c", "No clusters yet"), ("1", "6 histories"),
    ("?", "name for [keys]"), ("Escape", "-name for [keys]"),
)  # fmt: skip
CASES = {
    "screen-256color": ((80, 24), {}),
    "xterm-16color": ((120, 40), {}),
    "tmux-256color": ((200, 60), {"NO_COLOR": "1", "LC_ALL": "C", "LANG": "C"}),
}
_STYLE = re.compile(r"\x1b\[([0-9;]*)m")


@pytest.mark.parametrize("term", CASES)
def test_every_screen_stands_in_tmux_by_keys_alone(tmp_path: Path, socket: str, term: str) -> None:
    (columns, rows), more = CASES[term]
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(3, pattern="LRLD")).close()
    variables = {"TERM": term, "COLORTERM": "", **more}
    inside = shlex.join(["env", *(f"{name}={value}" for name, value in variables.items()), *COMMAND, str(path)])
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]
    begin = [*tmux, "new", "-d", "-x", str(columns), "-y", str(rows), f"exec {inside}"]
    subprocess.run(begin, check=True, env=environment(tmp_path))

    def shown(*how: str) -> str:
        return subprocess.run([*tmux, "capture-pane", "-p", *how], capture_output=True, text=True, check=True).stdout

    def wait_for(wanted: str) -> None:
        end = time.monotonic() + 60
        while (wanted[1:] in shown()) if wanted[0] == "-" and wanted[1] != "-" else (wanted not in shown()):
            assert time.monotonic() < end, f"{wanted!r} never stood there:\n{shown()}"
            time.sleep(0.05)

    wait_for("6 histories")
    for key, wanted in WALK:
        subprocess.run([*tmux, "send-keys", key], check=True)
        wait_for(wanted)
        drawn = shown("-e")
        assert max(map(len, shown().splitlines())) <= columns
        assert not _foreign(drawn, term, more), (key, _foreign(drawn, term, more))
    assert subprocess.run([*tmux, "send-keys", "q"], check=True).returncode == 0


def _foreign(drawn: str, term: str, variables: dict[str, str]) -> list[str]:
    """Styles that this terminal cannot draw, or was asked not to."""
    found = [style for style in _STYLE.findall(drawn) if style]
    if "NO_COLOR" in variables:
        return [one for one in found if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)", one)]
    return [one for one in found if "8;2;" in one or (term == "xterm-16color" and "8;5;" in one)]


def test_a_dumb_terminal_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(1)).close()
    with Terminal([*COMMAND, str(path)], environment(tmp_path), columns=120, rows=24, TERM="dumb") as terminal:
        assert terminal.ended(60) == 1
        assert "--plain does the same in lines" in " ".join(terminal.text.split())
        assert b"\x1b" not in terminal.raw
