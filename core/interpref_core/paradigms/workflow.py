"""The human-designed workflow (paper Appendix E): five calls, of which only the first sees the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.paradigms.base import Ask, ParadigmInput, ParadigmOutput
from interpref_core.paradigms.output_parsing import format_bullets, read_list, strip_reasoning
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from interpref_core.prompts.loading import Prompt

MOST = 10  # instructions: more only dilute the answer
STAGES = ("extract", "relevant", "instruct", "answer", "refine")
_LISTS = (("extracted", "preferences", 100), ("relevant", "preferences", MOST), ("instructions", "instructions", MOST))


def _list_schema(key: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: {"type": "array", "items": {"type": "string"}}},
        "required": [key],
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Workflow:
    """Extract preferences from the user's turns, keep the relevant ones, an instruction for each, answer, refine.

    The trace keeps every step: extracted, relevant, instructions (lists), answer and refined (texts). When a step gives
    nothing to go on with, the query is answered alone, and the trace's note says which step that was.
    """

    name: str
    description: str
    prompts: tuple[Prompt, ...]  # in the order of STAGES
    needs: frozenset[str] = frozenset({"history"})

    async def answer(self, case: ParadigmInput, ask: Ask) -> ParadigmOutput:
        trace: dict[str, Any] = {"extracted": [], "relevant": [], "instructions": []}
        turns = [turn.content for turn in case.history if turn.role == "user" and turn.content.strip()]
        values = {"user_turns": format_bullets(turns)}
        listed = ""
        for stage, (step, key, limit) in enumerate(_LISTS):
            found = await self._list(ask, stage, key, limit, **values) if turns else []
            if not found:
                why = "gave no list that can be read" if found is None else "found nothing"
                trace["note"] = f"the step {STAGES[stage]!r} {why}: the query was answered alone"
                return await self._plainly(case, ask, trace)
            trace[step] = found
            listed = format_bullets(found)
            values = {"query": case.query, "preferences": listed}
        first = (await self._text(ask, 3, query=case.query, instructions=listed)).strip()
        refined = (await self._text(ask, 4, query=case.query, instructions=listed, answer=first)).strip()
        return ParadigmOutput(refined or first, None, trace | {"answer": first, "refined": refined})

    async def _plainly(self, case: ParadigmInput, ask: Ask, trace: dict[str, Any]) -> ParadigmOutput:
        plain, thoughts = strip_reasoning(await ask("answer", (Message("user", case.query),), None))
        return ParadigmOutput(plain, None, thoughts | trace | {"answer": plain, "refined": plain})

    async def _text(self, ask: Ask, stage: int, **values: str) -> str:
        return strip_reasoning(await ask(STAGES[stage], (Message("user", self.prompts[stage].fill(**values)),), None))[
            0
        ]

    async def _list(self, ask: Ask, stage: int, key: str, limit: int, **values: str) -> list[str] | None:
        messages = (Message("user", self.prompts[stage].fill(**values)),)
        return read_list(await ask(STAGES[stage], messages, _list_schema(key)), key, limit)
