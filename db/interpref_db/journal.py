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
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from interpref_core.ids import now, uuid7
from interpref_core.safe_files import PRIVATE_FOLDER, check_folders, open_file, sync_folder
from interpref_db.problems import StudyBusy, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from interpref_core.records import Record

_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}\Z')
_CHECKSUM_LENGTH = 18
_HEADER_START = b'{"type":"journal",'
_LONGEST_HEADER = 1 << 16  # bytes of a first line that may be a header
_CHUNK = 1 << 23  # bytes that are read at a time
TAIL = 256  # bytes before a reader's position that it looks at again: are they still what it read?


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

    `notices` says what its user should know: that the file was taken away under it, and where it is now.
    """

    def __init__(
        self,
        path: Path,
        *,
        what: str = "run",
        header: Mapping[str, Any] | None = None,
        root: Path | None = None,
        mode: int = 0o600,
    ) -> None:
        """Open a journal for writing, made where it is missing; `header` says more of it than its identifier.

        Raises StudyBusy when another process writes the same journal, StudyError when it cannot be written.
        """
        self.path = path
        self.notices: list[str] = []
        self._root, self._mode, self._header = root, mode, dict(header or {})
        try:
            self._descriptor = self._open()
        except BlockingIOError:
            raise StudyBusy(
                f"another process is working on this {what} (it holds the journal {path}); wait for it or stop it"
            ) from None
        except OSError as error:
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None
        try:
            self._begin()
        except OSError as error:
            os.close(self._descriptor)
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None

    def _open(self) -> int:
        """Open the file under its name. A folder that is empty may be removed by others just as it is made."""
        for last in (*[False] * 4, True):
            try:
                self._make_folder()
                return lock_journal(self.path, root=self._root, mode=self._mode)
            except FileNotFoundError:
                if last:
                    raise
        raise FileNotFoundError(self.path)

    def _make_folder(self) -> None:
        if self._root is not None:
            check_folders(self.path.parent, self._root)
        self.path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)

    def _begin(self) -> None:
        """Name a new journal. After a crash the last line may be torn: end it, so that what follows is whole."""
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            start = os.pread(self._descriptor, _LONGEST_HEADER, 0)
            if b"\n" not in start and is_header(start):
                os.ftruncate(self._descriptor, 0)  # the naming itself was cut off: nothing was in it yet
                size = 0
            else:
                self._write(b"\n")
        if not size:
            os.fchmod(self._descriptor, self._mode)  # whatever the umask: as private as the study, or as shared
            header = {"type": "journal", "id": uuid7(), **self._header, "made": now()}
            self._write(seal(encode(header)))
            os.fsync(self._descriptor)
            sync_folder(self.path.parent)
            sync_folder(self.path.parent.parent)

    def append(self, lines: Sequence[Record | dict[str, Any]]) -> None:
        """Write the lines and wait for the disk. Raises OSError (disk full): then nothing of them counts as saved."""
        start = os.fstat(self._descriptor).st_size
        try:
            self._write(b"".join(seal(encode(line)) for line in lines))
            os.fdatasync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise
        try:
            self._stay()
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _stay(self) -> None:
        """Where the file was removed or replaced under us, write all of it again under its name. Raises OSError."""
        if is_at(self._descriptor, self.path):
            return
        old = self._descriptor
        try:
            new, path = self._open(), self.path
        except BlockingIOError:  # somebody else has begun one of that name meanwhile
            path = self.path.with_name(f"{self.path.stem}-{uuid7()[-8:]}{self.path.suffix}")
            new = lock_journal(path, root=self._root, mode=self._mode)
        self._descriptor = new
        try:
            self._take_over(old)
        except BaseException:
            self._descriptor = old
            os.close(new)
            raise
        self.path = path
        os.close(old)
        self.notices.append(
            f"the journal {self.path} was removed or replaced while it was written; all of it has been written again"
        )

    def _take_over(self, old: int) -> None:
        """Copy what the file that is gone held and the one under its name does not."""
        there = {line for lines, _ in read_all_lines(self._descriptor) for line in lines}
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            self._write(b"\n")
        for lines, _ in read_all_lines(old):
            missing = [line + b"\n" for line in lines if line not in there]
            self._write(b"".join(missing))
        os.fsync(self._descriptor)
        sync_folder(self.path.parent)
        sync_folder(self.path.parent.parent)

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
