"""Where an export goes: what it may be written to, and what never.

A regular file is written under another name and renamed, so that it is there whole or not at all; what it replaces keeps its
permissions. Pipes and devices are written straight, once all is ready: so the study is not held while somebody reads slowly.
A symbolic link to a file is replaced, what it leads to stays. Studies, their journals and logs are never written over.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import PRIVATE_FILE, UnsafeFileError, open_file, remove_drafts, replacing
from interpref_core.system.temporary_folders import scratch_folder
from interpref_db.input_streams import STANDARD, find_descriptor
from interpref_db.study.paths import is_duckdb_file

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExportError(Exception):
    """An export that cannot be made; one line with the way out."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an export is written to: a regular file, or (`streamed`) a pipe or a device.

    `descriptor` is the number of one that is open in this process already; `on_stdout` says that it is where standard output
    goes, so that nothing else may be said there.
    """

    path: Path
    streamed: bool = False
    descriptor: int | None = None
    on_stdout: bool = False

    @property
    def name(self) -> str:
        """The target in words."""
        return "standard output" if str(self.path) == STANDARD else str(self.path)


def find_target(path: Path, *, study: Path | None = None, streams: bool = True) -> Target:
    """Look at what an export is to be written to, before anything is.

    Args:
        path: as the user gave it; `-` is standard output.
        study: the study that is exported from.
        streams: whether pipes and devices will do; a program that draws on its terminal has no use for them.

    Raises:
        ExportError: it is a study, belongs to one, is a folder, lies in none, or can be written by no export.
    """
    number = find_descriptor(path, 1)
    opened_path = path if number is None else Path(f"/dev/fd/{number}")
    try:
        status = opened_path.stat() if number is None else os.fstat(number)
    except FileNotFoundError:
        status = None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"{path} cannot be written: {reason}; name another file") from None
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise ExportError(f"{path} is a folder; name a file in it, such as {path / 'export.jsonl'}")
    if status is None or stat.S_ISREG(status.st_mode):
        _refuse_studies(path, opened_path, study)
    if status is None or (number is None and stat.S_ISREG(status.st_mode)):
        _check_place(path)
        return Target(path)
    if not streams:
        raise ExportError(f"{path} is no regular file, and nothing else is written from here; the command line does")
    return _stream(path, number, status)


def _stream(path: Path, number: int | None, status: os.stat_result) -> Target:
    """The target for what is no regular file by a name of its own. Raises ExportError."""
    kind = status.st_mode
    if number is None and not (stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)):
        raise ExportError(f"{path} is a {'disk' if stat.S_ISBLK(kind) else 'socket'}, not a file; name a file")
    if number is not None and stat.S_ISBLK(kind):
        raise ExportError(f"{path} is a disk, not a file; name a file")
    if number is None and path.is_symlink() and path.lstat().st_uid not in (0, os.geteuid()):
        raise ExportError(f"{path} is somebody else's link to a device; name what it leads to, or another file")
    on_stdout = False
    with suppress(OSError):
        on_stdout = os.path.samestat(os.fstat(1), status)
    return Target(path, streamed=True, descriptor=number, on_stdout=on_stdout)


def _refuse_studies(path: Path, opened_path: Path, study: Path | None) -> None:
    """Raise ExportError for a study, by whatever name or link, and for what lies with one."""
    places = {Path(os.path.abspath(path)), Path(os.path.realpath(opened_path))}  # noqa: PTH100 - as it is called, too
    for place in places:
        if any(part.lower().endswith(".journal") for part in place.parts):
            raise ExportError(f"{path} lies in the journal of a study, which is never written over; name another file")
        if place.name.lower().endswith(".wal"):
            raise ExportError(f"{path} is the name of a study's own log (.wal); name another file")
    same = False
    if study is not None:
        with suppress(OSError):
            same = opened_path.samefile(study)
    if same or is_duckdb_file(opened_path):
        raise ExportError(f"{path} is a study (a DuckDB file), which is never written over; name another file")


def _check_place(path: Path) -> None:
    """Raise ExportError where no file can be made, or the one that is there is not to be written."""
    if not path.parent.is_dir():
        reason = f"No such file or directory; make the folder {path.parent} first, or name another file"
        raise ExportError(f"{path} cannot be written: {reason}")
    if not path.is_symlink() and path.exists() and not os.access(path, os.W_OK):
        raise ExportError(f"{path} is write-protected; name another file, or permit it: chmod u+w")


@contextmanager
def write_output(target: Target, mode: int | None = None) -> Iterator[Path]:
    """Yield the path of an empty private file; what is written to it becomes the target when all went well.

    A regular file gets `mode`; without, it keeps what it has, or gets what the umask leaves. Raises OSError.
    """
    if not target.streamed:
        remove_drafts(target.path)
        with replacing(target.path, mode) as draft:
            yield draft
        return
    with scratch_folder() as folder:
        draft = folder / "output"
        os.close(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        yield draft
        _send(draft, target)


def _send(draft: Path, target: Target) -> None:
    """Copy what was written to a pipe or device. Raises OSError."""
    if target.descriptor == 1:
        sys.stdout.flush()
    if target.descriptor is not None:
        descriptor = os.dup(target.descriptor)
    else:
        descriptor = os.open(target.path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb") as stream, draft.open("rb") as file:
        kind = os.fstat(descriptor).st_mode
        if target.descriptor is None and not (stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)):
            raise UnsafeFileError(target.path, "it has become another file meanwhile; try again")
        shutil.copyfileobj(file, stream, 1 << 20)


def reason_of(error: OSError) -> str:
    """What the system said, in words."""
    return error.strerror or str(error)
