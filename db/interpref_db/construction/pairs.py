"""Counterparts and candidate queries in a study: who wants them, and what becomes of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.construction import content_id
from interpref_core.records.construction import Lineage, Query
from interpref_core.records.data import Pair, Preference
from interpref_core.text.lenient_json import read_object, text_of, texts_of
from interpref_db.construction.stage_runs import done, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class PreferenceTodo:
    """A preference that something is asked about."""

    id: str
    text: str
    topic: str | None
    confidential: bool


@dataclass(frozen=True, slots=True)
class PairTodo:
    """A pair that wants candidate queries; `b` is None where the counterpart is "no preference"."""

    id: str
    a: str
    b: str | None
    confidential: bool


def wanting_counterparts(
    study: Study, building: str | None, limit: int | None = None
) -> tuple[list[PreferenceTodo], int]:
    """The representatives (the first `limit`) that a building has not asked about, and how many it has."""
    finished = {subject for subject, _ in done(study, building)}
    found = [
        PreferenceTodo(
            row["id"], row["text"], row["topic"] or row["subcategory"] or row["category"], row["confidential"]
        )
        for row in study.rows("build_representatives")[:limit]
    ]
    todo = [one for one in found if one.id not in finished]
    return todo, len(found) - len(todo)


def counterparts_made(connection: DuckDBPyConnection, building: str) -> Iterator[Record]:
    """Counterparts, their pairs and links, of what a building took. Inside `Study.writing`."""
    found = rows(connection, "build_made", building=building)
    ids = [row["subject"] for row in found]
    subjects = {row["id"]: row for row in rows(connection, "build_preferences_of", ids=ids)}
    for row in found:
        subject = subjects.get(row["subject"])
        if subject is None:
            continue
        made = read_object(row["made"])
        for place, text in enumerate(texts_of(made.get("counterparts")), start=1):
            counterpart = content_id("preference", "counterpart", subject["id"], text)
            pair = content_id("pair", subject["id"], counterpart)
            yield Preference(
                id=counterpart, text=text, category=subject["category"], subcategory=subject["subcategory"]
            )
            yield Pair(id=pair, a=subject["id"], b=counterpart, topic=text_of(made.get("topic")))
            for kind, thing in (("preference", counterpart), ("pair", pair)):
                yield Lineage(
                    id=content_id("link", building, kind, thing, subject["id"]),
                    kind=kind,
                    thing=thing,
                    source_kind="preference",
                    source=subject["id"],
                    role="counterpart",
                    place=place,
                    confidential=row["confidential"] or None,
                    building=building,
                    making=row["id"],
                )


def wanting_queries(study: Study, building: str | None, limit: int | None = None) -> tuple[list[PairTodo], int]:
    """The pairs (the first `limit`) that a building has not asked about, and how many it has."""
    finished = {subject for subject, _ in done(study, building)}
    found = [PairTodo(row["id"], row["a"], row["b"], row["confidential"]) for row in study.rows("build_pairs")[:limit]]
    todo = [one for one in found if one.id not in finished]
    return todo, len(found) - len(todo)


def queries_made(connection: DuckDBPyConnection, building: str) -> Iterator[Record]:
    """Candidate queries and their links, of what a building took. Inside `Study.writing`."""
    for row in rows(connection, "build_made", building=building):
        for place, text in enumerate(texts_of(read_object(row["made"]).get("queries")), start=1):
            query = content_id("query", row["subject"], place, text)
            yield Query(id=query, pair=row["subject"], number=place, text=text, building=building)
            yield Lineage(
                id=content_id("link", building, query, row["subject"]),
                kind="query",
                thing=query,
                source_kind="pair",
                source=row["subject"],
                role="candidate",
                place=place,
                confidential=row["confidential"] or None,
                building=building,
                making=row["id"],
            )


def existing_item_queries(connection: DuckDBPyConnection, building: str) -> Iterator[Record]:
    """The queries of items that the study had before, as candidates that need no more asking. Inside `Study.writing`."""
    for row in rows(connection, "build_existing_queries"):
        query = content_id("query", "existing", row["item"])
        yield Query(
            id=query, pair=row["pair"], number=1, text=row["query"], building=building, extra={"item": row["item"]}
        )
        yield Lineage(
            id=content_id("link", building, query, row["item"]),
            kind="query",
            thing=query,
            source_kind="item",
            source=row["item"],
            role="existing",
            building=building,
        )
