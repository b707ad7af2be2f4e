"""Parquet files, written by DuckDB."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.ids import uuid7
from interpref_core.system.safe_files import open_file
from interpref_db.errors import StudyError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Into that file, not into another in its place.
_OPTIONS = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"


def write_query(cursor: DuckDBPyConnection, query: str, parameters: dict[str, Any], draft: Path) -> int:
    """Write what a query gives to a Parquet file; the number of rows. Raises StudyError, OSError.

    The connection that reads a study may touch no other file. But it has a private folder for what does not fit into
    memory: the file is made there and moved.
    """
    from interpref_db.study import duckdb_core

    found = cursor.execute("SELECT current_setting('temp_directory')").fetchone()
    if not found or not found[0]:
        raise StudyError("there is no temporary folder to write Parquet in: set TMPDIR to one, or export as jsonl")
    folder = Path(found[0])
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{uuid7()}.parquet"
    try:
        counted = cursor.execute(
            f"COPY ({query}) TO {duckdb_core.quote(str(made))} ({_OPTIONS})", parameters
        ).fetchone()
        with made.open("rb") as origin, os.fdopen(open_file(draft, os.O_WRONLY | os.O_TRUNC), "wb") as file:
            shutil.copyfileobj(origin, file, 1 << 20)
    finally:
        made.unlink(missing_ok=True)
    return int(counted[0]) if counted else 0


def write_lines(lines: Path, draft: Path) -> None:
    """Write a file of JSON lines of our own making to a Parquet file."""
    from interpref_db.study import duckdb_core
    from interpref_db.study.connection import connect

    options = "format='newline_delimited', sample_size=-1, maximum_object_size=1073741824"
    reader = f"read_json({duckdb_core.quote(str(lines))}, {options})"
    with connect(files=None) as connection:
        connection.execute(f"COPY (FROM {reader}) TO {duckdb_core.quote(str(draft))} ({_OPTIONS})")
