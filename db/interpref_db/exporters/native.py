"""A study as native JSON lines: importing them gives the same study back, byte for byte in every text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_db.incoming import TABLES
from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

# What is referred to comes before what refers to it.
NATIVE_ORDER = (
    "histories",
    "preferences",
    "pairs",
    "items",
    "runs",
    "judgings",
    "responses",
    "verdicts",
    "calls",
    "errors",
    "comparisons",
    "assignments",
    "labels",
    "buildings",
    "makings",
    "chunks",
    "queries",
    "links",
    "superseded",
    "clusterings",
    "splits",
)
TYPES = {table: kind for kind, table in TABLES.items()}
_RENAMED = {
    "order_number": "order",
    "source_row": "row",
    "user_id": "user",
    "left_is": "left",
    "decided_by": "by",
    "queue_order": "order",
}
# What is exported of a kind, where the view of that name holds more.
_VIEWS = {
    "comparisons": "imported_comparisons",
    "preferences": "all_preferences",
    "pairs": "all_pairs",
    "items": "all_items",
    "queries": "all_queries",
    "chunks": "all_chunks",
}
# Where a record names what may have been made of a confidential history: the column, and the kind of thing that it names.
PRIVATE = {
    "preferences": ("id", "preference"),
    "pairs": ("id", "pair"),
    "queries": ("id", "query"),
    "items": ("id", "item"),
    "chunks": ("id", "chunk"),
    "makings": ("id", "making"),
    "links": ("id", "link"),
    "calls": ("id", "call"),
    "responses": ("item", "item"),
    "verdicts": ("item", "item"),
}
# Columns that are lists of objects.
_PARTS = {"history": ("turns",), "clustering": ("groups", "categories")}
_LEFT_OUT = {"call"} | {"key", "opening", "content", "characters"}  # follows from the rest


def native_lines(cursor: DuckDBPyConnection, kind: str, *, include_confidential: bool) -> Iterator[dict[str, Any]]:
    """The lines of one kind, as dicts without what is absent."""
    parameters: dict[str, Any] = {}
    view = _VIEWS.get(kind, kind)
    if kind == "histories":
        query, parameters = sql("native_histories"), {"confidential": include_confidential}
    elif kind in PRIVATE and not include_confidential:
        column, thing = PRIVATE[kind]
        query = sql("native_open").replace("VIEW_NAME", view).replace("COLUMN_NAME", column)
        parameters = {"kind": thing}
    else:
        query = f"FROM {view}"
    result = cursor.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    nested = {column[0] for column in result.description or [] if str(column[1]) == "JSON"}
    while rows := result.fetchmany(500):
        for row in rows:
            yield _line(TYPES[kind], dict(zip(names, row, strict=True)), nested)


def _line(type_name: str, row: dict[str, Any], nested: set[str]) -> dict[str, Any]:
    line: dict[str, Any] = {"type": type_name}
    for name, value in row.items():
        if value is None or name in _LEFT_OUT or (name, value) == ("confidential", False):
            continue
        if name in _PARTS.get(type_name, ()):
            value = [{key: part for key, part in one.items() if part is not None} for one in value]
        line[_RENAMED.get(name, name)] = json.loads(value) if name in nested else value
    return line
