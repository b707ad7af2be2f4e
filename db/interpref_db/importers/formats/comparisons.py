"""Comparisons from any table or JSON records with two names and a winner; and PandaLM's three annotators."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.records.runs import Comparison
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import InvalidRecord, iter_records, open_bytes, parse
from interpref_db.importers.limits import LONGEST_RECORD, TOO_LONG
from interpref_db.importers.own_exports import UNNUMBERED, own_export_fields, put_comparisons, restore_comparison
from interpref_db.importers.report import FieldError, ImportRefused
from interpref_db.importers.sniff import delimiter_of
from interpref_db.importers.winner_columns import ANNOTATORS, ITEMS, clean_cell, columns_of, winner_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

_AT_ONCE = 1000  # rows of Parquet


class Comparisons:
    """CSV, TSV, Parquet, JSON or JSON lines of comparisons."""

    name = "comparisons"
    rank = 40

    def recognizes(self, head: FileHead) -> bool:
        return head.container != "object" and any(
            isinstance(one, dict) and "type" not in one and columns_of(one) is not None for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        put_comparisons(context, rows_of(context), lambda record: (comparison_of(record),))


def rows_of(context: ImportContext) -> Iterable[tuple[int, Any]]:
    """The rows of a table (numbered by line), or the records of a JSON file."""
    head = context.head
    if head.container != "table":
        return iter_records(head)
    with open_bytes(head.path) as file:
        if file.read(4) == b"PAR1":
            return _parquet_rows(context)
    return _table_rows(head)


def _table_rows(head: FileHead) -> Iterator[tuple[int, Any]]:
    with open_bytes(head.path) as raw:
        # Only the delimiter is wanted of the first line: what in it is no UTF-8 is told with its line below.
        delimiter = delimiter_of(raw.readline(1 << 20).decode("utf-8", "replace"))
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        text.seek(0)
        lines = _Lines(head, text)
        reader = csv.reader(lines, delimiter=delimiter)
        limit = csv.field_size_limit(LONGEST_RECORD)
        try:
            names = next(reader)
            for row in reader:
                lines.size = 0
                if row:
                    yield reader.line_num, _row_of(names, row) if len(row) == len(names) else row
        except (csv.Error, UnicodeDecodeError) as error:
            raise ImportRefused(
                f"{head.path}, line {reader.line_num + 1}: {error}; nothing of it was imported"
            ) from None
        finally:
            csv.field_size_limit(limit)


class _Lines:
    """The lines of a table; `size` counts the characters since it was last set to 0, and may not pass one record."""

    def __init__(self, head: FileHead, text: io.TextIOWrapper) -> None:
        self._path = head.path
        self._text = text
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_RECORD)
        self.size += len(line)
        if not line:
            raise StopIteration
        if self.size >= LONGEST_RECORD:
            raise ImportRefused(f"{self._path}: a row is {TOO_LONG}; nothing of it was imported")
        return line


def _row_of(names: list[str], row: list[str]) -> dict[str, Any]:
    """A row by its headings, without the apostrophe that our own CSV sets before what a spreadsheet would run."""
    return {name: clean_cell(cell) for name, cell in zip(names, row, strict=True)}


def _parquet_rows(context: ImportContext) -> Iterator[tuple[int, Any]]:
    from interpref_db.study.connection import bounded_connection

    result = bounded_connection(context.path).execute("SELECT * FROM read_parquet(?)", [str(context.path)])
    names = [column[0] for column in result.description or []]
    number = 0
    while rows := result.fetchmany(_AT_ONCE):
        for row in rows:
            number += 1
            yield number, {name: _plain(value) for name, value in zip(names, row, strict=True)}


def _plain(value: Any) -> Any:
    """A value of a Parquet file as JSON can have it: moments, amounts, bytes and keys of maps become texts."""
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return str(value)


def comparison_of(record: Any) -> Comparison:
    """One comparison from a row. The same row again is another identical label: `put_comparisons` numbers them."""
    if not isinstance(record, dict):
        raise FieldError(None, "another number of fields than the heading")
    columns = columns_of(record)
    if columns is None:
        raise FieldError("winner", "no two names and a winner")
    a, b, name = columns
    for column in (a, b):
        if not str(record[column] or "").strip():
            raise FieldError(column, "empty")
    if (kept := own_export_fields(record) or _own_table(record)) is not None:
        return restore_comparison(kept, str(record[a]), str(record[b]), _texts(record))
    winner = winner_of(record, a, b, name)
    text = {key: _as_text(value) for key, value in record.items() if value is not None}
    item = next((text[key] for key in ITEMS if key in text), None)
    annotator = next((text[key] for key in ANNOTATORS if text.get(key)), "unknown")
    used = {a, b, name}
    return Comparison(
        id=UNNUMBERED + content_hash(text)[:32],
        annotator=annotator,
        model_a=text[a],
        model_b=text[b],
        winner=winner,
        item=item,
        left="a" if (a, b) == ("left", "right") else None,
        extra={key: value for key, value in text.items() if key not in used},
    )


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def _texts(record: dict[str, Any]) -> dict[str, Any]:
    """The texts of a row that interpref exported, as they are kept."""
    sides = record.get("metadata")
    if isinstance(sides, str):
        sides = parse(sides)
    if isinstance(sides, list) and all(isinstance(one, dict) for one in sides):
        return {"exchanges": sides}
    names = ("conversation_a", "conversation_b")
    texts = {key: record[key] for key in names if isinstance(record.get(key), list | str) and record[key]}
    return texts or {
        ours: record[theirs]
        for ours, theirs in (("prompt", "instruction"), ("answer_a", "output_1"), ("answer_b", "output_2"))
        if isinstance(record.get(theirs), str)
    }


def _own_table(record: dict[str, Any]) -> dict[str, Any] | None:
    """What a row of our own CSV, JSON lines or Parquet of comparisons says, or None for other people's."""
    if not {"id", "model_a", "run_a", "winner", "kind"} <= record.keys():
        return None
    kept: dict[str, Any] = {key: value for key, value in record.items() if value not in (None, "")}
    for name in ("extra", "opinion"):
        if isinstance(kept.get(name), str):
            read = parse(kept[name])
            kept[name] = kept[name] if isinstance(read, InvalidRecord) else read
    return kept


class PandaLM:
    """Pairs of answers judged by three annotators (0 tie, 1, 2)."""

    name = "PandaLM"
    rank = 40

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and {"annotator1", "annotator2", "cmp_key"} <= one.keys() for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        insert_histories(context, convert_histories(context, iter_records(context.head), self._records))

    def _records(self, record: Any) -> Iterator[Record]:
        if not isinstance(record, dict) or not isinstance(record.get("cmp_key"), str):
            raise FieldError("cmp_key", "missing or not a text")
        a, _, b = record["cmp_key"].partition("_")
        labels = sorted(key for key in record if key.startswith("annotator") and key[9:].isdigit())
        if not a or not b or not labels:
            raise FieldError("cmp_key", "does not name two models")
        for label in labels:
            if record[label] not in (0, 1, 2):
                raise FieldError(label, "not 0, 1 or 2")
        kept = {key: record[key] for key in ("instruction", "input", "response1", "response2") if key in record}
        for label in labels:
            yield Comparison(
                id=f"pandalm/{record.get('idx')}/{label}",
                annotator=label,
                model_a=a,
                model_b=b,
                winner=("tie", "a", "b")[int(record[label])],
                item=f"pandalm/{record.get('idx')}",
                extra=kept,
            )
