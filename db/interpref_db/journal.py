"""Journals: what happens over time, one JSON line each, flushed and fsynced before anyone is told that it is safe.

One writer a journal (an exclusive `flock` for as long as it is open); readers take the whole lines and leave a torn
last one alone.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any, Self

from interpref_db.problems import StudyBusy, StudyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from interpref_core.records import Record


def encode(line: Record | dict[str, Any]) -> bytes:
    """One journal line, with its newline."""
    data = line if isinstance(line, dict) else line.to_json()
    return (
        json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace") + b"\n"
    )


def open_locked(path: Path) -> int:
    """Open a journal for appending and lock it. The fold may retire the file in between: then open the new one.

    Raises BlockingIOError when somebody else writes it.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


class JournalWriter:
    """Appends records to one journal. `append` returns when they are on the disk."""

    def __init__(self, path: Path, *, what: str = "run") -> None:
        """Raises StudyBusy when another process writes the same journal, StudyError when it cannot be written."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = open_locked(path)
        except BlockingIOError:
            raise StudyBusy(
                f"another process is working on this {what} (it holds the journal {path}); wait for it or stop it"
            ) from None
        except OSError as error:
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None
        self._end_torn_line()

    def _end_torn_line(self) -> None:
        """After a crash the last line may be torn: end it, so that what follows is whole."""
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def append(self, lines: Sequence[Record | dict[str, Any]]) -> None:
        """Write the lines and wait for the disk. Raises OSError (disk full): then nothing of them counts as saved."""
        data = memoryview(b"".join(encode(line) for line in lines))
        start = os.fstat(self._descriptor).st_size
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fdatasync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def whole_lines(path: Path, offset: int, limit: int = 1 << 23) -> tuple[list[str], int]:
    """The whole lines of a journal from a byte offset on, at most about `limit` bytes, and the offset after them."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(limit)
        end = data.rfind(b"\n") + 1
        while not end and len(data) and (more := file.read(limit)):
            data += more
            end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", "replace").split("\n")[:-1], offset + end
