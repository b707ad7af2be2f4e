"""Anything in the study by its identifier or its words: for the command palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

MOST = 8  # of each kind


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """Something that was found: item, run, preference or history (with its key), what it is known by, and its first words."""

    kind: str
    id: str
    text: str
    key: int | None = None


def quick_find(cursor: DuckDBPyConnection, text: str, most: int = MOST) -> Iterator[FoundRecord]:
    """What is found at once first, then histories, which may be many. Interrupting the cursor ends it with DuckDB's error."""
    words = text.split()
    if not words:
        return
    letters = [f"\\{letter}" if letter in "%_\\" else letter for letter in text if not letter.isspace()]
    given = {"text": text.strip(), "words": words, "pattern": f"%{'%'.join(letters)}%", "most": most}
    for kind, identifier, said in cursor.execute(sql("find_anything"), given).fetchall():
        yield FoundRecord(kind, identifier, said or "")
    known: set[int] = set()
    for query, names in (("find_history_by_id", ("text",)), ("find_histories", ("words", "most"))):
        for key, identifier, said in cursor.execute(sql(query), {name: given[name] for name in names}).fetchall():
            if key not in known:
                known.add(key)
                yield FoundRecord("history", identifier, said or "", key)
