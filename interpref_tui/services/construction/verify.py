"""The stage `verify`: another model says what each made conversation shows (paper section 3.3.3); the rest needs no model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.preservation import (
    NOTES_SCHEMA,
    SAME_SCHEMA,
    notes_messages,
    read_notes,
    read_same,
    same_messages,
)
from interpref_core.construction.reask import ask_until_valid
from interpref_db.construction.stage_runs import done
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.construction.subjects import open_to
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Task, TaskContext
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_tui.services.construction.stage import Options, StageContext

_ANSWER, _SAME = 200, 20  # tokens of usual answers
_TURN = 40  # tokens of a usual turn of the user


@dataclass(frozen=True, slots=True)
class _Conversation:
    id: str  # of the preference that it carries
    text: str
    key: int
    turns: int
    confidential: bool


class Verify:
    """Asks what each conversation that carries a preference shows of its user. Without a model there is nothing to ask."""

    name: StageName = "verify"
    prompts = ("wf-extract", "build-same", "build-again")

    def settings(self, options: Options) -> Json:
        return {"match": options.more.get("match") or "words"}

    def plan(self, work: StageContext) -> Plan:
        if not work.options.more.get("model_named"):
            why = "whether conversations preserve their preferences is not asked: no model is named (--model)"
            return Plan(total=0, skipped=0, records=_nothing, notices=[why])
        there = [
            _Conversation(row["preference"], row["text"], row["key"], row["turns"], row["confidential"])
            for row in work.study.rows("verify_conversations")
        ][: work.options.limit]
        finished = {subject for subject, _ in done(work.study, work.building)}
        todo, notices = open_to(work, [one for one in there if one.id not in finished], "conversations")

        def tasks(building: StageRun) -> Iterator[Task]:
            for one in todo:
                yield stage_task(building, one.id, _notes_on(one, building, work))

        asked = work.settings["match"] == "model"
        each = tokens_of(work.prompts["wf-extract"].text)
        more = tokens_of(work.prompts["build-same"].text) + _ANSWER if asked else 0
        return Plan(
            total=len(todo) + len(finished),
            skipped=len(finished),
            records=_nothing,
            tasks=tasks,
            notices=notices,
            calls=len(todo) * (1 + asked),
            prompt_tokens=sum(each + more + one.turns / 2 * _TURN for one in todo),
            completion_tokens=len(todo) * (_ANSWER + (_SAME if asked else 0)),
        )


def _nothing(connection: DuckDBPyConnection, building: StageRun) -> Iterable[Record]:
    """What was found stays with the makings: the report is counted from them."""
    del connection, building
    return ()


def _notes_on(
    one: _Conversation, building: StageRun, work: StageContext
) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    prompt, same, again = (work.prompts[name] for name in Verify.prompts)

    async def ask(asking: TaskContext) -> StageOutput:
        turns = await asyncio.to_thread(_user_turns, work, one.key)
        made: Json = {}
        refused: list[Json] = []
        try:
            notes = await ask_until_valid(
                asking, "notes", notes_messages(prompt, turns), NOTES_SCHEMA, read=read_notes, again=again
            )
            made = {"notes": notes}
            if work.settings["match"] == "model":
                made["same"] = await ask_until_valid(
                    asking, "same", same_messages(same, one.text, notes), SAME_SCHEMA,
                    read=lambda text: read_same(text, notes), again=again,
                )  # fmt: skip
        except UnreadableAnswer as reason:
            refused.append({"text": one.text, "reason": str(reason)})
        provenance = asking.provenance(prompt.used)
        return run_stage_task(building, one.id, made, refused, provenance, confidential=one.confidential)

    return ask


def _user_turns(work: StageContext, key: int) -> list[str]:
    return [row["content"] for row in work.study.rows("verify_turns", keys=[key]) if row["role"] == "user"]
