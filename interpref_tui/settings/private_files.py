"""What the program keeps for itself in the user's folders: for this user alone, never through links.

The folders are made, or made, private. What is replaced is replaced whole; none of it waits for the disk, for it may be lost.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    UnsafeFileError,
    make_folder,
    open_file,
    remove_drafts,
    replace_file,
)

if TYPE_CHECKING:
    from pathlib import Path


def prepare_folder(folder: Path, *, root: Path | None = None) -> None:
    """Make a folder that only this user can look into, or take the rights of others from one that is there.

    `root` is the folder of ours above it, which is prepared as well; nothing below it may be a link. Raises UnsafeFileError
    where the folder is somebody else's, OSError.
    """
    if root is not None and root != folder:
        prepare_folder(root)
    make_folder(folder, PRIVATE_FOLDER, root=root)
    status = folder.stat()
    if status.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise UnsafeFileError(folder, "it belongs to somebody else")
    if stat.S_IMODE(status.st_mode) & 0o077 and status.st_uid == os.geteuid():
        with suppress(OSError):  # some file systems have no rights
            folder.chmod(PRIVATE_FOLDER)


def write_private(path: Path, data: bytes, *, root: Path | None = None) -> None:
    """Replace a file of ours whole. `root` is the folder of ours that it lies in, if that is not its own. Raises OSError."""
    prepare_folder(path.parent, root=root)
    remove_drafts(path)
    replace_file(path, data, PRIVATE_FILE, sync=False)


def open_private(path: Path, flags: int) -> int:
    """Open a file of ours, made if it is not there, and give its descriptor; others get no rights to it. Raises OSError."""
    prepare_folder(path.parent)
    descriptor = open_file(path, flags | os.O_CREAT, PRIVATE_FILE)
    with suppress(OSError):
        os.fchmod(descriptor, PRIVATE_FILE)
    return descriptor


def read_private(path: Path) -> bytes:
    """Read a file of ours; never through a link, and no pipe is waited for. Raises OSError."""
    with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        return file.read()
