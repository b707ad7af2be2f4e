"""Attaching a study's file: what lies there is looked at before it is opened, and what it holds before anything is asked.

The file may come from anybody. It has to be a regular file, and so does what DuckDB would open beside it; the catalogue has to
be that of a study and nothing else (`catalog`); then it is trusted as long as it stays as it is.
"""

from __future__ import annotations

import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from interpref_db.errors import NotAStudy, StudyBusy
from interpref_db.study import lock_owner
from interpref_db.study.paths import BESIDE

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_db.study.paths import StudyPaths

_Stamp = tuple[tuple[int, ...] | None, ...]

# Files whose catalogue was found in order, as they were then.
_trusted: dict[str, _Stamp] = {}


def attach(connection: DuckDBPyConnection, places: StudyPaths, *, read_only: bool, wait: float) -> None:
    """Attach the file as `study`, waiting up to `wait` seconds while another process holds it.

    Nothing that the file holds is evaluated before its catalogue was found to be that of a study. Raises NotAStudy,
    UntrustedStudy, StudyTooNew, StudyBusy, StudyDamaged.
    """
    from interpref_db.study import duckdb_core
    from interpref_db.study.damage import raise_unreadable

    file = places.file.resolve()  # as DuckDB does: what lies beside it lies beside the file, not beside a link to it
    options = "READ_ONLY" if read_only else "READ_WRITE"
    deadline = time.monotonic() + wait
    pause = 0.005
    while True:
        check_files(places.file)
        before = _stamp(file)
        try:
            # The type is named, so that the file's first bytes choose no reader of another kind of database.
            connection.execute(f"ATTACH {duckdb_core.quote(str(file))} AS study ({options}, TYPE duckdb)")
            break
        except duckdb_core.Error as error:
            if not duckdb_core.is_locked(error):
                raise_unreadable(places.file, error)
            if time.monotonic() > deadline:
                raise StudyBusy(lock_owner.describe_lock_owner(places, str(error))) from None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    _verify(connection, places.file, file, before)


def _verify(connection: DuckDBPyConnection, named: Path, file: Path, before: _Stamp) -> None:
    """Look at what the attached file holds, unless it is as it was when that was done; let go of it where it is not in order."""
    from interpref_db.study import duckdb_core
    from interpref_db.study.catalog import verify_catalog
    from interpref_db.study.damage import raise_unreadable

    key = str(file)
    if _trusted.get(key) == before and _stamp(file) == before:
        return
    try:
        verify_catalog(connection, named)
        _trusted[key] = before
    except BaseException as error:
        with suppress(duckdb_core.Error):
            connection.execute("DETACH study")
        if isinstance(error, duckdb_core.Error):
            raise_unreadable(named, error)
        raise


def check_files(file: Path) -> None:
    """Refuse a study that is not a regular file, or has something else than a regular file where DuckDB would look for more.

    Raises NotAStudy.
    """
    try:
        status = file.stat()
    except FileNotFoundError:
        raise NotAStudy(f"there is no study {file}") from None
    except OSError as error:
        raise NotAStudy(f"{file} cannot be opened: {(error.strerror or str(error)).lower()}") from None
    if stat.S_ISDIR(status.st_mode):
        raise NotAStudy(f"{file} is a folder, not a study")
    if not stat.S_ISREG(status.st_mode):
        raise NotAStudy(f"{file} is not a study: it is no regular file")
    for suffix in BESIDE:
        beside = _beside(file.resolve(), suffix)
        try:
            other = beside.lstat()
        except OSError:
            continue
        if not stat.S_ISREG(other.st_mode) or other.st_nlink > 1:
            raise NotAStudy(
                f"{beside} is a link or no regular file, where a part of the study is kept; "
                "whoever put it there is not to be trusted: look at it, and remove it"
            )


def _stamp(file: Path) -> _Stamp:
    """What tells whether a file, or what lies beside it, was changed: the time of the last change cannot be set by anybody."""
    found: list[tuple[int, ...] | None] = []
    for suffix in ("", *BESIDE):
        try:
            status = _beside(file, suffix).stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
