"""Lines out, lines in. Nothing else ever reaches the terminal: no colour, no cursor movement, texts inert."""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import time
from typing import TYPE_CHECKING

from interpref_tui.text.sanitize import sanitize, sanitize_for_reading

if TYPE_CHECKING:
    from typing import TextIO

PIECE = 1_500  # characters that are said before a pause
_NARROWEST = 20  # columns below which nothing is wrapped
_AT_ONCE = 65_536  # bytes


class LineIO:
    """Talks to one person, or one script, through two streams."""

    def __init__(self, source: TextIO | None = None, target: TextIO | None = None) -> None:
        self._in = source or sys.stdin or io.StringIO()
        self._out = target or sys.stdout
        self._rest = ""
        self._descriptor = _descriptor_of(self._in)
        encoding = getattr(self._in, "encoding", None) or "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._typed = ""
        self._ended = False

    # -- out ---------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """One line, or a few; of what is not ours, inert. On a terminal they break between words."""
        self._out.write(self._wrap(sanitize(text, lines=True)) + "\n")
        self._out.flush()

    def _wrap(self, text: str) -> str:
        if not self._out.isatty():
            return text
        try:
            # The terminal itself is asked: COLUMNS in the environment may be another one's.
            width = os.get_terminal_size(self._out.fileno()).columns - 1
        except (OSError, ValueError):
            return text
        if width < _NARROWEST:
            return text
        from interpref_tui.text.wrapping import wrap

        lines = text.expandtabs(4).split("\n")
        return "\n".join(line[start:end] for line in lines for start, end in wrap(line, width))

    def read(self, text: str) -> None:
        """A text of any length: a piece of it, the rest when it is asked for."""
        whole = sanitize_for_reading(text)
        if whole.hidden:
            self.say(f"({whole.hidden:,} hidden characters are left out)")
        self._rest = whole.text
        self.next_page()

    def next_page(self) -> bool:
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
    def has_more(self) -> bool:
        return bool(self._rest)

    # -- in ----------------------------------------------------------------------------------------------------------

    def ask(self, prompt: str) -> str | None:
        """A line that was typed, without its end; None when there are no more."""
        self._out.write(self._wrap(sanitize(prompt).rstrip()) + " ")
        self._out.flush()
        ahead = self.has_typed_ahead
        line = self._line()
        if line is None:
            self._out.write("\n")
            return None
        if ahead:
            self._out.write("\n")  # it was typed before it was asked for
        if not self._in.isatty():
            # Nobody has seen it typed: what comes through a pipe is said.
            self._out.write(sanitize(line) + "\n")
        return line

    def _line(self) -> str | None:
        if self._descriptor is None:
            line = self._in.readline()
            return line.rstrip("\r\n") if line else None
        while "\n" not in self._typed and not self._ended:
            self._receive()
        line, end, self._typed = self._typed.partition("\n")
        if self._ended and self._in.isatty():
            self._ended = False  # ctrl+d ends one line, not the terminal
        return line.rstrip("\r") if line or end else None

    def _receive(self) -> None:
        """Wait for bytes and take them; the end of the stream counts as having come."""
        if self._descriptor is None:
            return
        try:
            data = os.read(self._descriptor, _AT_ONCE)
        except OSError:
            data = b""  # the terminal has gone
        self._ended = not data
        self._typed += self._decoder.decode(data, final=self._ended)

    @property
    def is_scripted(self) -> bool:
        """Whether what is to be done is known already: a pipe with lines in it, or at its end."""
        return not self._in.isatty() and self.wait_for_line(0)

    @property
    def has_typed_ahead(self) -> bool:
        """Whether a person has typed on already and waits for the answer to that."""
        return not self.is_scripted and self.wait_for_line(0)

    def wait_for_line(self, seconds: float) -> bool:
        """Whether a line is there; waits so long for one."""
        if self._descriptor is None:
            time.sleep(seconds)
            return True
        if "\n" in self._typed or self._ended:
            return True
        if select.select([self._descriptor], [], [], seconds)[0]:
            self._receive()
        return "\n" in self._typed or self._ended


def _descriptor_of(stream: TextIO) -> int | None:
    """The descriptor of a stream that has one; it is read past the stream's own buffer, which nothing tells about."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None
