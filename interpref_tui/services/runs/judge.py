"""`judge`: have a judge compare a run's two answers to each item in the four orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.engine import Task, TaskContext, TaskFailure
from interpref_core.ids import content_hash, utc_now, uuid7
from interpref_core.judging import VERDICT_SCHEMA, OverlapJudge, judge_messages, parse_probabilities, parse_verdict
from interpref_core.orders import ORDERS, Order
from interpref_core.records.runs import CallError, JudgeRun, Provenance, Verdict
from interpref_core.text.openings import strip_opening
from interpref_core.text.suggestions import did_you_mean
from interpref_db.queries import sql
from interpref_db.records.details import texts_for_overlap
from interpref_tui.services.models import WorkError
from interpref_tui.services.runs.generate import require_items
from interpref_tui.services.runs.prefetch import Ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Side
    from interpref_db.study.study import Study
    from interpref_tui.services.models import Model

OVERLAP = "overlap"
JSON_PROMPT = "judge"
CHOICE_PROMPT = "judge-choice"
_CHUNK = 256  # items whose texts are read at once


@dataclass(frozen=True, slots=True)
class AnsweredItem:
    """The texts of one item that a run has answered on both sides, as `work_judged_texts.sql` gives them."""

    item: str
    query: str
    preferences: dict[Side, str | None]
    responses: dict[Side, str]


@dataclass(frozen=True, slots=True)
class Todo:
    """One item to be judged, and the orders in which it has been."""

    item: str
    confidential: bool
    orders_done: frozenset[int]


def read_answered(study: Study, run: str, items: Sequence[str]) -> list[AnsweredItem]:
    """The texts of some items, in their order. Raises WorkError when one is gone."""
    with study.reading(fresh=False) as cursor:
        rows = cursor.execute(sql("work_judged_texts"), {"run": run, "items": list(items)}).fetchall()
    found = {
        item: AnsweredItem(item, query, {"a": of_a, "b": of_b}, {"a": by_a, "b": by_b})
        for item, query, of_a, of_b, by_a, by_b in rows
    }
    if missing := [item for item in items if item not in found]:
        raise WorkError(f"the answers to {missing[0]} are no longer in the study")
    return [found[item] for item in items]


@dataclass(slots=True)
class JudgePlan:
    """A judging that is ready to go. `model` and `prompt` are None for the overlap judge."""

    judging: JudgeRun
    is_new: bool
    run_name: str
    model: Model | None
    prompt: Prompt | None
    items: list[Todo]
    texts: Ahead[AnsweredItem]
    strip: bool
    notices: list[str]

    only_failed: bool = False

    @property
    def total(self) -> int:
        """Verdicts that are wanted: of every item all four; of what failed alone, just those."""
        left = sum(4 - len(one.orders_done) for one in self.items)
        return left if self.only_failed else 4 * len(self.items)

    @property
    def skipped(self) -> int:
        """Those of them that there are."""
        return 0 if self.only_failed else sum(len(one.orders_done) for one in self.items)


def plan_judging(
    study: Study,
    run: str,
    model: Model | None,
    prompt: Prompt | None,
    *,
    strip_openings: bool = False,
    items: Sequence[str] = (),
    limit: int | None = None,
    allow_confidential: bool = False,
    repeat: int = 1,
    only_failed: bool = False,
) -> JudgePlan:
    """Find the judging of this run by this judge (or a new one), and what it still lacks. `model` None is overlap. Of `items`
    alone, where any are named.

    `repeat` counts the times that a judge judges the same; each is a judge of its own in name. Its seed must differ. With
    `only_failed`, only the orders are asked that were asked before and failed.

    Raises WorkError when there is no such run, or nothing to judge.
    """
    found = study.row("work_run", run=run)
    if found is None:
        raise WorkError(
            f"there is no run {run!r}; {did_you_mean(run, (row['name'] for row in study.rows('work_run_names')))}"
        )
    judge = (model.name if model else OVERLAP) + (" (openings stripped)" if strip_openings else "")
    judge += " (probabilities)" if model and model.parameters.choice else ""
    judge += f" (repeat {repeat})" if repeat > 1 else ""
    identity = model.provider.identity if model else OVERLAP
    parameters = model.parameters.to_json() if model else {}
    fingerprint = content_hash(found["id"], identity, prompt.hash if prompt else "", parameters, strip_openings)
    before = study.row("work_find_judging", fingerprint=fingerprint)
    name = before["judge"] if before else _free_name(study, found["id"], judge)
    todo = _todo(study, found["id"], name if before else "")
    if items:
        wanted = require_items(items, {one.item for one in todo}, f"that {found['name']} has answered on both sides")
        todo = [one for one in todo if one.item in wanted]
    notices = [f"{found['lacking']} items of the run lack a response and are not judged"] if found["lacking"] else []
    if model and not model.provider.local and not allow_confidential:
        kept = [one for one in todo if not one.confidential]
        if len(kept) < len(todo):
            notices.append(
                f"{len(todo) - len(kept)} items have a confidential history and go to no remote judge "
                "(--allow-confidential sends their answers)"
            )
        todo = kept
    if limit is not None:
        todo = todo[:limit]
    if only_failed:
        todo = _only_failed(study, found["id"], before["id"] if before else "", todo)
    if not todo:
        raise WorkError(
            f"the run {found['name']} has nothing to judge: {'; '.join(notices) or 'no item has both responses'}"
        )
    judging = JudgeRun(
        id=before["id"] if before else uuid7(),
        run=found["id"],
        judge=name,
        model=model.spec if model else OVERLAP,
        provider=model.provider.kind if model else OVERLAP,
        parameters=parameters,
        seed=model.parameters.seed if model else None,
        prompt=prompt.used if prompt else None,
        strip_openings=strip_openings or None,
        expected=len(todo),
        fingerprint=fingerprint,
        program=__version__,
        time=utc_now(),
        sample=True if found["sample"] and not model else None,
    )
    keys = [one.item for one in todo]
    texts = Ahead(
        len(keys),
        _CHUNK,
        lambda places: read_answered(study, found["id"], [keys[n] for n in places]),
        model.limits.concurrency if model else 1,
    )
    return JudgePlan(
        judging, before is None, found["name"], model, prompt, todo, texts, strip_openings, notices, only_failed
    )


def _free_name(study: Study, run: str, wanted: str) -> str:
    """A judge's name that no other judging of the run has: another prompt or temperature is another judge."""
    taken = {row["judge"] for row in study.rows("work_judges", run=run)}
    free, number = wanted, 2
    while free in taken:
        free = f"{wanted}-{number}"
        number += 1
    return free


