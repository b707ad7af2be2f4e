"""Paradigms of one call: the query alone, under a prompt, and the controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.paradigms.base import Ask, ParadigmInput, ParadigmOutput, as_messages
from interpref_core.paradigms.output_parsing import split_labelled, strip_reasoning
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from interpref_core.prompts.loading import Prompt

_HISTORY = frozenset({"history"})


@dataclass(frozen=True)
class QueryOnly:
    """The query as the user would type it: after the history (np), after the other side's (swapped), or alone (bare)."""

    name: str
    description: str
    needs: frozenset[str]
    prompts: tuple[Prompt, ...] = ()

    async def answer(self, case: ParadigmInput, ask: Ask) -> ParadigmOutput:
        history = {"history": case.history, "other history": case.other_history}
        shown = tuple(message for need in self.needs for message in as_messages(history[need]))
        return _whole(await ask("answer", (*shown, Message("user", case.query)), None))


@dataclass(frozen=True)
class PromptParadigm:
    """The history, then one prompt with the query in it. `parts` names the labelled parts of the output, if it has them.

    The prompt comes last, so that all paradigms share the history as a prefix, which caches hit.
    """

    name: str
    description: str
    prompts: tuple[Prompt, ...]
    parts: tuple[str, str] | None = None
    needs: frozenset[str] = _HISTORY

    async def answer(self, case: ParadigmInput, ask: Ask) -> ParadigmOutput:
        values = {"query": case.query}
        if "preference" in self.needs:
            values["preference"] = case.preference or "nothing in particular is known about their preferences."
        prompt = self.prompts[0].fill(**values)
        raw = await ask("answer", (*as_messages(case.history), Message("user", prompt)), None)
        if self.parts is None:
            return _whole(raw)
        text, trace = strip_reasoning(raw)
        before, answer = split_labelled(text, *self.parts)
        if before is not None:
            trace[self.parts[0].lower()] = before
        elif answer == text:
            trace["note"] = f"no part labelled {self.parts[1]!r} in the output: all of it is the answer"
        return ParadigmOutput(answer, raw, trace)


def _whole(raw: str) -> ParadigmOutput:
    """An output that is all answer, but for what the model thought aloud."""
    text, trace = strip_reasoning(raw)
    return ParadigmOutput(text, raw if trace else None, trace)
