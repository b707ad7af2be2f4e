"""Names that stand for an open file of this process, and input that can be read only once, kept so that it can be read again.

Importers look at a file before they read it, some read it twice: so what comes through a pipe is copied to a private
temporary file first.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STANDARD = "-"  # standard input where something is read, standard output where something is written
STANDARD_INPUT = "standard input"
_OWN_DESCRIPTORS = re.compile(r"/proc/(\d+)(?:/task/\d+)?/fd")
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Spooled:
    """Input that was copied to `path`; `name` is what the user calls it."""

    path: Path
    name: str


def find_descriptor(path: Path, standard: int) -> int | None:
    """The number of the open file of this process that a path stands for: /dev/stdin, /dev/fd/N, links to them, and `-`,
    which is `standard`; None for any other path."""
    if str(path) == STANDARD:
        return standard
    here = os.path.abspath(path)  # noqa: PTH100 - no link is resolved yet
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(here)
        real = os.path.realpath(folder)
        found = _OWN_DESCRIPTORS.fullmatch(real)
        if name.isdecimal() and (real == "/dev/fd" or (found and int(found[1]) == os.getpid())):
            return int(name)
        try:
            here = os.path.join(real, os.readlink(here))  # noqa: PTH115, PTH118 - texts, as many as there are links
        except OSError:
            return None
    return None


def is_stream(path: Path) -> bool:
    """Whether a path names what can be read only once: standard input, an open file, a pipe, a device."""
    if find_descriptor(path, 0) is not None:
        return True
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def name_stream(path: Path) -> str:
    """What a stream is called in messages."""
    return STANDARD_INPUT if find_descriptor(path, 0) == 0 else str(path)


def spool(path: Path, folder: Path) -> Spooled:
    """Copy what comes through a stream into a new file in a private folder; waits for its end.

    Raises OSError, with the words for the user in `strerror`.
    """
    number = find_descriptor(path, 0)
    name = name_stream(path)
    file_name = path.name if number is None else STANDARD_INPUT if number == 0 else f"input {number}"
    file_name = re.sub(r"[*?\[]", "_", file_name)  # to DuckDB these make a pattern
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC) if number is None else os.dup(number)
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        endless = stat.S_ISCHR(status.st_mode) and not os.isatty(descriptor) and not _is_null(status)
        if endless or stat.S_ISDIR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise OSError(0, "it is no file and no pipe", name)
        if stat.S_ISREG(status.st_mode):
            stream.seek(0)
        place = folder / str(len(list(folder.iterdir()))) / file_name
        place.parent.mkdir(0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
    return Spooled(place, name)


def _is_null(status: os.stat_result) -> bool:
    """Whether a device is the one that is always empty."""
    try:
        return status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116 - a device
    except OSError:
        return False
