"""How much an import takes in at once: whatever a file holds, memory stays within bounds, and what goes beyond is told."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

from interpref_db.importers.report import ImportRefused

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_RECORD = 24 << 20  # bytes of one record: a line, an element of an array, a row
TOO_LONG = f"longer than {LONGEST_RECORD >> 20} MiB, the most that one record may be"
_RATIO = 200  # times its size that a packed file may unpack to; texts are packed to a tenth
_UNPACKED = 16 << 20  # bytes up to which that does not matter


class Unpacked(io.RawIOBase):
    """The bytes of a gzip file, up to what is no gzip bomb. Reading raises ImportRefused beyond."""

    def __init__(self, raw: io.BufferedReader, path: Path) -> None:
        self._raw = raw
        self._path = path
        self._stream = gzip.GzipFile(fileobj=raw)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer))
        # By what was read of the packed file so far, so that it shows early.
        if self._stream.tell() > max(_UNPACKED, _RATIO * self._raw.tell()):
            raise ImportRefused(
                f"{self._path} unpacks to more than {_RATIO} times its size, as no records do; nothing of it was imported "
                "(if it is right, unpack it first)"
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._raw.close()
        super().close()
