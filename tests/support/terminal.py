"""A program in a pseudo-terminal, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType


class Terminal:
    """Starts a command in a terminal of `columns` by `rows` cells and follows what it draws."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        /,
        *,
        columns: int = 120,
        rows: int = 40,
        **variables: str,
    ) -> None:
        """`variables` of the environment that come before the terminal's own, e.g. TERM or NO_COLOR. The program is in
        `folder`, and writes there what it is told to export without one.
        """
        self.screen = pyte.Screen(columns, rows)
        self.screen.write_process_input = self._answer  # type: ignore[method-assign]  # to see it called
        self._stream = pyte.ByteStream(self.screen)
        self.received = 0
        self.raw = bytearray()
        self.follow = True  # whether what is drawn is kept; without, it is only counted, however long that goes on
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            if folder is not None:
                os.chdir(folder)
            more = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "", "TMUX": "", **variables}
            os.execvpe(command[0], list(command), {**environment, **more})  # noqa: S606 - this process becomes it
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _answer(self, data: str) -> None:
        """Where the cursor is, when a program asks; what the terminal can do is answered apart."""
        if data.endswith("R"):
            os.write(self._terminal, data.encode("ascii"))

    def read(self, seconds: float) -> int:
        """Follow what is drawn within so many seconds; the number of bytes."""
        before = self.received
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and select.select([self._terminal], [], [], left)[0]:
            try:
                data = os.read(self._terminal, 1 << 16)
            except OSError:
                break
            if not data:
                break
            self.received += len(data)
            if b"\x1b[c" in data:
                os.write(self._terminal, b"\x1b[?62c")
            if self.follow:
                self.raw += data
                self._stream.feed(data)
        return self.received - before

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.screen.display)

    def wait_for(self, wanted: str, seconds: float = 30) -> float:
        """Wait until a text stands on the screen; seconds since the start. Raises TimeoutError."""
        while time.perf_counter() - self.started < seconds or self.read(0.05):
            if wanted in self.text:
                return time.perf_counter() - self.started
            self.read(0.005)
        raise TimeoutError(f"{wanted!r} never stood on the screen:\n{self.text}")

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the program is told."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """The terminal goes away."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDWR)

    def ended(self, seconds: float = 15) -> int | None:
        """The exit code once it has ended; None if it does not."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
        return None

    def send(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)