def _todo(study: Study, run: str, judge: str) -> list[Todo]:
    none: frozenset[int] = frozenset()
    return [
        Todo(row["item"], row["confidential"], frozenset(row["orders_done"]) if row["orders_done"] else none)
        for row in study.rows("work_judged", run=run, judge=judge)
    ]


def _only_failed(study: Study, run: str, judging: str, items: list[Todo]) -> list[Todo]:
    """The items with an order that was asked and failed; all their other orders count as done."""
    again: dict[str, set[int]] = {}
    for row in study.rows("work_failed", run=run, judging=judging):
        again.setdefault(row["item"], set()).add(row["order_number"])
    everything = frozenset(order.number for order in ORDERS)
    left = [
        replace(one, orders_done=everything - failed)
        for one in items
        if (failed := again.get(one.item, set()) - one.orders_done)
    ]
    if not left:
        raise WorkError(
            "nothing has failed in this judging and is still to be had; without --retry-failed the rest is asked"
        )
    return left


def texts_in_order(
    one: AnsweredItem, order: Order, *, strip: bool
) -> tuple[tuple[str | None, str | None], tuple[str, str]]:
    """The preferences and responses of an item as one order shows them."""
    first, second = order.preferences
    left, right = order.responses
    texts = {side: strip_opening(text) if strip else text for side, text in one.responses.items()}
    return (one.preferences[first], one.preferences[second]), (texts[left], texts[right])


def judging_tasks(plan: JudgePlan) -> Iterator[Task]:
    """A task for every order of every item that has no verdict yet.

    Those that show the responses in one order follow each other: only the preferences, which the prompt names last, differ,
    and a server's prefix cache (or llama.cpp's) has the rest.
    """
    for place, one in enumerate(plan.items):
        for order in sorted(ORDERS, key=lambda order: (order.responses, order.number)):
            if order.number not in one.orders_done:
                yield _task(plan, place, order)


def _task(plan: JudgePlan, place: int, order: Order) -> Task:
    prompt, one = plan.prompt, plan.items[place]
    if prompt is None:
        raise WorkError("overlap judges without tasks")
    # Only our own prompt asks for JSON; any other (judge-sections, say) says itself how to answer.
    by_probabilities = plan.model is not None and plan.model.parameters.choice is not None
    schema = VERDICT_SCHEMA if prompt.name == JSON_PROMPT and not by_probabilities else None

    async def work(asking: TaskContext) -> Verdict:
        texts = await plan.texts.at(place)
        personas, responses = texts_in_order(texts, order, strip=plan.strip)
        raw = await asking.ask("judge", judge_messages(prompt, texts.query, personas, responses), schema)
        parsed = parse_probabilities(raw) if by_probabilities else parse_verdict(raw)
        return Verdict(
            id=uuid7(),
            run=plan.judging.run,
            item=one.item,
            judge=plan.judging.judge,
            order=order.number,
            choice=parsed.choice,
            reasoning=parsed.reasoning,
            case_label=parsed.case_label,
            raw=raw,
            parsed_by=parsed.parsed_by,
            judging=plan.judging.id,
            provenance=asking.provenance(prompt.used),
        )

    def failure(failed: TaskFailure) -> CallError:
        return CallError(
            id=uuid7(), run=plan.judging.run, item=one.item, order=order.number, judging=plan.judging.id,
            error=failed.kind, message=failed.message, attempts=failed.attempts, status=failed.status, time=utc_now(),
            answer=failed.answer,
        )  # fmt: skip

    return Task(f"{one.item}/{order.number}", one.item, work, failure)


def overlap_verdicts(study: Study, plan: JudgePlan) -> Iterator[Verdict]:
    """The verdicts of the overlap judge on everything that it has not judged yet: instant, no model."""
    judge = OverlapJudge.from_texts(texts_for_overlap(study, plan.judging.run))
    provenance = Provenance(provider=OVERLAP, model=OVERLAP, program=__version__, time=utc_now())
    for place, one in enumerate(plan.items):
        for order in ORDERS:
            if order.number in one.orders_done:
                continue
            parsed = judge.decide(*texts_in_order(plan.texts.now(place), order, strip=plan.strip))
            yield Verdict(
                id=uuid7(),
                run=plan.judging.run,
                item=one.item,
                judge=plan.judging.judge,
                order=order.number,
                choice=parsed.choice,
                reasoning=parsed.reasoning,
                case_label=parsed.case_label,
                parsed_by=parsed.parsed_by,
                judging=plan.judging.id,
                provenance=provenance,
            )
