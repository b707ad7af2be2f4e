"""Open and replace files that only this program writes, without obeying links or special files that others planted.

A study may lie in a folder that others can write to, or come out of an archive. So nothing is written through a symbolic
link, a second hard link, a device or a pipe, and temporary names cannot be guessed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_WRITING = os.O_WRONLY | os.O_RDWR
_ATTEMPTS = 5


class UnsafeFileError(OSError):
    """A file or folder that is not what we would have made; `strerror` says why in words for the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(errno.ELOOP, reason, str(path))


def open_file(
    path: Path, flags: int, mode: int = PRIVATE_FILE, *, root: Path | None = None, linked: bool = False
) -> int:
    """Open a regular file and return its descriptor; never follow a link.

    Args:
        path: the file.
        flags: as for os.open; O_CLOEXEC, O_NOFOLLOW and O_NONBLOCK are added.
        mode: permissions of a file that is made.
        root: a folder above the file that is trusted; no folder between it and the file may be a link.
        linked: whether a file with a second name (a hard link) may be written.

    Raises:
        UnsafeFileError: a link, a special file, or, for writing, a file with a second name.
        OSError: whatever the system says.
    """
    if root is not None:
        check_folders(path.parent, root)
    # Emptied only when it is known to be a file of ours: O_TRUNC would empty a hard link to somebody's file first.
    added = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, (flags & ~os.O_TRUNC) | added, mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnsafeFileError(path, "it is a symbolic link, which is never followed here; remove it") from None
        if error.errno == errno.ENXIO:
            raise UnsafeFileError(path, "it is not a regular file; remove it") from None
        raise
    try:
        _check_file(path, os.fstat(descriptor), alone=bool(flags & _WRITING) and not linked)
        if flags & os.O_TRUNC:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_file(path: Path, status: os.stat_result, *, alone: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeFileError(path, "it is not a regular file; remove it")
    if alone and status.st_nlink > 1:
        raise UnsafeFileError(path, "it is also another file by a hard link, so it is not written; remove it")


def check_folders(folder: Path, root: Path) -> None:
    """Refuse a folder that is reached through a link below `root`. Folders that are not there yet are fine.

    Raises UnsafeFileError.
    """
    here = root
    for part in folder.relative_to(root).parts:
        here = here / part
        try:
            status = here.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(status.st_mode):
            raise UnsafeFileError(here, "it is a symbolic link, which is never followed here; remove it")
        if not stat.S_ISDIR(status.st_mode):
            raise UnsafeFileError(here, "it is not a folder; remove it")


def make_folder(folder: Path, mode: int = PRIVATE_FOLDER, *, root: Path | None = None) -> None:
    """Make a folder and those above it that are missing, each with `mode` whatever the umask.

    With `root`, no folder between it and this one may be a link. Raises UnsafeFileError, OSError.
    """
    if root is not None:
        check_folders(folder, root)
    for attempt in range(_ATTEMPTS):
        try:
            _make_missing(folder, mode)
            break
        except FileNotFoundError:  # others removed an empty one above it in that moment
            if attempt == _ATTEMPTS - 1:
                raise
    if not folder.is_dir():
        raise UnsafeFileError(folder, "it is not a folder; remove it")


def _make_missing(folder: Path, mode: int) -> None:
    missing = []
    here = folder
    while not here.exists() and here != here.parent:
        missing.append(here)
        here = here.parent
    for one in reversed(missing):
        try:
            one.mkdir(mode)
        except FileExistsError:
            continue
        with suppress(OSError):
            one.chmod(mode)


@contextmanager
def replacing(path: Path, mode: int | None = None, *, sync: bool = True) -> Iterator[Path]:
    """Yield the path of an empty private draft in the same folder; afterwards it is synced and renamed to `path`.

    The draft's name cannot be guessed and it is made by us. The file gets `mode`; without, it keeps the permissions of
    the file that it replaces, or gets those of the umask. A link at `path` is replaced, not followed. On an exception the
    draft goes and `path` stays as it was. Raises OSError.
    """
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.tmp")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE))
    try:
        yield draft
        draft.chmod(_mode_for(path) if mode is None else mode)
        if sync:
            sync_file(draft)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    if sync:
        sync_folder(path.parent)


def replace_file(path: Path, data: bytes, mode: int | None = None, *, sync: bool = True) -> None:
    """Write a file whole, as `replacing` does. Raises OSError."""
    with replacing(path, mode, sync=sync) as draft:
        draft.write_bytes(data)


def _mode_for(path: Path) -> int:
    """The permissions of the regular file at `path`, else those that the umask leaves."""
    with suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            return stat.S_IMODE(status.st_mode) & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
