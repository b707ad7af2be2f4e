"""Generations of stages: which one goes on, and what a new one replaces when it is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.building import made_id
from interpref_core.records import Superseded
from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from interpref_core.building.stages import StageName
    from interpref_core.records import Building, Json, Record
    from interpref_db.study import Study
    from interpref_db.writer import FoldReport, Writer

ORIGIN = "build"


@dataclass(frozen=True, slots=True)
class Generation:
    """The newest building of a stage. `complete`: it has replaced the ones before it, or there are none."""

    id: str
    stage: StageName
    generation: int
    model: str | None
    settings: Json
    seed: int | None
    fingerprint: str | None
    complete: bool


def newest(study: Study, stage: StageName) -> Generation | None:
    """The generation that a stage goes on with, if there is one."""
    row = study.row("build_newest", stage=stage)
    if row is None:
        return None
    return Generation(
        row["id"],
        row["stage"],
        row["generation"],
        row["model"],
        json.loads(row["settings"] or "{}"),
        row["seed"],
        row["fingerprint"],
        bool(row["complete"]),
    )


def done(study: Study, building: str | None) -> set[tuple[str, int | None]]:
    """The subjects (with their parts) that a building is done with."""
    if building is None:
        return set()
    return {(row["subject"], row["part"]) for row in study.rows("build_done", building=building)}


def add_things(writer: Writer, records: Iterable[Record]) -> FoldReport:
    """Put made things into the study, once each. Inside `Study.writing`."""
    writer.add(records, origin=ORIGIN)
    return writer.fold(ORIGIN)


def supersede(writer: Writer, building: Building) -> dict[str, int]:
    """Replace what older generations of the stage made by what this one did: how many of each kind. Inside `writing`."""
    parameters = {"stage": building.stage, "generation": building.generation}
    found = writer.connection.execute(sql("build_supersede"), parameters).fetchall()
    counts: dict[str, int] = {}
    records: list[Record] = []
    for kind, thing in found:
        counts[kind] = counts.get(kind, 0) + 1
        identifier = made_id("superseded", kind, thing)
        records.append(Superseded(id=identifier, kind=kind, thing=thing, building=building.id))
    add_things(writer, records)
    return counts


def rows(connection: DuckDBPyConnection, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of `sql/QUERY.sql` inside a transaction, where what was folded a moment ago is in the settled tables."""
    result = connection.execute(sql(query), parameters or None)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
