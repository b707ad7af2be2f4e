"""The connection to DuckDB, and attaching a study's file to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.study.paths import BESIDE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection


# Nothing is fetched from anywhere, and no name in SQL ever means a Python variable.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_READER = "400MB"


def connect(
    *,
    files: Sequence[Path] | None = (),
    memory_limit: str | None = None,
    threads: int | None = None,
    locked: bool = True,
) -> DuckDBPyConnection:
    """Open an in-memory connection with our settings.

    Args:
        files: the only files that it may open, read or write, each with what DuckDB needs beside it. With `None` it may
            touch anything: for importers and exporters, whose SQL is ours and whose files the user has named.
        memory_limit: how much memory it may take, e.g. "320MB".
        threads: how many threads it may use.
        locked: whether its settings stay as they are; without, they can be set (but no further file can be allowed).
    """
    from interpref_db.study import duckdb_core
    from interpref_db.study.spill_folder import choose_folder

    folder = choose_folder()
    config = {**_SETTINGS, "temp_directory": "" if folder is None else str(folder)}
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = threads
    connection = duckdb_core.connect(":memory:", config=config)
    # Standard output is ours: where DuckDB takes a program for an interactive one, it would draw there.
    settings = ["SET enable_progress_bar = false"]
    if files is not None:
        # In this order: the paths can be given only to a database that runs, and only before the rest is shut.
        settings += [f"SET allowed_paths = [{_allowed(files)}]", "SET enable_external_access = false"]
        if locked:
            settings.append("SET lock_configuration = true")
    try:
        connection.execute("; ".join(settings))
    except BaseException:
        connection.close()
        raise
    return connection


def bounded_connection(file: Path) -> DuckDBPyConnection:
    """Open an in-memory connection for reading one file, which takes little memory for itself."""
    return connect(files=(file,), memory_limit=_READER, threads=2)


def _allowed(files: Sequence[Path]) -> str:
    """The paths of files and of what belongs beside them, as SQL."""
    from interpref_db.study import duckdb_core

    # A link by its own name and as what it points to: DuckDB looks beside the latter.
    named = dict.fromkeys(path for file in files for path in (file.absolute(), file.resolve()))
    return ", ".join(duckdb_core.quote(f"{path}{suffix}") for path in named for suffix in ("", *BESIDE))
