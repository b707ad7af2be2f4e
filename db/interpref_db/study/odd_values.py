"""Values that no program of ours writes, in a study that came from elsewhere: bytes that are no text, JSON that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.queries import sql
from interpref_db.study.duckdb_core import quote_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DEEPEST = 900  # brackets: deeper than Python reads
_LONGEST = 1000  # digits of a number: longer than Python reads
# What a value is made into: itself where it is in order. Bytes that are no UTF-8 are written out; JSON that cannot be read, and
# numbers that are none, are left out.
_MENDED = {
    "VARCHAR": "CASE WHEN try(decode(encode(COLUMN))) IS NULL THEN encode(COLUMN)::VARCHAR ELSE COLUMN END",
    "JSON": (
        "CASE WHEN try(decode(encode(COLUMN::VARCHAR))) IS NOT NULL AND json_valid(COLUMN::VARCHAR) "
        f"AND length(COLUMN) - length(replace(replace(COLUMN, '[', ''), '{{', '')) < {_DEEPEST} "
        f"AND NOT contains(translate(COLUMN, '123456789', '000000000'), repeat('0', {_LONGEST})) THEN COLUMN END"
    ),
    "DOUBLE": "CASE WHEN isfinite(COLUMN) THEN COLUMN END",
}


def mended_columns(connection: DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The columns of a table of the attached study whose values may be odd, each with an expression that mends them."""
    found = connection.execute(sql("salvage_columns"), {"name": table}).fetchall()
    return [(quote_name(column), _MENDED[kind].replace("COLUMN", quote_name(column))) for column, kind in found]


def has_odd_values(connection: DuckDBPyConnection) -> bool:
    """Whether the attached study holds a value that is none."""
    for table, _ in connection.execute(sql("catalog_tables"), {"database": "study"}).fetchall():
        columns = mended_columns(connection, table)
        odd = " OR ".join(f"({column} IS DISTINCT FROM {mended})" for column, mended in columns)
        query = f"SELECT 1 FROM study.{quote_name(table)} WHERE {odd} LIMIT 1"  # noqa: S608 - quoted, and ours
        if columns and connection.execute(query).fetchone():
            return True
    return False
