"""One export: rows from SQL, written to a temporary name and renamed, confidential histories left out."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from interpref_core.ids import uuid7
from interpref_db.exporters.native import NATIVE_ORDER, native_lines
from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_db.study import Study

WHAT = (
    "histories",
    "preferences",
    "pairs",
    "items",
    "runs",
    "judgings",
    "responses",
    "verdicts",
    "comparisons",
    "study",
)
FORMATS = ("jsonl", "csv", "parquet", "native")

# What a spreadsheet would take for a formula, at the start of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportError(Exception):
    """An export that cannot be made; one line with the way out."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote. `left_out` counts confidential histories that are not in it."""

    path: str
    what: str
    format: str
    rows: int
    left_out: int

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "what": self.what,
            "format": self.format,
            "rows": self.rows,
            "left_out": self.left_out,
        }


def format_of(path: Path, what: str) -> str:
    """The format that a file's name asks for."""
    if what == "study":
        return "native"
    return {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(
        path.suffix.lower(), "jsonl"
    )


def export(
    study: Study,
    what: str,
    path: Path,
    *,
    format: str | None = None,
    include_confidential: bool = False,
) -> ExportReport:
    """Write one kind of record, or the whole study, to a file. Raises ExportError."""
    chosen = format or format_of(path, what)
    if what not in WHAT:
        raise ExportError(f"there is nothing called {what!r} to export; there are {', '.join(WHAT)}")
    if chosen not in FORMATS:
        raise ExportError(f"there is no format {chosen!r}; there are {', '.join(FORMATS)}")
    if what == "study" and chosen != "native":
        raise ExportError("a whole study is exported as native JSON lines: --format native")
    draft = path.with_name(f".{path.name}.{uuid7()}.tmp")
    try:
        with study.reading() as cursor:
            rows = _write(cursor, what, chosen, draft, include_confidential=include_confidential)
            left_out = 0 if include_confidential or what not in ("histories", "study") else _confidential(cursor)
        draft.replace(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return ExportReport(str(path), what, chosen, rows, left_out)


def _confidential(cursor: DuckDBPyConnection) -> int:
    row = cursor.execute("SELECT count(*) FROM histories WHERE confidential").fetchone()
    return int(row[0]) if row else 0


def _write(cursor: DuckDBPyConnection, what: str, chosen: str, draft: Path, *, include_confidential: bool) -> int:
    if chosen == "native":
        kinds = NATIVE_ORDER if what == "study" else (what,)
        with draft.open("w", encoding="utf-8", newline="") as file:
            return sum(
                _write_lines(native_lines(cursor, kind, include_confidential=include_confidential), file)
                for kind in kinds
            )
    query = sql(f"export_{what}").strip().rstrip(";")
    parameters = {"confidential": include_confidential} if what == "histories" else {}
    if chosen == "parquet":
        name = str(draft).replace("'", "''")
        counted = cursor.execute(
            f"COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd)", parameters
        ).fetchone()
        return int(counted[0]) if counted else 0
    result = cursor.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    kinds_of = [str(column[1]) for column in result.description or []]
    with draft.open("w", encoding="utf-8", newline="") as file:
        if chosen == "csv":
            return _write_csv(_rows(result), names, file)
        nested = {name for name, kind in zip(names, kinds_of, strict=True) if kind == "JSON"}
        return _write_lines(
            (
                {name: _opened(name, value, nested) for name, value in zip(names, row, strict=True)}
                for row in _rows(result)
            ),
            file,
        )


def _opened(name: str, value: Any, nested: set[str]) -> Any:
    return json.loads(value) if name in nested and value is not None else value


def _rows(result: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(2000):
        yield from rows


def _write_lines(lines: Iterator[dict[str, Any]], file: IO[str]) -> int:
    count = 0
    for line in lines:
        file.write(json.dumps(line, ensure_ascii=False, allow_nan=False, default=str) + "\n")
        count += 1
    return count


def _write_csv(rows: Iterator[tuple[Any, ...]], names: list[str], file: IO[str]) -> int:
    writer = csv.writer(file)
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([defused(value) for value in row])
        count += 1
    return count


def defused(value: Any) -> Any:
    """A cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe before it."""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
