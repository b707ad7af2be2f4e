"""`compare`: have a judge say which of two runs shows more regard for the preferences, item by item, in both orders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core.engine import Task, TaskContext, TaskFailure
from interpref_core.ids import content_hash, utc_now, uuid7
from interpref_core.judging.pair_comparison import (
    COMPARISON_SCHEMA,
    comparison_messages,
    parse_comparison,
    resolve_winner,
)
from interpref_core.records.base import SIDES
from interpref_core.records.runs import Call, CallError, Comparison
from interpref_core.text.suggestions import did_you_mean
from interpref_db.queries import sql
from interpref_tui.services.models import Model, WorkError
from interpref_tui.services.runs.estimate import Estimate, tokens_of
from interpref_tui.services.runs.generate import require_items
from interpref_tui.services.runs.prefetch import Ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_core.engine.task import CallResult
    from interpref_core.judging.pair_comparison import Better
    from interpref_core.prompts.loading import Prompt
    from interpref_core.providers.messages import Message
    from interpref_core.records.base import Side
    from interpref_core.records.runs import Provenance
    from interpref_db.study.study import Study

OWN_PROMPT = "compare"
_CHUNK = 256  # items whose texts are read at once
_REASONING = 150  # tokens of a usual answer


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """One item with both runs' responses to it: `responses[run side][user side]`."""

    item: str
    query: str
    preferences: tuple[str | None, str | None]
    responses: dict[Side, dict[Side, str]]


@dataclass(slots=True)
class ComparePlan:
    """A comparing that is ready to go. `runs` are the two runs as the study has them; `done` items are known already."""

    judge: str
    fingerprint: str
    runs: dict[Side, dict[str, Any]]
    model: Model
    prompt: Prompt
    items: list[str]
    texts: Ahead[ComparedItem]
    done: int
    notices: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.items) + self.done

    @property
    def id(self) -> str:
        """What its journal and its errors are called."""
        return f"compare-{self.fingerprint[:24]}"


def plan_comparing(
    study: Study,
    runs: tuple[str, str],
    model: Model,
    prompt: Prompt,
    *,
    items: Sequence[str] = (),
    limit: int | None = None,
    allow_confidential: bool = False,
    only_failed: bool = False,
) -> ComparePlan:
    """What a judge still has to compare of two runs, of `items` alone, where any are named. Raises WorkError when there is
    nothing.
    """
    found = {side: _load_run(study, name) for side, name in zip(SIDES, runs, strict=True)}
    if found["a"]["id"] == found["b"]["id"]:
        raise WorkError(f"{runs[0]} and {runs[1]} are the same run; compare takes two")
    # The runs in one order, whichever came first on the command line: the same comparing is never paid for twice.
    first, second = sorted(found.values(), key=lambda run: str(run["id"]))
    fingerprint = content_hash(
        "compare", first["id"], second["id"], model.provider.identity, prompt.hash, model.parameters.to_json()
    )
    judge = _judge_name(model.name, fingerprint, study.rows("work_comparers", run_a=first["id"], run_b=second["id"]))
    rows = study.rows("work_compared", run_a=first["id"], run_b=second["id"])
    if items:
        wanted = require_items(items, {row["item"] for row in rows}, "that both runs have answered")
        rows = [row for row in rows if row["item"] in wanted]
    notices: list[str] = []
    if not model.provider.local and not allow_confidential:
        private = sum(row["confidential"] for row in rows)
        if private:
            rows = [row for row in rows if not row["confidential"]]
            notices.append(
                f"{private} items have a confidential history and go to no remote judge (--allow-confidential sends them)"
            )
    rows = rows[:limit] if limit is not None else rows
    if not rows:
        raise WorkError(f"{runs[0]} and {runs[1]} have no item that both answered: {'; '.join(notices) or 'none'}")
    known = {row["item"] for row in study.rows("work_compared_done", fingerprint=fingerprint)}
    left = [row["item"] for row in rows if row["item"] not in known]
    done = len(rows) - len(left)
    both: dict[Side, dict[str, Any]] = {"a": first, "b": second}
    if only_failed:
        failed = {
            row["item"] for row in study.rows("work_failed", run=first["id"], judging=f"compare-{fingerprint[:24]}")
        }
        left, done = [item for item in left if item in failed], 0
        if not left:
            raise WorkError(
                "nothing has failed in this comparing and is still to be had; without --retry-failed the rest is asked"
            )
    texts = Ahead(
        len(left), _CHUNK, lambda places: read_pairs(study, first["id"], second["id"], [left[n] for n in places])
    )
    return ComparePlan(judge, fingerprint, both, model, prompt, left, texts, done, notices)


