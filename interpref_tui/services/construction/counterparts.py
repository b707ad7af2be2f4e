"""The stage `counterparts` (paper section 3.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.construction import counterparts as counterpart
from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.reask import ask_until_valid
from interpref_db.construction.pairs import (
    counterparts_made,
    wanting_counterparts,
)
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.construction.subjects import _ANSWER, _CHECK, open_to
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Task, TaskContext
    from interpref_core.records.base import Json
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_db.construction.pairs import PreferenceTodo
    from interpref_tui.services.construction.stage import Options, StageContext


class Counterparts:
    """Asks for 2-3 counterparts of each representative, from near to far, and has them checked."""

    name: StageName = "counterparts"
    prompts = ("build-counterparts", "build-check-counterparts", "build-again")

    def settings(self, options: Options) -> Json:
        return {"check": options.check}

    def plan(self, work: StageContext) -> Plan:
        todo, finished = wanting_counterparts(work.study, work.building, work.options.limit)
        todo, notices = open_to(work, todo, "preferences")

        def tasks(building: StageRun) -> Iterator[Task]:
            for one in todo:
                yield stage_task(building, one.id, _counterparts(one, building, work))

        each = tokens_of(work.prompts["build-counterparts"].text)
        check = tokens_of(work.prompts["build-check-counterparts"].text) if work.settings["check"] else 0.0
        return Plan(
            total=len(todo) + finished,
            skipped=finished,
            records=lambda connection, building: counterparts_made(connection, building.id),
            tasks=tasks,
            notices=notices,
            calls=len(todo) * (2 if check else 1),
            prompt_tokens=sum(each + check + 3 * tokens_of(one.text) for one in todo),
            completion_tokens=len(todo) * (_ANSWER + (_CHECK if check else 0)),
        )


def _counterparts(
    one: PreferenceTodo, building: StageRun, work: StageContext
) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    prompt, check, again = (work.prompts[name] for name in Counterparts.prompts)

    async def ask(asking: TaskContext) -> StageOutput:
        kept: list[str] = []
        refused: list[Json] = []

        def read(text: str) -> None:
            more, wrong = counterpart.read_counterparts(text, one.text, kept)
            kept.extend(more)
            refused.extend(wrong)
            if len(kept) < counterpart.FEWEST:
                reasons = "\n".join(f"- {each['text']}: {each['reason']}" for each in wrong)
                raise UnreadableAnswer(reasons or "fewer than two counterparts")

        try:
            messages = counterpart.counterpart_messages(prompt, one.text, one.topic)
            await ask_until_valid(asking, "counterparts", messages, counterpart.SCHEMA, read=read, again=again)
        except UnreadableAnswer as reason:
            if not kept and not refused:
                refused.append({"reason": str(reason)})
        if kept and work.settings["check"]:
            try:
                checked = await ask_until_valid(
                    asking, "check", counterpart.counterpart_check_messages(check, one.text, kept), counterpart.CHECK_SCHEMA,
                    read=lambda text: counterpart.read_check(text, kept), again=again,
                )  # fmt: skip
                kept, refused = checked.kept, [*refused, *checked.refused]
            except UnreadableAnswer as reason:
                refused += [{"text": text, "reason": str(reason)} for text in kept]
                kept = []
        made: Json = {"counterparts": kept, "topic": one.topic} if kept else {}
        provenance = asking.provenance(prompt.used)
        return run_stage_task(building, one.id, made, refused, provenance, confidential=one.confidential)

    return ask
