"""Making a study file and bringing an older one up to date."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.ids import now, uuid7
from interpref_core.shortage import is_shortage, tell_shortage
from interpref_db.problems import NotAStudy, StudyError, StudyTooNew
from interpref_db.sqlfiles import migrations

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from interpref_db.places import Places
    from interpref_db.study import Study

# Nothing is fetched from anywhere, and no name in SQL ever means a Python variable.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_READER = "400MB"


def connect() -> DuckDBPyConnection:
    """An in-memory connection with our settings."""
    from interpref_db import duck

    # What does not fit into memory goes to a folder of this process, which DuckDB removes.
    folder = Path(tempfile.gettempdir()) / f"interpref-{os.getpid()}"
    connection = duck.connect(":memory:", config={**_SETTINGS, "temp_directory": str(folder)})
    # Standard output is ours: where DuckDB takes a program for an interactive one, it would draw there.
    connection.execute("SET enable_progress_bar = false")
    return connection


def bounded_connection() -> DuckDBPyConnection:
    """An in-memory connection for reading one file, which takes little memory for itself."""
    connection = connect()
    connection.execute(f"SET memory_limit = '{_READER}'; SET threads = 2")
    return connection


def create_file(places: Places) -> None:
    """Make an empty study: under another name first, then renamed, so that nobody ever sees half of one."""
    file = places.file
    draft = file.with_name(f".{file.name}.{uuid7()}.tmp")
    connection = connect()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Readable by DuckDB 1.5 as well, whatever version makes it.
        name = str(draft).replace("'", "''")
        connection.execute(f"ATTACH '{name}' AS study (STORAGE_VERSION 'v1.5.0')")
        _migrate(connection, 0)
        connection.execute(
            "INSERT INTO study.meta VALUES ('study', ?), ('created', ?), ('created_by', ?)",
            [uuid7(), now(), __version__],
        )
        connection.execute("DETACH study")
        with suppress(FileExistsError):
            os.link(draft, file)  # unlike a rename this never replaces a study that somebody else made meanwhile
    except OSError as error:
        raise StudyError(f"cannot make the study {file}: {error.strerror or error}") from None
    except Exception as error:
        reason = tell_shortage(error) if is_shortage(error) else " ".join(str(error).split())[:200]
        raise StudyError(f"cannot make the study {file}: {reason}") from None
    finally:
        connection.close()
        for leftover in (draft, draft.with_name(draft.name + ".wal")):
            leftover.unlink(missing_ok=True)


def bring_up_to_date(study: Study) -> None:
    """Refuse a study of a newer program; migrate an older one, after a copy of the file is made.

    Raises NotAStudy, StudyTooNew.
    """
    version = _schema_of(study)
    newest = migrations()[-1][0]
    if version > newest:
        raise StudyTooNew(
            f"{study.path} was made by a newer interpref (schema {version}, this program knows {newest}); "
            "update with `pipx upgrade interpref-tui`"
        )
    if version < newest:
        _migrate_file(study, version)


def _schema_of(study: Study) -> int:
    from interpref_db import duck

    with study.reading() as cursor:
        try:
            row = cursor.execute("SELECT max(value::INTEGER) FROM study.meta WHERE key = 'schema'").fetchone()
        except duck.Error:
            row = None
    if row is None or row[0] is None:
        raise NotAStudy(f"{study.path} is a DuckDB file, but not a study")
    return int(row[0])


def _migrate(connection: DuckDBPyConnection, version: int) -> None:
    for number, name, text in migrations():
        if number > version:
            connection.execute("BEGIN")
            try:
                connection.execute("USE study")
                connection.execute(text)
                connection.execute(
                    "INSERT INTO study.meta VALUES ('schema', ?), ('migration', ?)",
                    [str(number), f"{number} {name} {now()} {__version__}"],
                )
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            finally:
                connection.execute("USE memory")


def _migrate_file(study: Study, version: int) -> None:
    from interpref_db.study import attach

    _back_up(study.path, version)
    study._wait_for_readers()
    connection = connect()
    try:
        attach(connection, study.places, read_only=False, wait=5.0)
        _migrate(connection, version)
        connection.execute("DETACH study")
    finally:
        connection.close()


def _back_up(file: Path, version: int) -> Path:
    """Copy the file to NAME.schema-N.backup.duckdb beside it, unless that copy is there already."""
    copy = file.with_name(f"{file.stem}.schema-{version}.backup{file.suffix}")
    if not copy.exists():
        draft = copy.with_name(copy.name + ".tmp")
        shutil.copy2(file, draft)
        draft.replace(copy)
    return copy
