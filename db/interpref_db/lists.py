"""Lists of everything in a study: sorted, searched and filtered by SQL, fetched a page at a time.

A list is a `list_KIND.sql` whose rows have a unique `key`. A screen asks for the keys once and then for the rows of what
it shows, so a million rows cost what fifty do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

Key = int | str


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list: its columns in order, those that a search looks at, and the order when none is asked for."""

    kind: str
    columns: tuple[str, ...]
    searched: tuple[str, ...]
    order: str = "key"
    deep: str | None = None
    parts: tuple[str, ...] = ()
    """Other lists that its query reads, each as `listed_KIND`."""

    @property
    def query(self) -> str:
        parts = ", ".join(f"listed_{kind} AS ({_bare(f'list_{kind}')})" for kind in self.parts)
        return (f"WITH {parts} " if parts else "") + _bare(f"list_{self.kind}")


def _bare(name: str) -> str:
    """A query without its closing semicolon, to stand inside another."""
    return sql(name).strip().rstrip(";")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a list is wanted: a search text, exact values by column, a column to sort by; of these keys alone."""

    search: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    keys: tuple[Key, ...] | None = None


LISTS: dict[str, Listing] = {
    one.kind: one
    for one in (
        Listing(
            "histories",
            ("id", "opening", "turns", "characters", "source", "user", "language", "confidential"),
            ("id", "opening", "user", "source"),
            deep="search_turns",
        ),
        Listing(
            "preferences",
            ("id", "text", "category", "subcategory", "topic", "pairs"),
            ("id", "text", "category", "topic"),
        ),
        Listing("pairs", ("id", "topic", "a", "b", "category", "items"), ("id", "topic", "a", "b")),
        Listing(
            "items",
            ("id", "query", "a", "b", "topic", "category", "runs"),
            ("id", "query", "a", "b", "topic"),
        ),
        Listing(
            "runs",
            ("id", "name", "model", "paradigm", "answered", "expected", "errors", "state", "sample", "time"),
            ("id", "name", "model", "paradigm"),
            order="name",
        ),
        Listing(
            "judgings",
            ("id", "run_name", "judge", "model", "judged", "expected", "errors", "state", "sample", "time"),
            ("run_name", "judge"),
            order="run_name",
        ),
        Listing(
            "comparings",
            (
                "id",
                "run_a",
                "run_b",
                "judge",
                "model",
                "compared",
                "a",
                "b",
                "ties",
                "unreadable",
                "errors",
                "state",
                "time",
            ),
            ("run_a", "run_b", "judge"),
            order="run_a, run_b, judge, key",
        ),
        Listing(
            "work",
            (
                "kind",
                "id",
                "run",
                "name",
                "judge",
                "model",
                "paradigm",
                "done",
                "expected",
                "errors",
                "state",
                "sample",
                "time",
            ),
            ("run", "name", "judge", "model", "paradigm", "state"),
            order="run, run_id, rank, name, key",
            parts=("runs", "judgings", "comparings"),
        ),
        Listing(
            "responses",
            ("id", "run", "model", "paradigm", "item", "side", "text", "characters", "finish_reason"),
            ("id", "run", "item", "text"),
            order="run, item, side, key",
        ),
        Listing(
            "verdicts",
            ("id", "run", "item", "judge", "order", "choice", "right", "case_label", "stage", "seq", "reasoning"),
            ("id", "run", "item", "judge", "choice", "case_label", "reasoning"),
            order='run, item, judge, "order", seq, key',
        ),
        Listing(
            "judged",
            ("run", "model", "paradigm", "judge", "item", "pattern", "query", "a", "b"),
            ("run", "judge", "item", "pattern", "query", "a", "b"),
            order="run, item, judge",
        ),
        Listing(
            "comparisons",
            ("id", "item", "model_a", "model_b", "winner", "annotator", "left", "kind", "time"),
            ("id", "item", "model_a", "model_b", "annotator", "winner"),
            order="time, key",
        ),
        Listing(
            "annotators", ("annotator", "labels", "comparisons", "ties", "skips", "verdicts", "runs"), ("annotator",)
        ),
        Listing(
            "labels",
            (
                "id",
                "task",
                "annotator",
                "item",
                "run_a",
                "run_b",
                "side",
                "answer",
                "shown",
                "left",
                "confidence",
                "flagged",
                "comment",
                "first",
                "active",
                "kind",
                "decided_at",
            ),
            ("id", "task", "annotator", "item", "run_a", "run_b", "answer", "comment"),
            order="decided_at, key",
        ),
        Listing(
            "assignments",
            ("id", "task", "runs", "order", "seed", "opinion", "adjudicate", "annotators", "labels", "last"),
            ("id", "task", "runs"),
            order="last DESC NULLS LAST, key",
        ),
        Listing(
            "failures",
            ("run", "model", "paradigm", "judge", "item", "pattern", "case_labels", "query", "a", "b"),
            ("run", "judge", "item", "pattern", "query", "a", "b", "case_labels"),
            order="run, item, judge",
        ),
        Listing(
            "chunks",
            ("id", "history", "number", "first_turn", "last_turn", "queries", "topic", "ignored", "preferences"),
            ("id", "history", "topic", "ignored"),
            order="place, number",
        ),
        Listing(
            "queries",
            ("id", "pair", "number", "text", "a", "b", "accepts", "refuses", "accepted", "item"),
            ("id", "text", "a", "b"),
            order="pair, number, key",
        ),
        Listing(
            "buildings",
            ("id", "stage", "generation", "model", "subjects", "made", "refused", "failed", "replaced", "time"),
            ("id", "stage", "model"),
            order="place, generation",
        ),
        Listing(
            "links",
            ("id", "kind", "thing", "source_kind", "source", "role", "place", "turns"),
            ("kind", "thing", "source_kind", "source", "role"),
        ),
        Listing(
            "refusals",
            ("id", "stage", "generation", "subject", "text", "reason", "making"),
            ("stage", "subject", "text", "reason"),
            order="place, generation, key",
        ),
        Listing(
            "errors",
            (
                "id",
                "run",
                "judge",
                "item",
                "side",
                "order",
                "error",
                "message",
                "attempts",
                "status",
                "state",
                "time",
                "run_id",
                "judging",
                "answer",
            ),
            ("run", "judge", "item", "error", "message"),
            order="time DESC NULLS LAST, key",
        ),
    )
}


def keys(cursor: DuckDBPyConnection, kind: str, asked: Asked | None = None, limit: int | None = None) -> list[Key]:
    """The keys of a list in its order. Raises KeyError for a column or kind that there is not."""
    listing, asked = LISTS[kind], asked or Asked()
    condition, parameters = _condition(listing, asked)
    text = f"SELECT key FROM ({listing.query}) AS l{condition}{_order(listing, asked)}"  # noqa: S608 - names are ours
    if limit is not None:
        text += f" LIMIT {int(limit)}"
    return [row[0] for row in cursor.execute(text, parameters).fetchall()]


def page(cursor: DuckDBPyConnection, kind: str, wanted: Sequence[Key]) -> list[dict[str, Any]]:
    """The rows of these keys, in their order; a key that is gone is left out."""
    if not wanted:
        return []
    text = f"SELECT * FROM ({LISTS[kind].query}) AS l WHERE key IN (SELECT unnest($wanted))"  # noqa: S608
    found = {row["key"]: row for row in _dicts(cursor.execute(text, {"wanted": list(wanted)}))}
    return [found[key] for key in wanted if key in found]


def rows(
    cursor: DuckDBPyConnection, kind: str, asked: Asked | None = None, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Rows of a list as dicts of its columns, for those who want them all."""
    listing, asked = LISTS[kind], asked or Asked()
    condition, parameters = _condition(listing, asked)
    columns = ", ".join(f'"{name}"' for name in listing.columns)
    text = f"SELECT {columns} FROM ({listing.query}) AS l{condition}{_order(listing, asked)}"  # noqa: S608
    if limit is not None:
        text += f" LIMIT {int(limit)} OFFSET {int(offset)}"
    return _dicts(cursor.execute(text, parameters))


