"""Lines out, lines in. Nothing else ever reaches the terminal: no colour, no cursor movement, texts inert."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from interpref_tui.characters import inert, readable

if TYPE_CHECKING:
    from typing import TextIO

PIECE = 1_500  # characters that are said before a pause


class Lines:
    """Talks to one person through two streams."""

    def __init__(self, source: TextIO | None = None, target: TextIO | None = None) -> None:
        self._in = source or sys.stdin
        self._out = target or sys.stdout
        self._rest = ""

    def say(self, text: str) -> None:
        """One line, or a few; of what is not ours, inert."""
        self._out.write(inert(text, lines=True) + "\n")
        self._out.flush()

    def read(self, text: str) -> None:
        """A text of any length: a piece of it, the rest when it is asked for."""
        whole = readable(text)
        if whole.hidden:
            self.say(f"({whole.hidden:,} hidden characters are left out)")
        self._rest = whole.text
        self.go_on()

    def go_on(self) -> bool:
        """The next piece of what was not read to its end; False when there is none."""
        if not self._rest:
            return False
        end = len(self._rest)
        if end > PIECE:
            end = max(self._rest.rfind("\n", 0, PIECE), self._rest.rfind(" ", 0, PIECE)) + 1 or PIECE
        self.say(self._rest[:end].rstrip("\n") or " ")
        self._rest = self._rest[end:]
        if self._rest:
            self.say(f"({len(self._rest):,} more characters: enter reads on)")
        return True

    def stop(self) -> None:
        """Forget what was not read to its end."""
        self._rest = ""

    @property
    def unread(self) -> bool:
        return bool(self._rest)

    def ask(self, prompt: str) -> str | None:
        """A line that was typed, without its end; None when there are no more."""
        self._out.write(inert(prompt))
        self._out.flush()
        line = self._in.readline()
        if not line:
            self._out.write("\n")
            return None
        if not self._in.isatty():
            # Nobody has seen it typed: what comes through a pipe is said.
            self._out.write(inert(line.rstrip("\r\n")) + "\n")
        return line.rstrip("\r\n")
