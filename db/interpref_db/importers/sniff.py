"""What a file is, from its first bytes: its container and its first records, never its name."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from interpref_db.importers.base import Container, Head
from interpref_db.importers.reading import Bad, open_bytes, parse
from interpref_db.importers.report import ImportRefused

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 1 << 20  # bytes looked at
_SAMPLE = 20
_MAGIC = {
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"\xfd7zXZ": "an xz archive: unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd archive: unpack it first",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8 first",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8 first",
}


def look_at(path: Path) -> Head:
    """The head of a file. Raises ImportRefused, one line, for what is no text with records."""
    try:
        with open_bytes(path) as file:
            data = file.read(HEAD)
    except (OSError, EOFError) as error:
        raise ImportRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise ImportRefused(f"{path} is {what}")
    if data.startswith(b"PAR1"):
        return Head(path, "table", (_parquet_row(path),))
    if len(data) > 12 and data[8:12] == b"DUCK":
        raise ImportRefused(f"{path} is a DuckDB file: export from it with `interpref export` first")
    if not data.strip():
        raise ImportRefused(f"{path} is empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:
            raise ImportRefused(f"{path} is not UTF-8 text (byte {error.start + 1})") from None
        text = data[: error.start].decode("utf-8")
    if "\x00" in text:
        raise ImportRefused(f"{path} holds zero bytes: not a text file")
    return _text_head(path, text, whole=len(data) < HEAD)


def _text_head(path: Path, text: str, *, whole: bool) -> Head:
    start = text.lstrip()[:1]
    if start == "[":
        return Head(path, "array", tuple(_array_sample(path)))
    if start == "{":
        lines = [line for line in text.splitlines() if line.strip()]
        if not whole and len(lines) > 1:
            lines.pop()
        records = [parse(line) for line in lines[:_SAMPLE]]
        good = [record for record in records if isinstance(record, dict)]
        # A pretty-printed object is no JSON lines: its first line alone is not a record.
        if good and not isinstance(records[0], Bad):
            one = len(lines) == 1 and whole
            container: Container = "object" if one and not _typed(good[0]) else "lines"
            return Head(path, container, tuple(good[0].items()) if container == "object" else tuple(good))
        if len(good) > 1:
            return Head(path, "lines", tuple(good))
        return Head(path, "object", tuple(_object_sample(path)))
    row = _table_row(text)
    if row is None:
        raise ImportRefused(f"{path} holds neither JSON nor a table")
    return Head(path, "table", (row,))


def _typed(record: dict[str, Any]) -> bool:
    """Whether one line alone is a record rather than an object that fills the file."""
    return any(
        isinstance(record.get(name), str | list) for name in ("type", "conversations", "messages", "choices", "turns")
    )


def _array_sample(path: Path) -> list[Any]:
    """The first elements; reading stops after them, so what breaks later does not show here."""
    from itertools import islice

    from interpref_db.importers.reading import array_of

    found = [value for _, value in islice(array_of(path), _SAMPLE)]
    if found and isinstance(found[0], Bad):
        raise ImportRefused(f"{path} is not JSON: {found[0].reason}")
    return [value for value in found if not isinstance(value, Bad)]


def _object_sample(path: Path) -> list[Any]:
    from itertools import islice

    from interpref_db.importers.reading import members_of

    try:
        return [member for _, member in islice(members_of(path), _SAMPLE)]
    except ImportRefused as error:
        raise ImportRefused(f"{path} is not JSON ({str(error).rpartition(': ')[2]})") from None


def _table_row(text: str) -> dict[str, str] | None:
    """The first row of a CSV or TSV by its headings; None when the text is no table."""
    head = text[: 1 << 16]
    delimiter = delimiter_of(head)
    rows = csv.reader(io.StringIO(head), delimiter=delimiter)
    try:
        names, first = next(rows), next(rows)
    except (StopIteration, csv.Error):
        return None
    if len(names) < 2 or len(names) != len(first):
        return None
    return dict(zip(names, first, strict=True))


def delimiter_of(text: str) -> str:
    """The delimiter of a table: the one of comma, tab and semicolon that its first line holds most of."""
    line = text.split("\n", 1)[0]
    return max(",\t;", key=line.count)


def _parquet_row(path: Path) -> dict[str, Any]:
    import duckdb

    try:
        result = duckdb.connect(":memory:").execute("SELECT * FROM read_parquet(?) LIMIT 1", [str(path)])
        names = [column[0] for column in result.description or []]
        row = result.fetchone()
    except duckdb.Error as error:
        raise ImportRefused(
            f"{path} is not a Parquet file that can be read: {' '.join(str(error).split())[:120]}"
        ) from None
    return dict(zip(names, row or [None] * len(names), strict=True))
