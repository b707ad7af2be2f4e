"""The human-designed workflow (paper Appendix E): five calls, of which only the first sees the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.paradigms.base import Answer, Ask, Case
from interpref_core.paradigms.parts import bullets, read_list
from interpref_core.providers.base import Message

if TYPE_CHECKING:
    from interpref_core.prompts import Prompt

MOST = 10  # instructions: more only dilute the answer
STAGES = ("extract", "relevant", "instruct", "answer", "refine")


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

    The trace keeps every step: extracted, relevant, instructions (lists), answer and refined (texts).
    """

    name: str
    description: str
    prompts: tuple[Prompt, ...]  # in the order of STAGES
    needs: frozenset[str] = frozenset({"history"})

    async def answer(self, case: Case, ask: Ask) -> Answer:
        turns = "\n".join(f"- {turn.content}" for turn in case.history if turn.role == "user")
        extracted = await self._list(ask, 0, "preferences", 100, user_turns=turns)
        trace: dict[str, Any] = {"extracted": extracted}
        relevant: list[str] = []
        if extracted:
            relevant = await self._list(ask, 1, "preferences", MOST, query=case.query, preferences=bullets(extracted))
        trace["relevant"] = relevant
        instructions: list[str] = []
        if relevant:
            instructions = await self._list(
                ask, 2, "instructions", MOST, query=case.query, preferences=bullets(relevant)
            )
        trace["instructions"] = instructions
        if not instructions:
            trace["note"] = "nothing to go by: the query was answered alone"
            plain = (await ask("answer", (Message("user", case.query),), None)).strip()
            return Answer(plain, None, trace | {"answer": plain, "refined": plain})
        listed = bullets(instructions)
        first = (await self._text(ask, 3, query=case.query, instructions=listed)).strip()
        refined = (await self._text(ask, 4, query=case.query, instructions=listed, answer=first)).strip()
        return Answer(refined or first, None, trace | {"answer": first, "refined": refined})

    async def _text(self, ask: Ask, stage: int, **values: str) -> str:
        return await ask(STAGES[stage], (Message("user", self.prompts[stage].fill(**values)),), None)

    async def _list(self, ask: Ask, stage: int, key: str, limit: int, **values: str) -> list[str]:
        messages = (Message("user", self.prompts[stage].fill(**values)),)
        return read_list(await ask(STAGES[stage], messages, _list_schema(key)), key, limit)
