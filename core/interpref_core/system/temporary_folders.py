"""Private temporary folders: unguessable, for this user alone, and gone also when their process was killed.

A folder is locked as long as its process needs it. Whoever makes one removes those that nobody holds any more.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import PRIVATE_FILE, open_file, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "interpref-scratch-"
_MARK = ".interpref-scratch"  # the file in it that says it is one of ours


class Scratch:
    """One temporary folder: `path`, until it is closed."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make it in `folder`, or where temporary files are. Raises OSError."""
        remove_left_behind(folder)
        self.path, self._descriptor = _make(folder)

    def close(self) -> None:
        """Remove it, as far as that can be."""
        if self._descriptor >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def scratch_folder(folder: Path | None = None) -> Iterator[Path]:
    """Yield a private temporary folder that goes afterwards. Raises OSError."""
    scratch = Scratch(folder)
    try:
        yield scratch.path
    finally:
        scratch.close()


def remove_left_behind(folder: Path | None = None) -> None:
    """Remove the temporary folders of this user's killed processes; those in use stay."""
    place = folder or Path(tempfile.gettempdir())
    try:
        with os.scandir(place) as entries:
            found = [Path(entry.path) for entry in entries if entry.name.startswith(_PREFIX)]
    except OSError:
        return
    for one in found:
        with suppress(OSError):
            _remove_unlocked(one)


def _make(folder: Path | None) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        # Unmarked it is nobody's to remove, and once it is marked it is locked.
        if try_lock(descriptor) is not False:
            os.close(open_file(path / _MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
            return path, descriptor
        os.close(descriptor)


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        own = os.fstat(descriptor).st_uid == os.geteuid()
        if own and (path / _MARK).is_file() and try_lock(descriptor):
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
