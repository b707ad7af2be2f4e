"""JSON lines of conversations, in bulk: DuckDB reads, checks and inserts; only odd lines are looked at one by one."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_db.importers.conversations import ROLES, list_of
from interpref_db.importers.histories import converted, put
from interpref_db.importers.reading import lines_of
from interpref_db.importers.report import Rejected
from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from interpref_core.records import Record
    from interpref_db.importers.base import Context

_MEMORY = "640MB"  # what a bulk import may hold; more goes to a temporary file
_LONGEST = 16 << 20  # bytes of one line; DuckDB sets twice as much aside for each thread
_OWN = {"id", "conversations", "messages", "conversation", "source", "user", "language", "title"}


def load_lines(context: Context, source: str, convert: Callable[[Any], Iterable[Record]]) -> None:
    """Put a file of JSON lines into the study. `convert` makes the records of a line that SQL cannot read exactly."""
    if not is_plain(context.path):
        put(context, converted(context, lines_of(context.path), convert))
        return
    import duckdb

    connection = context.writer.connection
    before = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    try:
        odd = _load(context, source)
        connection.execute("DROP TABLE raw")
        connection.execute("DROP TABLE heads")
    finally:
        with suppress(duckdb.TransactionException):  # after an error, which is told by itself
            connection.execute(f"SET memory_limit = {_literal(before)}")
    if odd:
        put(context, converted(context, _lines(context, odd), convert))


def is_plain(path: Path) -> bool:
    """Whether a file is what the bulk reader takes: not packed, no byte order mark, no line that is too long."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:2] == b"\x1f\x8b" or data[:3] == b"\xef\xbb\xbf":
            return False
        position = 0
        while len(data) - position > _LONGEST:
            # A jump from line end to line end: a line that is too long has none within reach of its beginning.
            end = data.rfind(b"\n", position, position + _LONGEST)
            if end < 0:
                return False
            position = end + 1
    return True


def _load(context: Context, source: str) -> set[int]:
    """Insert what SQL can read. Returns the places (from 1, blank lines not counted) of the lines that it cannot."""
    connection = context.writer.connection
    record = next(one for one in context.head.sample if isinstance(one, dict) and list_of(one))
    field = list_of(record) or "conversations"
    others = sorted({key for one in context.head.sample if isinstance(one, dict) for key in one} - _OWN)
    connection.execute(
        sql("import_bulk_read")
        .replace("FILE_NAME", _literal(str(context.path)))
        .replace("COLUMN_TYPES", _columns(field, others))
        .replace("TURNS_FIELD", _name(field))
        .replace("EXTRA_FIELDS", _extra(others))
        .replace("LONGEST", str(_LONGEST))
    )
    connection.execute(sql("import_bulk_heads").replace("ROLE_NAMES", _list(list(ROLES))))
    connection.execute(sql("import_bulk_settle"))
    for n, identifier in connection.execute(sql("import_bulk_conflicts")).fetchall():
        reason = f"the history {identifier!r} is in the study already with other content"
        context.report.rejected.append(Rejected(str(context.path), n, reason, "id"))
    parameters = {"source": source, "confidential": context.confidential}
    added = connection.execute(sql("import_bulk_histories"), parameters).fetchall()[0][0]
    turns = connection.execute(sql("import_bulk_turns")).fetchall()[0][0]
    context.report.counts["histories"] += added
    context.report.counts["turns"] += turns
    context.report.unchanged += connection.execute(sql("import_bulk_unchanged")).fetchall()[0][0]
    return {row[0] for row in connection.execute(sql("import_bulk_odd")).fetchall()}


def _lines(context: Context, places: set[int]) -> Iterator[tuple[int, Any]]:
    """The lines at these places among the lines that are not blank, parsed exactly, with their true line numbers."""
    for place, (number, record) in enumerate(lines_of(context.path), start=1):
        if place in places:
            yield number, record


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _list(texts: list[str]) -> str:
    return "[" + ", ".join(_literal(text) for text in texts) + "]"


def _columns(field: str, others: list[str]) -> str:
    turn = 'STRUCT("from" VARCHAR, "value" VARCHAR, "role" VARCHAR, "content" VARCHAR, "tool_calls" JSON)[]'
    types = {"id": "VARCHAR", "user": "VARCHAR", "language": "VARCHAR", "title": "VARCHAR", field: turn}
    types |= dict.fromkeys(others, "JSON")
    return "{" + ", ".join(f"{_literal(name)}: {_literal(kind)}" for name, kind in types.items()) + "}"


def _extra(others: list[str]) -> str:
    """The fields that are kept along, as one JSON object without those that are absent; NULL when there is none."""
    if not others:
        return "NULL::JSON"
    pairs = ", ".join(f"{_literal(name)}, {_name(name)}" for name in others)
    return f"nullif(json_merge_patch('{{}}'::JSON, json_object({pairs}))::VARCHAR, '{{}}')::JSON"
