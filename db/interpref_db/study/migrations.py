"""Making a study file and bringing an older one up to date."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.ids import utc_now, uuid7
from interpref_core.system.memory_shortage import is_shortage, tell_shortage
from interpref_core.system.safe_files import sync_folder
from interpref_db.errors import StudyError
from interpref_db.queries import migrations
from interpref_db.study.attaching import attach
from interpref_db.study.connection import connect
from interpref_db.study.read_lock import writing_here

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_db.study.paths import StudyPaths


def create_file(places: StudyPaths) -> None:
    """Make an empty study: under another name first, then named, so that nobody ever sees half of one. Raises StudyError."""
    from interpref_db.study import duckdb_core

    file = places.file
    draft = file.with_name(f".{file.name}.{uuid7()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with connect(files=(draft,)) as connection:
            # Readable by DuckDB 1.5 as well, whatever version makes it.
            connection.execute(f"ATTACH {duckdb_core.quote(str(draft.absolute()))} AS study (STORAGE_VERSION 'v1.5.0')")
            _migrate(connection, 0)
            connection.execute(
                "INSERT INTO study.meta VALUES ('study', ?), ('created', ?), ('created_by', ?)",
                [uuid7(), utc_now(), __version__],
            )
            connection.execute("DETACH study")
        with suppress(FileExistsError):  # made by somebody else meanwhile: then theirs it is
            _name_file(draft, file)
        sync_folder(file.parent)
    except OSError as error:
        raise StudyError(f"cannot make the study {file}: {error.strerror or error}") from None
    except Exception as error:
        reason = tell_shortage(error) if is_shortage(error) else " ".join(str(error).split())[:200]
        raise StudyError(f"cannot make the study {file}: {reason}") from None
    finally:
        for leftover in (draft, draft.with_name(draft.name + ".wal")):
            leftover.unlink(missing_ok=True)


def _name_file(draft: Path, file: Path) -> None:
    """Give a file its name, which no other may have. Raises FileExistsError, OSError."""
    try:
        os.link(draft, file)  # unlike a rename this never replaces anything
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: the name is taken first, then filled
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        draft.replace(file)


def is_out_of_date(version: int) -> bool:
    """Whether a study of this schema has to be migrated."""
    return version < migrations()[-1][0]


def _migrate(connection: DuckDBPyConnection, version: int) -> None:
    for number, name, text in migrations():
        if number > version:
            connection.execute("BEGIN")
            try:
                connection.execute("USE study")
                connection.execute(text)
                connection.execute(
                    "INSERT INTO study.meta VALUES ('schema', ?), ('migration', ?)",
                    [str(number), f"{number} {name} {utc_now()} {__version__}"],
                )
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            finally:
                connection.execute("USE memory")


def migrate_file(paths: StudyPaths) -> list[str]:
    """Bring a study of an older schema up to date, after a copy of it was made beside it. Nobody in this process may read it.

    Returns remarks for its user. Raises StudyError.
    """
    from interpref_db.study import duckdb_core
    from interpref_db.study.catalog import read_schema
    from interpref_db.study.copying import back_up

    remarks = []
    with ExitStack() as hold, connect(files=(paths.file,)) as connection:
        hold.enter_context(writing_here(paths.file))
        # First what a .wal holds is taken into the file, by letting go of it; then the file alone is all there is.
        attach(connection, paths, read_only=False, wait=5.0)
        connection.execute("DETACH study")
        attach(connection, paths, read_only=False, wait=5.0)
        version = read_schema(connection, paths.file)
        if is_out_of_date(version):  # nobody else was faster
            copy = back_up(paths.file, version, hold)
            remarks.append(
                f"{paths.file.name} was made by an older interpref and is brought up to date; as it was: {copy}"
            )
            try:
                _migrate(connection, version)
            except duckdb_core.Error as error:
                reason = tell_shortage(error) if is_shortage(error) else " ".join(str(error).split())[:200]
                raise StudyError(f"{paths.file} cannot be brought up to date ({reason}); it is as it was") from None
        connection.execute("DETACH study")
    return remarks
