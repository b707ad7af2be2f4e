"""`generate`: have a model answer both sides of the items of a study, in one paradigm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.engine import Task, TaskContext, TaskFailure
from interpref_core.ids import content_hash, utc_now, uuid7
from interpref_core.paradigms import ParadigmInput
from interpref_core.paradigms.base import prompt_provenance
from interpref_core.paradigms.context_overflow import CountsTokens, answer_within_context
from interpref_core.providers.base import endpoint_urls
from interpref_core.records.data import Turn
from interpref_core.records.runs import Call, CallError, Response, Run
from interpref_db.queries import sql
from interpref_tui.services.models import Model, WorkError
from interpref_tui.services.runs.prefetch import Ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_core.engine.task import CallResult
    from interpref_core.paradigms import Paradigm
    from interpref_core.records.base import Side
    from interpref_core.records.runs import Provenance
    from interpref_db.study.study import Study

_TOGETHER = 64  # sides whose texts are read at once


@dataclass(frozen=True, slots=True)
class PendingItem:
    """One side of one item, as `work_items.sql` gives it."""

    item: str
    side: Side
    history: str | None
    other_history: str | None
    confidential: bool
    done: bool


@dataclass(slots=True)
class GeneratePlan:
    """A generation that is ready to go: the run it belongs to, and what is left to do."""

    run: Run
    is_new: bool
    paradigm: Paradigm
    model: Model
    todo: list[PendingItem]
    skipped: int
    notices: list[str]

    @property
    def total(self) -> int:
        return len(self.todo) + self.skipped


def plan_generation(
    study: Study,
    model: Model,
    paradigm: Paradigm,
    *,
    items: Sequence[str] = (),
    limit: int | None = None,
    name: str | None = None,
    allow_confidential: bool = False,
    only_failed: bool = False,
) -> GeneratePlan:
    """Find the run that this model, paradigm and parameters belong to (or a new one), and what it still lacks; with
    `only_failed`, what of it has been asked and failed.

    Items that lack what the paradigm needs, and confidential ones for a remote model, are left out with a notice.
    Raises WorkError when nothing can be asked.
    """
    fingerprint = content_hash(
        model.provider.identity,
        paradigm.name,
        [prompt.hash for prompt in paradigm.prompts],
        model.parameters.to_json(),
        name,
        *(["drop-oldest"] if model.drop_oldest else []),
    )
    found = study.row("work_find_run", fingerprint=fingerprint)
    todo = _sides(study, found["id"] if found else "", swapped="other history" in paradigm.needs)
    if not todo:
        raise WorkError("the study has no items; import some, or make them with `interpref pair STUDY`")
    if items:
        wanted = require_items(items, {one.item for one in todo}, "in the study")
        todo = [one for one in todo if one.item in wanted]
    notices: list[str] = []
    todo = _without(todo, lambda one: not _has(one, paradigm.needs), "lack a history", notices)
    if not model.provider.local and not allow_confidential:
        why = "have a confidential history, and go to no remote model (--allow-confidential sends them)"
        todo = _without(todo, lambda one: one.confidential, why, notices)
    if limit is not None:
        kept = set(sorted({one.item for one in todo})[:limit])
        todo = [one for one in todo if one.item in kept]
    if not todo:
        raise WorkError(f"no item can be asked: {'; '.join(notices) or 'none is left'}")
    left = [one for one in todo if not one.done]
    if only_failed:
        left = _only_failed(study, found["id"] if found else "", left)
        todo = left
    expected = len({one.item for one in todo})
    if found:
        run = Run(id=found["id"], name=found["name"], model=found["model"], paradigm=found["paradigm"])
    else:
        run = _new_run(study, model, paradigm, expected, fingerprint, name)
    return GeneratePlan(run, found is None, paradigm, model, left, len(todo) - len(left), notices)


def require_items(items: Sequence[str], there: set[str], where: str) -> set[str]:
    """The items that were named. Raises WorkError when one of them is not there."""
    wanted = set(items)
    if missing := sorted(wanted - there):
        raise WorkError(f"there is no item {', '.join(missing[:5])}{' ...' if missing[5:] else ''} {where}")
    return wanted


def _sides(study: Study, run: str, *, swapped: bool) -> list[PendingItem]:
    """Both sides of every item. An identifier that occurs often is held once."""
    known: dict[str | None, str | None] = {}
    with study.reading() as cursor:
        cursor.execute(sql("work_items"), {"run": run, "swapped": swapped})
        todo: list[PendingItem] = []
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                item, history, other = (known.setdefault(row[place], row[place]) for place in (0, 2, 3))
                todo.append(PendingItem(str(item), row[1], history, other, row[4], row[5]))
    return todo


def _only_failed(study: Study, run: str, left: list[PendingItem]) -> list[PendingItem]:
    """Those that were asked in this run and failed."""
    failed = {(row["item"], row["side"]) for row in study.rows("work_failed", run=run, judging=None)}
    again = [one for one in left if (one.item, one.side) in failed]
    if not again:
        raise WorkError(
            "nothing has failed in this run and is still to be had; without --retry-failed the rest is asked"
        )
    return again


def _new_run(study: Study, model: Model, paradigm: Paradigm, expected: int, fingerprint: str, name: str | None) -> Run:
    wanted = name or f"{model.name}-{paradigm.name}"
    taken = {row["name"] for row in study.rows("work_run_names")}
    free = wanted
    number = 2
    while free in taken:
        free = f"{wanted}-{number}"
        number += 1
    return Run(
        id=uuid7(),
        name=free,
        model=model.name,
        paradigm=paradigm.name,
        provider=model.provider.kind,
        parameters=model.parameters.to_json() | ({"on_overflow": "drop-oldest"} if model.drop_oldest else {}),
        seed=model.parameters.seed,
        prompt=prompt_provenance(paradigm),
        expected=expected,
        fingerprint=fingerprint,
        program=__version__,
        time=utc_now(),
    )


def _without(todo: list[PendingItem], condition: Any, why: str, notices: list[str]) -> list[PendingItem]:
    """The items of which no side meets the condition; how many others there were becomes a notice."""
    out = {one.item for one in todo if condition(one)}
    if out:
        notices.append(f"{len(out)} items {why} and are left out")
    return [one for one in todo if one.item not in out]


def _has(one: PendingItem, needs: frozenset[str]) -> bool:
    return ("history" not in needs or one.history is not None) and (
        "other history" not in needs or one.other_history is not None
    )


def generation_tasks(study: Study, generation: GeneratePlan) -> Iterator[Task]:
    """The tasks of a generation, those that share a history next to each other. Texts are read as they come up."""
    todo = generation.todo
    cases = Ahead(
        len(todo),
        _TOGETHER,
        lambda places: read_cases(study, generation.paradigm, [todo[n] for n in places]),
        generation.model.limits.concurrency * len(endpoint_urls(generation.model.provider)),
    )
    for place in range(len(todo)):
        yield _task(place, generation, cases)


def read_cases(study: Study, paradigm: Paradigm, some: Sequence[PendingItem]) -> list[ParadigmInput]:
    """What the paradigm needs to know of these sides. Those that share a history have the very same turns."""
    own, swapped = "history" in paradigm.needs, "other history" in paradigm.needs
    wanted = {one.history for one in some if own} | {one.other_history for one in some if swapped}
    turns: dict[str | None, list[Turn]] = {name: [] for name in wanted}
    with study.reading(fresh=False) as cursor:
        cursor.execute(sql("work_item_texts"), {"items": list({one.item for one in some})})
        texts = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(sql("work_turns"), {"histories": [name for name in wanted if name]})
        while rows := cursor.fetchmany(1000):
            for history, role, content in rows:
                turns[history].append(Turn(role=role, content=content))
    told = {name: tuple(of_one) for name, of_one in turns.items()}
    cases = []
    for one in some:
        query, a, b = texts[one.item]
        cases.append(
            ParadigmInput(
                query=query,
                history=told[one.history] if own else (),
                preference=a if one.side == "a" else b,
                other_history=told[one.other_history] if swapped else (),
                other_preference=b if one.side == "a" else a,
            )
        )
    return cases


def _task(place: int, generation: GeneratePlan, cases: Ahead[ParadigmInput]) -> Task:
    one, run, paradigm = generation.todo[place], generation.run, generation.paradigm
    several = len(paradigm.prompts) > 1
    shown = (
        one.history if "history" in paradigm.needs else one.other_history if "other history" in paradigm.needs else None
    )

    async def work(asking: TaskContext) -> Response:
        case = await cases.at(place)
        dropped = 0
        if generation.model.drop_oldest and isinstance(asking.provider, CountsTokens):
            answer, dropped = await answer_within_context(
                paradigm, case, asking.ask, asking.provider, asking.parameters
            )
        else:
            answer = await paradigm.answer(case, asking.ask)
        provenance = asking.provenance(prompt_provenance(paradigm))
        return Response(
            id=uuid7(),
            run=run.id,
            item=one.item,
            side=one.side,
            text=answer.text,
            raw=answer.raw,
            trace=answer.trace,
            provenance=replace(provenance, dropped_turns=dropped or None),
        )

    def call(stage: str, done: CallResult, provenance: Provenance) -> Call:
        return Call(
            id=uuid7(), hash=done.call, stage=stage, text=done.text, run=run.id, item=one.item, side=one.side,
            provenance=provenance,
        )  # fmt: skip

    def failure(failed: TaskFailure) -> CallError:
        return CallError(
            id=uuid7(), run=run.id, item=one.item, side=one.side, error=failed.kind, message=failed.message,
            attempts=failed.attempts, status=failed.status, time=utc_now(), answer=failed.answer,
        )  # fmt: skip

    return Task(f"{one.item}/{one.side}", shown or "", work, failure, call if several else None)
