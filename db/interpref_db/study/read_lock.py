"""Keeping others from writing to a study's file for as long as this process reads it.

DuckDB locks the file, but with a lock of the kind that a process loses as soon as it closes that file anywhere else. So a
reader holds a lock of its own besides, which belongs to one open file and to nothing else, where the system has such. It keeps
out the writers of this process too, whom DuckDB's own lock lets in.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interpref_db.errors import StudyBusy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SET_LOCK: int | None = getattr(fcntl, "F_OFD_SETLK", None)
_REFUSED = (errno.EAGAIN, errno.EACCES)
_PAUSE = 0.01
_LOCK = "hhqqi4x"  # the system's struct flock: type, whence, start, length, process

# Files that this process writes to, by device and inode, and descriptors of them that may be closed only afterwards.
_written: dict[tuple[int, int], list[int]] = {}
_guard = threading.Lock()


class ReadHold:
    """A study file, open and locked against writers. Raises OSError (no such file) and StudyBusy (a writer has it)."""

    def __init__(self, file: Path, wait: float) -> None:
        self.descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        deadline = time.monotonic() + wait
        try:
            while not _set_lock(self.descriptor, fcntl.F_RDLCK):
                if time.monotonic() > deadline:
                    raise StudyBusy(
                        f"{file} is being written to{_holder(self.descriptor)}; wait until that is done and try again"
                    )
                time.sleep(_PAUSE)
        except BaseException:
            self.release()
            raise

    def is_of(self, file: Path) -> bool:
        """Whether the file that is held is the one that stands at a path."""
        try:
            return os.path.samestat(os.fstat(self.descriptor), file.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Let go. May be called twice."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            _set_lock(descriptor, fcntl.F_UNLCK)
            _close(descriptor)


def _set_lock(descriptor: int, kind: int) -> bool:
    """Whether the lock is as wanted now. Where the system or the file system has no such locks, DuckDB's has to do."""
    if _SET_LOCK is None:
        return True
    wanted = struct.pack(_LOCK, kind, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, _SET_LOCK, wanted)
    except OSError as error:
        return error.errno not in _REFUSED
    return True


def _holder(descriptor: int) -> str:
    """Which process has the lock that is in the way, where the system says."""
    asked = struct.pack(_LOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    try:
        *_, process = struct.unpack(_LOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    except (OSError, struct.error):
        return ""
    return f" (PID {process})" if process > 0 else ""


def _close(descriptor: int) -> None:
    """Close a study file without taking DuckDB's lock from a writer of this process."""
    with _guard:
        status = os.fstat(descriptor)
        waiting = _written.get((status.st_dev, status.st_ino))
        if waiting is None:
            os.close(descriptor)
        else:
            waiting.append(descriptor)


@contextmanager
def writing_here(file: Path) -> Iterator[None]:
    """Say that this process is about to write to a file, until it is done. Raises OSError where the file is gone."""
    status = file.stat()
    key = (status.st_dev, status.st_ino)
    with _guard:
        first = key not in _written
        _written.setdefault(key, [])
    try:
        yield
    finally:
        if first:
            with _guard:
                for descriptor in _written.pop(key, []):
                    os.close(descriptor)


def peek(file: Path, length: int) -> bytes:
    """The first bytes of a file that may be a study. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us up
    try:
        return os.read(descriptor, length)
    finally:
        _close(descriptor)
