"""Open and replace files that only this program writes, without obeying links or special files that others planted.

A study may lie in a folder that others can write to, or come out of an archive. So nothing is written through a symbolic
link, a second hard link, a device or a pipe, and temporary names cannot be guessed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_WRITING = os.O_WRONLY | os.O_RDWR
_ATTEMPTS = 5
_LONGEST = 200  # bytes of a file's name that stand in its draft's name


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
        flags: as for os.open; O_CLOEXEC, O_NOFOLLOW and O_NONBLOCK are added. With O_TRUNC the file is emptied once it is
            known to be one that we may write.
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

    The draft's name cannot be guessed, it is made by us, and it is locked while we write it; what writes it must write into
    that file, not put another one in its place. The file gets `mode`; without, it keeps the permissions of the file that it
    replaces, or gets those of the umask. A link at `path` is replaced, not followed. Without `sync` nothing waits for
    the disk: for what may be lost. On an exception the draft goes and `path` stays as it was. Raises OSError.
    """
    draft, descriptor = _make_draft(path)
    try:
        yield draft
        if not os.path.samestat(os.fstat(descriptor), draft.lstat()):
            raise UnsafeFileError(
                draft, "somebody else changed it while it was written; try again in a folder of your own"
            )
        os.fchmod(descriptor, _mode_for(path) if mode is None else mode)
        if sync:
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    if sync:
        sync_folder(path.parent)


def replace_file(path: Path, data: bytes, mode: int | None = None, *, sync: bool = True) -> None:
    """Write a file whole, as `replacing` does. Raises OSError."""
    with replacing(path, mode, sync=sync) as draft, open_draft(draft) as file:
        file.write(data)


def open_draft(draft: Path) -> IO[bytes]:
    """Open a draft for writing from its beginning; never through a link. Raises UnsafeFileError, OSError."""
    return os.fdopen(open_file(draft, os.O_WRONLY | os.O_TRUNC), "wb")


def _make_draft(path: Path) -> tuple[Path, int]:
    """Make a draft for `path` and lock it, so that nobody takes it for one that was left behind."""
    while True:
        draft = path.with_name(f".{_start_of(path.name)}.{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(draft, flags, PRIVATE_FILE)
        if try_lock(descriptor) is not False and _is_at(draft, descriptor):
            return draft, descriptor
        os.close(descriptor)  # somebody who clears up was there between making and locking


def remove_drafts(path: Path) -> None:
    """Remove the drafts for `path` that killed processes of this user left behind; those that are written now stay."""
    left = re.compile(rf"\.{re.escape(_start_of(path.name))}\.[0-9a-f]{{16}}\.tmp")
    try:
        with os.scandir(path.parent) as entries:
            found = [Path(entry.path) for entry in entries if left.fullmatch(entry.name)]
    except OSError:
        return
    for draft in found:
        with suppress(OSError):
            _remove_unlocked(draft)


def _remove_unlocked(draft: Path) -> None:
    descriptor = open_file(draft, os.O_WRONLY)
    try:
        own = os.fstat(descriptor).st_uid == os.geteuid()
        if own and try_lock(descriptor) and _is_at(draft, descriptor):
            draft.unlink()
    finally:
        os.close(descriptor)


def _start_of(name: str) -> str:
    """As much of a file's name as a draft's name has room for."""
    return name if len(os.fsencode(name)) <= _LONGEST else os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore")


def try_lock(descriptor: int) -> bool | None:
    """Whether an open file or folder is ours until it is closed: False where somebody holds it, None where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether an open file still is the one at a path."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _mode_for(path: Path) -> int:
    """The permissions of the regular file at `path`, else those that the umask leaves."""
    with suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            return stat.S_IMODE(status.st_mode) & 0o777
    return 0o666 & ~_umask()


def _umask() -> int:
    """The process's umask. Asking the system changes it for a moment, also for other threads: so it is read where it can be."""
    with suppress(OSError, ValueError, IndexError):
        return int(
            Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("Umask:")[1].split()[0], 8
        )
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
