"""The stage `histories` (paper section 3.3.3): conversations that carry preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.conversation_synthesis import (
    SCHEMA,
    TEMPLATES,
    conversation_messages,
    read_conversation,
)
from interpref_core.construction.reask import ask_until_valid
from interpref_db.construction.items import conversations_made, wanting_conversations
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.construction.subjects import open_to
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Task, TaskContext
    from interpref_core.records.base import Json
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_db.construction.pairs import PreferenceTodo
    from interpref_tui.services.construction.stage import Options, StageContext

_ANSWER = 600  # tokens of two rounds


class Histories:
    """Has a conversation written for each preference of the ready pairs that none carries."""

    name: StageName = "histories"
    prompts = ("build-rewrite", "build-follow-up", "build-again")

    def settings(self, options: Options) -> Json:
        del options
        return {}

    def plan(self, work: StageContext) -> Plan:
        options = work.options
        found = wanting_conversations(
            work.study, work.building, accept_all=options.accept_all, count=options.conversations, limit=options.limit
        )
        stopped = None if found.ready else nothing_accepted(work)
        todo, notices = open_to(work, found.todo, "preferences")
        if found.fillers:
            notices.append(f"{found.fillers} preferences get a conversation only to fill long histories")

        def tasks(building: StageRun) -> Iterator[Task]:
            for one in todo:
                yield stage_task(building, one.id, _conversations(one, building, work))

        each = sum(tokens_of(work.prompts[name].text) for name in self.prompts[: len(TEMPLATES)])
        return Plan(
            total=len(todo) + found.done,
            skipped=found.done,
            records=lambda connection, building: conversations_made(connection, building.id),
            tasks=tasks,
            notices=notices,
            stopped=stopped,
            calls=len(todo) * len(TEMPLATES),
            prompt_tokens=sum(each + 2 * tokens_of(one.text) for one in todo),
            completion_tokens=len(todo) * len(TEMPLATES) * _ANSWER,
        )


def nothing_accepted(work: StageContext) -> str:
    """What to do where no candidate query may become an item."""
    row = work.study.row("build_waiting_queries")
    if not row or not row["n"]:
        return "there are no candidate queries; `interpref build STUDY --only queries` makes some"
    return (
        f"{row['n']} candidate queries wait for people: `interpref annotate STUDY --annotator NAME --task query`, then the "
        "same command again (or --accept-all for a quick trial)"
    )


def _conversations(
    one: PreferenceTodo, building: StageRun, work: StageContext
) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    rewrite, follow_up, again = (work.prompts[name] for name in Histories.prompts)

    async def ask(asking: TaskContext) -> StageOutput:
        made: Json = {}
        refused: list[Json] = []
        for template, prompt in zip(TEMPLATES, (rewrite, follow_up), strict=True):
            try:
                turns = await ask_until_valid(
                    asking, template, conversation_messages(prompt, one.text), SCHEMA,
                    read=lambda text: read_conversation(text, one.text), again=again,
                )  # fmt: skip
            except UnreadableAnswer as reason:
                # Half a conversation is none: nothing of it is kept.
                refused.append({"text": template, "reason": str(reason)})
                made = {}
                break
            made[template] = [turn.to_json() for turn in turns]
        provenance = asking.provenance(rewrite.used)
        return run_stage_task(building, one.id, made, refused, provenance, confidential=one.confidential)

    return ask