def read_pairs(study: Study, run_a: str, run_b: str, items: Sequence[str]) -> list[ComparedItem]:
    """The texts of some items, in their order. Raises WorkError when one is gone."""
    with study.reading(fresh=False) as cursor:
        asked = {"run_a": run_a, "run_b": run_b, "items": list(items)}
        rows = cursor.execute(sql("work_compared_texts"), asked).fetchall()
    found = {
        item: ComparedItem(item, query, (of_a, of_b), {"a": {"a": a_a, "b": a_b}, "b": {"a": b_a, "b": b_b}})
        for item, query, of_a, of_b, a_a, a_b, b_a, b_b in rows
    }
    if missing := [item for item in items if item not in found]:
        raise WorkError(f"the answers to {missing[0]} are no longer in the study")
    return [found[item] for item in items]


def comparison_id(fingerprint: str, item: str) -> str:
    """The identifier of a judge's comparison of an item: asked the same way, it is the same one."""
    return f"compare/{content_hash(fingerprint, item)[:32]}"


def _load_run(study: Study, name: str) -> dict[str, Any]:
    found = study.row("work_run", run=name)
    if found is None:
        raise WorkError(
            f"there is no run {name!r}; {did_you_mean(name, (row['name'] for row in study.rows('work_run_names')))}"
        )
    return found


def _judge_name(wanted: str, fingerprint: str, before: list[dict[str, Any]]) -> str:
    """The judge's name; asked in another way (prompt, temperature) about the same runs, it is another judge."""
    named = {row["fingerprint"]: str(row["judge"]) for row in before}
    if fingerprint in named:
        return named[fingerprint]
    free, number = wanted, 2
    while free in named.values():
        free = f"{wanted}-{number}"
        number += 1
    return free


def comparing_tasks(plan: ComparePlan) -> Iterator[Task]:
    """A task an item: two calls, one with each run Left, at once."""
    for place in range(len(plan.items)):
        yield _task(plan, place)


def _messages(plan: ComparePlan, one: ComparedItem, left: Side) -> tuple[Message, ...]:
    """One order of an item: which run is shown on the left."""
    right = SIDES[1 - SIDES.index(left)]
    return comparison_messages(plan.prompt, one.query, one.preferences, one.responses[left], one.responses[right])


def _task(plan: ComparePlan, place: int) -> Task:
    item = plan.items[place]
    # Only our own prompt asks for this JSON; any other says itself how to answer.
    schema = COMPARISON_SCHEMA if plan.prompt.name == OWN_PROMPT else None

    async def work(asking: TaskContext) -> Comparison:
        one = await plan.texts.at(place)
        asked = [_messages(plan, one, left) for left in SIDES]
        # Both at once; what goes wrong with one does not keep the other from being asked.
        raws = await asyncio.gather(
            *(asking.ask(f"{left} left", messages, schema) for left, messages in zip(SIDES, asked, strict=True)),
            return_exceptions=True,
        )
        said: list[tuple[Side, Better]] = []
        orders = []
        for left, raw in zip(SIDES, raws, strict=True):
            if isinstance(raw, BaseException):
                raise raw
            parsed = parse_comparison(raw)
            said.append((left, parsed.better))
            orders.append({"left": left, "better": parsed.better, "reasoning": parsed.reasoning, "raw": raw})
        winner = resolve_winner(said)
        provenance = asking.provenance(plan.prompt.used)
        return Comparison(
            id=comparison_id(plan.fingerprint, item),
            annotator=plan.judge,
            model_a=plan.runs["a"]["model"],
            model_b=plan.runs["b"]["model"],
            # What cannot be read counts for nobody; it is kept and listed.
            winner=winner or "skip",
            item=item,
            run_a=plan.runs["a"]["id"],
            run_b=plan.runs["b"]["id"],
            time=utc_now(),
            extra={
                "judge_model": plan.model.spec,
                "fingerprint": plan.fingerprint,
                "orders": orders,
                "unreadable": winner is None,
                "provenance": provenance.to_json(),
            },
        )

    def call(stage: str, done: CallResult, provenance: Provenance) -> Call:
        return Call(id=uuid7(), hash=done.call, stage=stage, text=done.text, item=item, provenance=provenance)

    def failure(failed: TaskFailure) -> CallError:
        return CallError(
            id=uuid7(), run=plan.runs["a"]["id"], item=item, error=failed.kind, message=failed.message,
            judging=plan.id, attempts=failed.attempts, status=failed.status, time=utc_now(), answer=failed.answer,
        )  # fmt: skip

    return Task(item, item, work, failure, call)


def estimate_comparing(plan: ComparePlan) -> Estimate:
    """What is left of a comparing would take."""
    instructions = tokens_of(plan.prompt.text)
    prompt = 0.0
    for place in range(len(plan.items)):
        one = plan.texts.now(place)
        texts = [one.query, *(text or "" for text in one.preferences)]
        texts += [text for side in SIDES for text in one.responses[side].values()]
        prompt += 2 * (instructions + sum(map(tokens_of, texts)))
    calls = 2 * len(plan.items)
    completion = float(calls * min(_REASONING, plan.model.parameters.max_tokens or _REASONING))
    cost = plan.model.limits.cost(prompt, completion)
    return Estimate(calls, 2 * plan.done, round(prompt), round(completion), cost)
