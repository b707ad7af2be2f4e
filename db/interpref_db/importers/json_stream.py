"""One JSON document cut into its elements as it streams by, each still text.

So a file of a gigabyte needs the memory of one record, nothing is parsed that is not asked for, one bad element does not
spoil the others, and each is read as strictly as a line of JSON lines. (ijson, which would be the ready-made part, turns
half of a surrogate pair into a question mark, and its memory grows with the square of the nesting.)
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from interpref_db.importers.limits import LONGEST_RECORD, TOO_LONG

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
# A whole string, a bracket, a comma, or the beginning of a string that ends in a later piece of the file.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]|"', re.DOTALL)
_OPEN, _CLOSE, _COMMA, _QUOTE = frozenset(b"[{"), frozenset(b"]}"), ord(","), ord('"')


class TruncatedJson(ValueError):
    """The document ends too early, or goes on after its end. The message says how."""


class JsonStreamSplitter:
    """Cuts one array into its elements, or one object into its members (`"key": value`). Use `pieces` once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._buffer = b""
        self._start = 0  # where the piece in hand begins
        self._scanned = 0
        self._depth = 0
        self._after_comma = False
        self._done = False

    def pieces(self) -> Iterator[bytes]:
        """The pieces in order. Raises BreaksOff."""
        size = _CHUNK
        while not self._done:
            data = self._file.read(size)
            if not data:
                raise TruncatedJson("the file ends in the middle of it")
            before = self._start
            self._buffer = self._buffer[before:] + data
            self._scanned -= before
            self._start = 0
            yield from self._split()
            # A piece that does not end is read in ever larger steps, so that it is not scanned over and over.
            size = _CHUNK if self._start else min(2 * size, LONGEST_RECORD)
            if len(self._buffer) - self._start > LONGEST_RECORD:
                raise TruncatedJson(f"the next one is {TOO_LONG}")
        rest = self._buffer[self._start :]
        while rest:
            if rest.strip():
                raise TruncatedJson("something follows its end")
            rest = self._file.read(_CHUNK)

    def _split(self) -> Iterator[bytes]:
        buffer = self._buffer
        for token in _TOKEN.finditer(buffer, self._scanned):
            at, end = token.span()
            first = buffer[at]
            if first == _QUOTE:
                if end - at == 1:
                    self._scanned = at
                    return
            elif first in _OPEN:
                self._depth += 1
                if self._depth == 1:
                    self._start = end
            elif first == _COMMA:
                if self._depth == 1:
                    yield buffer[self._start : at]
                    self._start, self._after_comma = end, True
            elif first in _CLOSE:
                self._depth -= 1
                if self._depth == 0:
                    piece = buffer[self._start : at]
                    self._start, self._done = end, True
                    if piece.strip() or self._after_comma:
                        yield piece
                    return
        self._scanned = len(buffer)
