"""Journals: what happens over time, one JSON line each, flushed and fsynced before anyone is told that it is safe.

The first line names the journal: a random identifier, the study, the machine and the writer. So a journal is recognised by
what it says, wherever it was moved or copied to, and never by its path, inode or size. Every further line ends with a checksum
of itself. One writer a journal (an exclusive `flock` for as long as it is open); readers take the whole lines and leave a torn
last one alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import zlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from interpref_core.ids import utc_now, uuid7
from interpref_core.system.safe_files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    UnsafeFileError,
    make_folder,
    open_file,
    sync_folder,
)
from interpref_db.errors import StudyBusy, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from interpref_core.records.base import Record

_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}\Z')
_CHECKSUM_LENGTH = 18
_HEADER_START = b'{"type":"journal",'
_LONGEST_HEADER = 1 << 16  # bytes of a first line that may be a header
_CHUNK = 1 << 23  # bytes that are read at a time
TAIL = 256  # bytes before a reader's position that it looks at again: are they still what it read?

_REMEMBERED = 1 << 24  # bytes of appended lines that a writer can write again where the file was written over
_TRIES = 10


@dataclass(frozen=True, slots=True)
class JournalIdentity:
    """Which journal a file is, by its first line.

    `study` and `replica` are None where it does not say (journals of 0.1.0 have no header line); `id` is then a hash of the
    first line, whose record has a random identifier.
    """

    id: str
    study: str | None = None
    replica: str | None = None
    file: str | None = None


def encode(line: Record | dict[str, Any]) -> bytes:
    """One journal line, with its newline."""
    data = line if isinstance(line, dict) else line.to_json()
    return (
        json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace") + b"\n"
    )


def seal(line: bytes) -> bytes:
    """An encoded line with the CRC-32 of it as its last member."""
    body = line.rstrip(b"\n")
    return b'%s,"crc":"%08x"}\n' % (body[:-1], zlib.crc32(body))


def unseal(line: bytes) -> str | None:
    """The text of a line without its checksum; None where the checksum or the encoding is wrong.

    A line without a checksum (of 0.1.0, or written by hand) is taken as it is.
    """
    found = _CHECKSUM.search(line[-_CHECKSUM_LENGTH:])
    if found:
        line = line[:-_CHECKSUM_LENGTH] + b"}"
        if zlib.crc32(line) != int(found.group(1), 16):
            return None
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_header(line: bytes) -> bool:
    """Whether a line is the first line of a journal, not a record."""
    return line.startswith(_HEADER_START)


def read_identity(descriptor: int) -> JournalIdentity | None:
    """Which journal an open file is; None as long as its first line is not finished. Raises OSError."""
    start = os.pread(descriptor, _LONGEST_HEADER, 0)
    line, newline, _ = start.partition(b"\n")
    if not newline and len(start) < _LONGEST_HEADER:
        return None
    text = unseal(line) if is_header(line) else None
    if text is not None:
        with suppress(ValueError, AttributeError):
            header = json.loads(text)
            identifier = header.get("id")
            if isinstance(identifier, str) and identifier:
                return JournalIdentity(identifier, *(_text(header.get(name)) for name in ("study", "replica", "file")))
    return JournalIdentity("first-line-" + hashlib.sha256(line).hexdigest()[:32])


def is_foreign(journal: JournalIdentity, study: str | None) -> bool:
    """Whether a journal says that it belongs to another study."""
    return journal.study is not None and bool(study) and journal.study != study


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def read_lines(descriptor: int, offset: int, limit: int = _CHUNK) -> tuple[list[bytes], int]:
    """The whole lines of an open journal from a byte offset on, at most about `limit` bytes, and the offset after them."""
    data = os.pread(descriptor, limit, offset)
    end = data.rfind(b"\n") + 1
    while not end and data and (more := os.pread(descriptor, limit, offset + len(data))):
        data += more
        end = data.rfind(b"\n") + 1
    return data[:end].split(b"\n")[:-1], offset + end


def read_all_lines(descriptor: int, offset: int = 0) -> Iterator[tuple[list[bytes], int]]:
    """Everything from `offset` on, in chunks of whole lines, each with the offset after it."""
    while True:
        lines, offset = read_lines(descriptor, offset)
        if not lines:
            return
        yield lines, offset


def lock_journal(path: Path, *, root: Path | None = None, create: bool = True, mode: int = 0o600) -> int:
    """Open a journal and lock it. The fold may retire the file in between: then open the new one.

    Raises BlockingIOError when somebody else writes it, FileNotFoundError without `create`, OSError (UnsafeFileError for a link).
    """
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
    while True:
        descriptor = open_file(path, flags, mode, root=root)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that stands at a path. As it is open, nothing else can have its inode."""
    try:
        there = path.lstat()
    except OSError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


