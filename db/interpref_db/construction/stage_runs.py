"""Generations of stages: which one goes on, and what a new one replaces when it is complete."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.construction import content_id
from interpref_core.records.construction import Superseded
from interpref_core.text.lenient_json import read_object
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.stages import StageName
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageRun
    from interpref_db.study.study import Study
    from interpref_db.study.writer import FoldReport, Writer

ORIGIN = "build"


@dataclass(frozen=True, slots=True)
class OngoingStageRun:
    """The newest building of a stage. `complete`: it has replaced the ones before it, or there are none."""

    id: str
    stage: StageName
    generation: int
    model: str | None
    settings: Json
    seed: int | None
    fingerprint: str | None
    complete: bool


def latest_generation(study: Study, stage: StageName) -> OngoingStageRun | None:
    """The generation that a stage goes on with, if there is one."""
    row = study.row("build_newest", stage=stage)
    if row is None:
        return None
    return OngoingStageRun(
        row["id"],
        row["stage"],
        row["generation"],
        row["model"],
        read_object(row["settings"]),
        row["seed"],
        row["fingerprint"],
        bool(row["complete"]),
    )


def done(study: Study, building: str | None) -> set[tuple[str, int | None]]:
    """The subjects (with their parts) that a building is done with."""
    if building is None:
        return set()
    return {(row["subject"], row["part"]) for row in study.rows("build_done", building=building)}


def insert_outputs(writer: Writer, records: Iterable[Record]) -> FoldReport:
    """Put made things into the study, once each. Inside `Study.writing`."""
    writer.add(records, origin=ORIGIN)
    return writer.fold(ORIGIN)


Thing = tuple[str, str]  # native type, identifier


def supersede(writer: Writer, building: StageRun) -> dict[str, int]:
    """Replace the older generations of a stage by this one: how many things that takes away, by kind. Inside `writing`.

    What a later generation made again, word for word, is the same thing and stays, with all that was made of it. What an
    answer or a label hangs on stays as well.
    """
    connection = writer.connection
    parameters = {"stage": building.stage, "generation": building.generation}
    older = {row["id"] for row in rows(connection, "build_older", **parameters)}
    steps = [
        ((row["kind"], row["thing"]), (row["source_kind"], row["source"]), row["building"])
        for row in rows(connection, "build_steps")
    ]
    hidden = orphaned_outputs(steps, older, _referenced_things(connection)) | {("building", one) for one in older}
    before = {(row["kind"], row["thing"]) for row in rows(connection, "build_hidden")}
    if hidden != before:
        connection.execute(sql("build_forget_hidden"))
        insert_outputs(
            writer,
            [
                Superseded(id=content_id("superseded", kind, thing), kind=kind, thing=thing, building=building.id)
                for kind, thing in sorted(hidden)
            ],
        )
    return dict(Counter(kind for kind, _ in hidden - before if kind != "building"))


def _referenced_things(connection: DuckDBPyConnection) -> list[Thing]:
    """Items with answers or labels, and what they name."""
    kinds = {"item": "item", "pair": "pair", "a": "preference", "b": "preference", "history_a": "history"}
    kinds["history_b"] = "history"
    return [
        (kinds[name], value)
        for row in rows(connection, "build_needed")
        for name, value in row.items()
        if value is not None
    ]


def orphaned_outputs(steps: Iterable[tuple[Thing, Thing, str]], older: set[str], needed: Iterable[Thing]) -> set[Thing]:
    """The things that stand no more: no building that counts made them of things that stand.

    `steps` are (thing, what it was made from, building). What no building made stands. `needed` things stay, and all that
    they were made from.
    """
    made: dict[Thing, dict[str, list[Thing]]] = {}
    for thing, source, building in steps:
        made.setdefault(thing, {}).setdefault(building, []).append(source)
    standing: dict[Thing, bool] = {}
    for thing in made:
        _decide(thing, made, older, standing)
    kept: set[Thing] = set()
    waiting = list(needed)
    while waiting:
        thing = waiting.pop()
        if thing not in kept:
            kept.add(thing)
            waiting += [source for sources in made.get(thing, {}).values() for source in sources]
    return {thing for thing in made if not standing[thing]} - kept


def _decide(
    thing: Thing, made: dict[Thing, dict[str, list[Thing]]], older: set[str], standing: dict[Thing, bool]
) -> None:
    """Find out whether a thing stands, after those that it was made from. Trails have no circles; one would stand."""
    stack = [thing]
    while stack:
        one = stack[-1]
        sources = [source for building in made.get(one, {}).values() for source in building]
        waiting = [source for source in sources if source in made and source not in standing]
        if waiting and one not in standing:
            standing[one] = True  # for as long as it is being decided
            stack += waiting
            continue
        groups = made.get(one, {})
        standing[one] = not groups or any(
            building not in older and all(standing.get(source, True) for source in group)
            for building, group in groups.items()
        )
        stack.pop()


def rows(connection: DuckDBPyConnection, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of `sql/QUERY.sql` inside a transaction, where what was folded a moment ago is in the settled tables."""
    result = connection.execute(sql(query), parameters or None)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
