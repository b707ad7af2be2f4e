"""The stage `queries` (paper section 3.3.2): candidate queries for each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.construction import queries as query
from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.reask import ask_until_valid
from interpref_db.construction.pairs import (
    existing_item_queries,
    queries_made,
    wanting_queries,
)
from interpref_tui.services.construction.query_gate import distinct
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.construction.subjects import _ANSWER, _CHECK, open_to
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Task, TaskContext
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_db.construction.pairs import PairTodo
    from interpref_tui.services.construction.stage import Options, StageContext
_GATED = 400  # tokens of each answer that the gate has written


class Queries:
    """Asks for three candidate queries of each pair, and has them checked."""

    name: StageName = "queries"
    prompts = ("build-queries", "build-check-queries", "build-again", "oracle", "judge")

    def settings(self, options: Options) -> Json:
        return {"check": options.check_queries, "gate": options.gate}

    def plan(self, work: StageContext) -> Plan:
        if work.options.existing_queries:
            return Plan(total=0, skipped=0, records=_existing_queries)
        todo, finished = wanting_queries(work.study, work.building, work.options.limit)
        todo, notices = open_to(work, todo, "pairs")

        def tasks(building: StageRun) -> Iterator[Task]:
            for one in todo:
                yield stage_task(building, one.id, _queries(one, building, work))

        each = tokens_of(work.prompts["build-queries"].text)
        check = tokens_of(work.prompts["build-check-queries"].text) if work.settings["check"] else 0.0
        gated = query.WANTED if work.settings["gate"] else 0
        judged = tokens_of(work.prompts["judge"].text) + 2 * _GATED
        return Plan(
            total=len(todo) + finished,
            skipped=finished,
            records=lambda connection, building: queries_made(connection, building.id),
            tasks=tasks,
            notices=notices,
            calls=len(todo) * (1 + bool(check) + 4 * gated),
            prompt_tokens=sum(
                each + check + 2 * tokens_of(one.a + (one.b or "")) + gated * (2 * judged + 200) for one in todo
            ),
            completion_tokens=len(todo) * (_ANSWER + (_CHECK if check else 0) + gated * 2 * (_GATED + 150)),
        )


def _existing_queries(connection: DuckDBPyConnection, building: StageRun) -> Iterable[Record]:
    return existing_item_queries(connection, building.id)


def _queries(one: PairTodo, building: StageRun, work: StageContext) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    prompt, check, again, oracle, judge = (work.prompts[name] for name in Queries.prompts)
    sides = (one.a, one.b)

    async def ask(asking: TaskContext) -> StageOutput:
        kept: list[str] = []
        refused: list[Json] = []

        def read(text: str) -> None:
            more, wrong = query.read_queries(text, sides, kept)
            kept.extend(more)
            refused.extend(wrong)
            if len(kept) < query.WANTED:
                reasons = "\n".join(f"- {each['text']}: {each['reason']}" for each in wrong)
                raise UnreadableAnswer(reasons or "fewer than three requests")

        try:
            await ask_until_valid(
                asking, "queries", query.query_messages(prompt, sides), query.SCHEMA, read=read, again=again
            )
        except UnreadableAnswer as reason:
            if not kept and not refused:
                refused.append({"reason": str(reason)})
        if kept and work.settings["check"]:
            try:
                kept, wrong = await ask_until_valid(
                    asking, "check", query.query_check_messages(check, sides, kept), query.CHECK_SCHEMA,
                    read=lambda text: query.read_check(text, kept), again=again,
                )  # fmt: skip
                refused += wrong
            except UnreadableAnswer as reason:
                refused += [{"text": text, "reason": str(reason)} for text in kept]
                kept = []
        if work.settings["gate"]:
            for text in list(kept):
                alike = await distinct(asking, text, sides, oracle, judge)
                if alike:
                    kept.remove(text)
                    refused.append({"text": text, "reason": alike})
        provenance = asking.provenance(prompt.used)
        made: Json = {"queries": kept} if kept else {}
        return run_stage_task(building, one.id, made, refused, provenance, confidential=one.confidential)

    return ask
