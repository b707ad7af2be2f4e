"""The stage `extract`: windows of histories become chunks and preferences (paper section 3.3.1)."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING

from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.extraction import SCHEMA, extract_messages, read_window
from interpref_core.construction.reask import ask_until_valid
from interpref_core.construction.windows import Window, render_dialogue
from interpref_db.construction.extraction import chunks_to_json, plan_windows, store_extraction, user_turns
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Task, TaskContext
    from interpref_core.records.base import Json
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_db.construction.extraction import WindowTodo
    from interpref_tui.services.construction.stage import Options, StageContext

_ANSWER = 500  # tokens of a usual answer


class Extract:
    """Asks about each window of the raw histories."""

    name: StageName = "extract"
    prompts = ("build-extract", "build-again")

    def settings(self, options: Options) -> Json:
        return {"window": asdict(options.window)}

    def plan(self, work: StageContext) -> Plan:
        window = Window(**work.settings["window"])
        found = plan_windows(work.study, window, work.building, work.options.limit)
        notices = []
        if not found.histories and not found.short:
            notices.append("the study has no raw histories: `interpref import STUDY FILE...` takes conversations in")
        if found.short:
            notices.append(f"{found.short} histories have fewer than three turns of the user and are left out")
        private = {one.history for one in found.todo if one.confidential}
        if work.withheld(len(private)):
            why = "are confidential and go to no remote model (--allow-confidential sends them)"
            notices.append(f"{len(private)} histories {why}")
            found.todo = [one for one in found.todo if not one.confidential]

        def tasks(building: StageRun) -> Iterator[Task]:
            @lru_cache(maxsize=8)
            def turns(key: int) -> list[str]:
                return user_turns(work.study, key)

            for one in found.todo:
                yield stage_task(building, one.history, _asking(one, building, turns, work), part=one.number)

        instructions = tokens_of(work.prompts["build-extract"].text)
        return Plan(
            total=len(found.todo) + found.done,
            skipped=found.done,
            records=lambda connection, building: store_extraction(connection, building.id, window),
            tasks=tasks,
            notices=notices,
            calls=len(found.todo),
            prompt_tokens=sum(instructions + one.characters / 3.5 for one in found.todo),
            completion_tokens=_ANSWER * len(found.todo),
        )


def _asking(
    one: WindowTodo, building: StageRun, turns: Callable[[int], list[str]], work: StageContext
) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    window = Window(**work.settings["window"])
    prompt = work.prompts["build-extract"]

    async def ask(asking: TaskContext) -> StageOutput:
        asked = await asyncio.to_thread(turns, one.key)
        messages = extract_messages(prompt, render_dialogue(asked, one.span, window))
        made: Json = {}
        refused: list[Json]
        try:
            pieces, refused = await ask_until_valid(
                asking, "extract", messages, SCHEMA,
                read=lambda text: read_window(text, one.span), again=work.prompts["build-again"],
            )  # fmt: skip
            made = chunks_to_json(pieces)
        except UnreadableAnswer as reason:
            refused = [{"reason": str(reason)}]
        provenance = asking.provenance(prompt.used)
        return run_stage_task(
            building, one.history, made, refused, provenance, part=one.number, confidential=one.confidential
        )

    return ask
