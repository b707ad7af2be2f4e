"""An import takes a modest part of the memory: what does not fit goes to a temporary file on the disk."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_MEMORY = 640_000_000  # bytes
_THREADS = 4  # each sets some of the memory aside
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


@contextmanager
def modest_memory(connection: DuckDBPyConnection) -> Iterator[None]:
    """Inside, DuckDB holds no more than a modest part of the memory (or what it was allowed before, where that is less)."""
    # Through a cursor of its own: after an error the transaction of `connection` takes no more statements.
    cursor = connection.cursor()

    def ask(name: str) -> str:
        return str(cursor.execute(f"SELECT current_setting('{name}')").fetchall()[0][0])

    before = ask("memory_limit")
    size, unit = before.split()
    if float(size) * _UNITS.get(unit, 1) <= _MEMORY * 1.01:
        cursor.close()
        yield
        return
    threads = int(ask("threads"))
    try:
        cursor.execute(f"SET memory_limit = '{_MEMORY // 1_000_000}MB'; SET threads = {min(threads, _THREADS)}")
        yield
    finally:
        # What DuckDB says of the limit is cut to one decimal, so half a step is added, or every import would lower it.
        cursor.execute(f"SET memory_limit = '{float(size) + 0.05} {unit}'; SET threads = {threads}")
        cursor.close()
