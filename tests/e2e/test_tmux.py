"""Inside a real tmux: what is copied is in its buffer and reaches the terminal around it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
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