class JournalWriter:
    """Appends records to one journal. `append` returns when they are on the disk, under the journal's name.

    The file may be removed, replaced or written over meanwhile. Then what it held, as far as that can still be read, and what
    was appended here is written again: under its name, or another one where somebody else's journal stands. `notices` says so.
    """

    def __init__(
        self,
        path: Path,
        *,
        what: str = "run",
        header: Mapping[str, Any] | None = None,
        root: Path | None = None,
        mode: int = PRIVATE_FILE,
        folder_mode: int = PRIVATE_FOLDER,
    ) -> None:
        """Open a journal for writing, made where it is missing; `header` says more of it than its identifier.

        Raises StudyBusy when another process writes the same journal, StudyError when it cannot be written.
        """
        self.path = path
        self.notices: list[str] = []
        self._root, self._mode, self._folder_mode, self._header = root, mode, folder_mode, dict(header or {})
        self._naming = b""  # the first line, where it names the journal
        self._appended: deque[bytes] = deque()  # the latest lines of this writer, and how many bytes they are
        self._appended_size = 0
        try:
            self._descriptor = self._open(path)
        except BlockingIOError:
            raise StudyBusy(
                f"another process is working on this {what} (it holds the journal {path}); wait for it or stop it"
            ) from None
        except OSError as error:
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None
        try:
            if self._is_of_another_study(self._descriptor):
                raise StudyError(f"cannot write the journal {path}: it belongs to another study; move it away")
            self._begin()
        except OSError as error:
            os.close(self._descriptor)
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None
        except BaseException:
            os.close(self._descriptor)
            raise

    def _open(self, path: Path) -> int:
        """Lock the journal at a path. Whoever ends a fold takes empty folders away: then make them again. Raises OSError."""
        for left in reversed(range(_TRIES)):
            try:
                make_folder(path.parent, self._folder_mode, root=self._root)
                return lock_journal(path, root=self._root, mode=self._mode)
            except FileNotFoundError:
                if not left:
                    raise
        raise AssertionError  # the last try returns or raises

    def _is_of_another_study(self, descriptor: int) -> bool:
        identity = read_identity(descriptor)
        return identity is not None and is_foreign(identity, self._header.get("study"))

    def _begin(self) -> None:
        """Name a new journal. After a crash the last line may be torn: end it, so that what follows is whole."""
        start = os.pread(self._descriptor, _LONGEST_HEADER, 0)
        if b"\n" not in start and (is_header(start) or _HEADER_START.startswith(start)):
            os.ftruncate(self._descriptor, 0)  # new, or the naming itself was cut off: nothing was in it yet
            start = b""
        if start:
            self._end_line()
            first = start.partition(b"\n")[0] + b"\n"
            self._naming = first if is_header(first) else b""
        else:
            os.fchmod(self._descriptor, self._mode)  # whatever the umask: as private as the study, or as shared
            self._naming = seal(encode({"type": "journal", "id": uuid7(), **self._header, "made": utc_now()}))
            self._write(self._naming)
            self._sync()
        self._look_at_end()

    def append(self, lines: Sequence[Record | dict[str, Any]]) -> None:
        """Write the lines and wait for the disk. Raises OSError (disk full): then nothing of them counts as saved."""
        data = [seal(encode(line)) for line in lines]
        self._stay()
        start = os.fstat(self._descriptor).st_size
        try:
            self._write(b"".join(data))
            os.fdatasync(self._descriptor)
            self._look_at_end()
            self._remember(data)
            self._stay()
        except OSError:
            self._forget(data)
            # Should that fail too, the next append sees that the end is not as it was left.
            with suppress(OSError):
                os.ftruncate(self._descriptor, start)
                self._look_at_end()
            raise
        while self._appended_size > _REMEMBERED:
            self._appended_size -= len(self._appended.popleft())

    def _remember(self, data: list[bytes]) -> None:
        self._appended += data
        self._appended_size += sum(map(len, data))

    def _forget(self, data: list[bytes]) -> None:
        """Take back what was remembered last, if it was."""
        if data and self._appended and self._appended[-1] is data[-1]:
            for line in data:
                self._appended.pop()
                self._appended_size -= len(line)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _sync(self) -> None:
        os.fsync(self._descriptor)
        sync_folder(self.path.parent)
        sync_folder(self.path.parent.parent)

    def _end_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            self._write(b"\n")

    # -- what others do to the file --------------------------------------------------------------------------------------

    def _look_at_end(self) -> None:
        """Remember where the file ends, and with what."""
        self._size = os.fstat(self._descriptor).st_size
        self._tail = os.pread(self._descriptor, min(TAIL, self._size), max(0, self._size - TAIL))

    def _is_as_left(self) -> bool:
        """Whether the file still has what we left at its end, and no half line after it."""
        left = os.pread(self._descriptor, len(self._tail), self._size - len(self._tail)) == self._tail
        size = os.fstat(self._descriptor).st_size
        return left and (size == self._size or os.pread(self._descriptor, 1, size - 1) == b"\n")

    def _stay(self) -> None:
        """Where the file was removed, replaced or written over, write again what is missing. Raises OSError."""
        there = is_at(self._descriptor, self.path)
        if there and self._is_as_left():
            return
        before = self._descriptor
        ours = not self._is_of_another_study(before)
        after, path = (before, self.path) if there and ours else self._open_again()
        size = os.fstat(after).st_size
        self._descriptor = after
        try:
            self._complete(before if ours and after != before else None)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(after, size)
            if after != before:
                self._descriptor = before
                os.close(after)
            raise
        self.path = path
        if after != before:
            os.close(before)
        self.notices.append(
            f"the journal {self.path} was removed or replaced while it was written; all of it has been written again"
        )

    def _open_again(self) -> tuple[int, Path]:
        """Lock the journal under its name, or under another one where that is not ours to write."""
        try:
            descriptor = self._open(self.path)
            if not self._is_of_another_study(descriptor):
                return descriptor, self.path
            os.close(descriptor)
        except (BlockingIOError, IsADirectoryError, UnsafeFileError):
            pass
        path = self.path.with_name(f"{self.path.stem}-{uuid7()[-8:]}{self.path.suffix}")
        return self._open(path), path

    def _complete(self, gone: int | None) -> None:
        """Write what the file that is gone held, and what was appended here, where it is not there."""
        there = {line for lines, _ in read_all_lines(self._descriptor) for line in lines}
        if os.fstat(self._descriptor).st_size:
            self._end_line()
        else:
            self._write(self._naming)
        for lines, _ in read_all_lines(gone) if gone is not None else ():
            missing = [line for line in lines if line not in there and not is_header(line)]
            there.update(missing)
            self._write(b"".join(line + b"\n" for line in missing))
        self._write(b"".join(line for line in self._appended if line[:-1] not in there))
        self._sync()
        self._look_at_end()

    # -- ending ----------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the journal, at its place. Raises StudyError where it was removed and cannot be written again."""
        if self._descriptor < 0:
            return
        try:
            self._stay()
        except OSError as error:
            raise StudyError(
                f"the journal {self.path} was removed and cannot be written again: {error.strerror or error}"
            ) from None
        finally:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
