"""Asking a terminal about itself: how wide it draws a text, and what it says it can do."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 0.7  # seconds until an answer counts as none
_PLACE = re.compile(rb"\x1b\[(\d+);(\d+)R")
_ABLE = re.compile(rb"\x1b\[\?([\d;]*)c")


class Conversation:
    """Questions and answers over a terminal that is in raw mode meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def width(self, text: str) -> int | None:
        """Cells that the terminal moves the cursor on by when it draws a text; None if it does not say."""
        answer = self._ask(f"\r{text}\x1b[6n".encode(), _PLACE)
        self._write(b"\r\x1b[K")
        return int(answer.group(2)) - 1 if answer else None

    def abilities(self) -> frozenset[int] | None:
        """What the terminal says it can do (its primary device attributes; 52 stands for the clipboard); None if nothing."""
        answer = self._ask(b"\x1b[c", _ABLE)
        return frozenset(int(one) for one in answer.group(1).split(b";") if one) if answer else None

    def _write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def _ask(self, question: bytes, wanted: re.Pattern[bytes]) -> re.Match[bytes] | None:
        self._write(question)
        heard, end = b"", time.monotonic() + PATIENCE
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._descriptor], [], [], left)[0]:
                break
            heard += os.read(self._descriptor, 1024)
            if found := wanted.search(heard):
                return found
        return None


@contextmanager
def conversation() -> Iterator[Conversation | None]:
    """A conversation with the terminal in which this program runs; None where input or output is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        yield None
        return
    try:
        import termios
        import tty

        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        yield None
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Conversation(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
        os.close(descriptor)
