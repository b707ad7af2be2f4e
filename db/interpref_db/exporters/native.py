"""A study as native JSON lines: importing them gives the same study back, byte for byte in every text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.text.lenient_json import read_json
from interpref_db.exporters.confidential import OPEN, count_withheld, open_events, private_ids
from interpref_db.queries import sql
from interpref_db.study.pending import TABLES

if TYPE_CHECKING:
    from collections import Counter
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
# Columns that are lists of objects.
_PARTS = {"history": ("turns",), "clustering": ("groups", "categories")}
_LEFT_OUT = {"call"} | {"key", "opening", "content", "characters"}  # follows from the rest


def native_query(kind: str) -> str:
    """The query of what is exported of a kind."""
    return sql("native_histories") if kind == "histories" else f"SELECT * FROM {_VIEWS.get(kind, kind)}"  # noqa: S608 - names are ours


def native_lines(
    cursor: DuckDBPyConnection, kind: str, *, include_confidential: bool, why: Counter[str] | None = None
) -> Iterator[dict[str, Any]]:
    """The lines of one kind, as dicts without what is absent. `why` counts, by kind, what is left out as confidential."""
    query, type_name = native_query(kind), TYPES[kind]
    parameters: dict[str, Any] = {}
    private: frozenset[str] = frozenset()
    if not include_confidential and kind == "clusterings":
        private = private_ids(cursor, "preference")
        query += " ORDER BY time, seq, id"
    elif not include_confidential and type_name not in OPEN:
        if why is not None:
            why[f"confidential {kind}"] += count_withheld(cursor, query, type_name)
        query, parameters = sql("native_open").replace("VIEW_NAME", f"({query})"), {"kind": type_name}
    result = cursor.execute(query, parameters)
    if private:
        for event in open_events(_lines(result, type_name), private):
            if event is not None:
                yield event
            elif why is not None:
                why[f"confidential {kind}"] += 1
        return
    yield from _lines(result, type_name)


def _lines(result: DuckDBPyConnection, type_name: str) -> Iterator[dict[str, Any]]:
    names = [column[0] for column in result.description or []]
    nested = {column[0] for column in result.description or [] if str(column[1]) == "JSON"}
    while rows := result.fetchmany(500):
        for row in rows:
            yield _line(type_name, dict(zip(names, row, strict=True)), nested)


def _line(type_name: str, row: dict[str, Any], nested: set[str]) -> dict[str, Any]:
    line: dict[str, Any] = {"type": type_name}
    for name, value in row.items():
        if value is None or name in _LEFT_OUT or (name, value) == ("confidential", False):
            continue
        if name in _PARTS.get(type_name, ()):
            value = [{key: part for key, part in one.items() if part is not None} for one in value if one]
        line[_RENAMED.get(name, name)] = read_json(value) if name in nested else value
    return line
