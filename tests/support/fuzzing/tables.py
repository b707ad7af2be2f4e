"""Parquet files of comparisons with columns of every type that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

# Values as SQL writes them; each may stand in any column.
ODD_VALUES = (
    "NULL", "true", "1", "2::UTINYINT", "1.5", "1.50::DECIMAL(18,3)", "'NaN'::DOUBLE", "'Infinity'::FLOAT",
    "170141183460469231731687303715884105727::HUGEINT", "'a'::BLOB", "'\\xFF\\x00'::BLOB", "'101'::BIT", "DATE '2026-01-01'",
    "DATE 'infinity'", "DATE '290000-01-01'", "TIMESTAMP '2026-01-01 00:00:00'", "TIMESTAMP 'infinity'",
    "TIMESTAMP '290000-01-01 00:00:00'", "TIMESTAMPTZ '2026-01-01 00:00:00+02'", "TIMESTAMP_NS '2026-01-01 00:00:00.123456789'",
    "TIME '12:00:00'", "TIMETZ '12:00:00+01'", "INTERVAL 3 MONTH", "uuid()", "'tie'::ENUM('tie', 'model_a')", "[1, NULL]", "[]",
    "['a', 'b']", "{'role': 'user', 'content': 'q'}", "[{'role': 'user', 'content': 'q', 'at': DATE '2026-01-01'}]",
    "MAP {DATE '2026-01-01': 'NaN'::DOUBLE}", "MAP {'a': [1.5::DECIMAL(4,2)]}", "{'a': {'b': {'c': [NULL, {'d': 'e'}]}}}",
    "[{'x': 'NaN'::DOUBLE, 'y': '\\x00'::BLOB}]", "chr(0) || 'x'", "'x' || chr(55357)::VARCHAR", "repeat('x', 100000)",
    "'tie'", "'model_a'", "'A'", "' a '", "'{\"id\": \"k\", \"annotator\": \"me\", \"winner\": \"a\"}'", "'[' || repeat('[', 3000)",
    "[[['a']], [[NULL]]]", "'model_b'::JSON",
)  # fmt: skip
COLUMNS = (
    "model_a",
    "model_b",
    "winner",
    "question_id",
    "judge",
    "conversation_a",
    "interpref",
    "metadata",
    "extra",
    "x",
)


def write_table(path: Path, column: str, value: str, *, more: str = "") -> bool:
    """Two comparisons as Parquet, with this value in this column. False where DuckDB itself cannot write it."""
    row = {"model_a": "'A'", "model_b": "'B'", "winner": "'model_a'"} | {column: value}
    listed = ", ".join(f'{expression} AS "{name}"' for name, expression in row.items())
    with duckdb.connect() as connection:
        try:
            connection.execute(f"COPY (SELECT {listed} UNION ALL SELECT {listed}) TO '{path}' (FORMAT parquet{more})")
        except duckdb.Error:
            return False
    return True
