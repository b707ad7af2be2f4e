"""Generations, judgings and comparings that the screens started: the command line itself, as child processes.

In processes of their own they never slow the screen down, and a crash of either leaves the other alone. How far they are
stands in their status files, as for every other run; what they say goes to a file that nobody else sees, so that they go on,
unharmed, when the screens are left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LAST = 8192  # bytes of what was said that are read
_KEPT = 20  # children that have ended, whose last words can still be read


@dataclass(slots=True)
class ChildProcess:
    """One child process: its arguments after `interpref`, and where it was started."""

    arguments: list[str]
    process: subprocess.Popen[bytes]
    stderr_file: IO[bytes]
    folder: Path | None = None
    stopping: bool = False
    exit_reported: bool = field(default=False)
    """Whether its end has been told."""

    @property
    def code(self) -> int | None:
        """Its exit code; None while it is going."""
        return self.process.poll()

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines that it said."""
        size = os.fstat(self.stderr_file.fileno()).st_size
        data = os.pread(self.stderr_file.fileno(), _LAST, max(0, size - _LAST))
        return [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()][-20:]

    @property
    def exit_message(self) -> str:
        """How it ended, in its own words."""
        if self.code == 0:
            return "done"
        said = self.stderr_tail
        return said[-1].removeprefix("interpref: ") if said else f"ended with code {self.code}"

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        options = dict(zip(self.arguments, self.arguments[1:], strict=False))
        named = [options[name] for name in ("--paradigm", "--run", "--only", "--again") if name in options][:1]
        return " ".join(part for part in (self.arguments[0], options.get("--model", ""), *named) if part)


class ChildProcesses:
    """The child processes of one study."""

    def __init__(self, study: Path) -> None:
        self._study = study
        self.all: list[ChildProcess] = []

    @property
    def running(self) -> int:
        """How many are going."""
        return sum(1 for child in self.all if child.code is None)

    def start(self, arguments: list[str], folder: Path | None = None) -> ChildProcess:
        """Start `interpref ARGUMENTS`, in a session of its own: neither our end nor the terminal's ends it. Raises OSError."""
        talk = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the child is looked at
        process = subprocess.Popen(
            [sys.executable, "-m", "interpref_tui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=talk,
            cwd=folder,
            start_new_session=True,
        )
        child = ChildProcess(arguments, process, talk, folder)
        self._let_go()
        self.all.append(child)
        return child

    def _let_go(self) -> None:
        """Forget the first ones whose end was told: each holds a file that is open."""
        over = [child for child in self.all if child.exit_reported and child.code is not None]
        for child in over[: max(0, len(over) - _KEPT)]:
            self.all.remove(child)
            child.stderr_file.close()

    def stop(self, child: ChildProcess) -> None:
        """Ask a child to stop cleanly; a second time, at once."""
        if child.code is None:
            child.stopping = True
            child.process.send_signal(signal.SIGINT)

    def stop_all(self) -> None:
        for child in self.all:
            self.stop(child)