def count(cursor: DuckDBPyConnection, kind: str, asked: Asked | None = None) -> int:
    """How many rows a list has."""
    condition, parameters = _condition(LISTS[kind], asked or Asked())
    found = cursor.execute(f"SELECT count(*) FROM ({LISTS[kind].query}) AS l{condition}", parameters).fetchone()  # noqa: S608
    return int(found[0]) if found else 0


def _condition(listing: Listing, asked: Asked) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    if asked.search:
        columns = ", ".join(f'"{name}"' for name in listing.searched)
        found = f"contains(lower(concat_ws(chr(31), {columns})), lower($search))"
        if listing.deep:
            found = f"({found} OR key IN ({_bare(listing.deep)}))"
        parts.append(found)
        parameters["search"] = asked.search
    for number, (name, value) in enumerate(asked.where.items()):
        parts.append(f"{_column(listing, name)} = $where{number}")
        parameters[f"where{number}"] = value
    if asked.keys is not None:
        parts.append("key IN (SELECT unnest($keys))")
        parameters["keys"] = list(asked.keys)
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


def _order(listing: Listing, asked: Asked) -> str:
    if asked.sort:
        return f" ORDER BY {_column(listing, asked.sort)}{' DESC' if asked.descending else ''} NULLS LAST, key"
    return f" ORDER BY {listing.order}{' DESC' if asked.descending else ''}" if listing.order else ""


def _column(listing: Listing, name: str) -> str:
    if name not in listing.columns:
        raise KeyError(f"{listing.kind} have no {name!r}; there are {', '.join(listing.columns)}")
    return f'"{name}"'


def _dicts(result: DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
