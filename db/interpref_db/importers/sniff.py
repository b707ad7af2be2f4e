"""What a file is, from its first bytes: its container and its first records, never its name."""

from __future__ import annotations

import csv
import io
import zlib
from typing import TYPE_CHECKING, Any

from interpref_db.importers.base import FileHead
from interpref_db.importers.json_records import InvalidRecord, open_bytes, parse
from interpref_db.importers.limits import LONGEST_RECORD
from interpref_db.importers.report import ImportRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def sniff(path: Path) -> FileHead:
    """The head of a file. Raises ImportRefused, one line, for what is no text with records."""
    try:
        with open_bytes(path) as file:
            data = file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise ImportRefused(f"{path} is {what}")
    if data.startswith(b"PAR1"):
        return FileHead(path, "table", (_parquet_row(path),))
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


def _text_head(path: Path, text: str, *, whole: bool) -> FileHead:
    lines = [line for line in text.split("\n") if line.strip()]
    start = text.lstrip()[:1]
    if start == "[" and not _is_lines(lines if whole else lines[:-1]):
        return FileHead(path, "array", tuple(_array_sample(path)))
    if start in ("[", "{"):
        return _lines_head(path, lines, whole=whole)
    row = _table_row(text)
    if row is None:
        raise ImportRefused(f"{path} holds neither JSON nor a table")
    return FileHead(path, "table", (row,))


def _is_lines(lines: list[str]) -> bool:
    """Whether lines that begin with an array are records all the same: the first is whole, and an object follows."""
    return (
        len(lines) > 1
        and not isinstance(parse(lines[0]), InvalidRecord)
        and any(isinstance(parse(line), dict) for line in lines[1:_SAMPLE])
    )


def _lines_head(path: Path, lines: list[str], *, whole: bool) -> FileHead:
    """JSON lines, or one object that fills the file."""
    more = len(lines) > 1
    if not whole:
        # The last line may go on beyond what was read; the only one surely does.
        lines = lines[:-1]
        if not lines:
            lines, more = _first_lines(path)
    records = [parse(line) for line in lines[:_SAMPLE]]
    good = [record for record in records if isinstance(record, dict)]
    if good and records[0] is good[0] and not more and _is_map(good[0]):
        return FileHead(path, "object", tuple(good[0].items()))
    # A pretty-printed object is no JSON lines, although some of its lines may be whole objects.
    goes_on = isinstance(records[0], InvalidRecord) and lines[0].rstrip().endswith(("{", "[", ",", ":"))
    if good and (not goes_on or len(good) > 1):
        return FileHead(path, "lines", tuple(good))
    return FileHead(path, "object", tuple(_object_sample(path)))


def _first_lines(path: Path) -> tuple[list[str], bool]:
    """Lines that are longer than the head (but not without end), up to the first that can be read, and whether the file has
    more than one."""
    lines: list[str] = []
    size = 0
    with open_bytes(path) as file:
        while len(lines) < _SAMPLE and size <= LONGEST_RECORD and (line := file.readline(LONGEST_RECORD)):
            size += len(line)
            lines.append(line.decode("utf-8", "replace"))
            if not isinstance(parse(lines[-1]), InvalidRecord):
                break
        return lines, len(lines) > 1 or bool(file.read(HEAD).strip())


def _is_map(record: dict[str, Any]) -> bool:
    """Whether an object on one line fills its file as a map from texts to lists of lists, rather than being a record."""
    return all(isinstance(value, list) and all(isinstance(one, list) for one in value) for value in record.values())


def _array_sample(path: Path) -> list[Any]:
    """The first elements; reading stops after them, so what breaks later does not show here."""
    from interpref_db.importers.json_records import iter_array

    found = [value for _, value in _some_of(_until_it_breaks(iter_array(path)))]
    return [value for value in found if not isinstance(value, InvalidRecord)]


def _some_of(records: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """The first of records; fewer where they are long."""
    size = 0
    for place, (number, record) in enumerate(records, start=1):
        yield number, record
        size += len(repr(record))
        if place >= _SAMPLE or size > HEAD:
            return


def _until_it_breaks(records: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """The records before the place where an array breaks off; the import itself says where that is."""
    number = 0
    try:
        for number, value in records:
            yield number, value
    except ImportRefused:
        if not number:
            raise


def _object_sample(path: Path) -> list[Any]:
    from interpref_db.importers.json_records import iter_members

    try:
        return [member for _, member in _some_of(iter_members(path))]
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

    from interpref_db.study.connection import bounded_connection

    try:
        result = bounded_connection(path).execute("SELECT * FROM read_parquet(?) LIMIT 1", [str(path)])
        names = [column[0] for column in result.description or []]
        row = result.fetchone()
    except duckdb.Error as error:
        raise ImportRefused(
            f"{path} is not a Parquet file that can be read: {' '.join(str(error).split())[:120]}"
        ) from None
    return dict(zip(names, row or [None] * len(names), strict=True))
