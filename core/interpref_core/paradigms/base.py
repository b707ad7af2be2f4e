"""What a paradigm is given and what it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from interpref_core.ids import content_hash
from interpref_core.providers.messages import Message
from interpref_core.records.runs import PromptUsed

if TYPE_CHECKING:
    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.data import Turn

Ask = Callable[[str, tuple[Message, ...], Mapping[str, Any] | None], Awaitable[str]]
"""Asks the model: the name of the stage, the messages, and a JSON schema or None; gives its text."""

_ROLES = {"user": "user", "assistant": "assistant", "system": "system"}


@dataclass(frozen=True, slots=True)
class ParadigmInput:
    """One side of one item: the query, this side's history and preference, and the other side's."""

    query: str
    history: tuple[Turn, ...]
    preference: str | None
    other_history: tuple[Turn, ...]
    other_preference: str | None


@dataclass(frozen=True, slots=True)
class ParadigmOutput:
    """What a paradigm makes of a case.

    `raw` is the model's output where `text` is only a part of it; `trace` holds what came before the answer, "thoughts"
    what the model thought aloud, and "note" what went otherwise than planned.
    """

    text: str
    raw: str | None = None
    trace: dict[str, Any] = field(default_factory=dict)


class Paradigm(Protocol):
    """One way to ask. `needs` names what a case must have: "history", "other history", "preference" or nothing."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def needs(self) -> frozenset[str]: ...
    @property
    def prompts(self) -> tuple[Prompt, ...]: ...

    async def answer(self, case: ParadigmInput, ask: Ask) -> ParadigmOutput:
        """Ask as often as the paradigm wants, and give the answer."""
        ...


def prompt_provenance(paradigm: Paradigm) -> PromptUsed | None:
    """What provenance says of a paradigm's prompts: the one, or all of them under the paradigm's name."""
    if not paradigm.prompts:
        return None
    if len(paradigm.prompts) == 1:
        return paradigm.prompts[0].used
    version = "+".join(prompt.version for prompt in paradigm.prompts)
    return PromptUsed(name=paradigm.name, version=version, hash=content_hash(*(p.hash for p in paradigm.prompts)))


def as_messages(history: tuple[Turn, ...]) -> tuple[Message, ...]:
    """A history as chat messages. What a tool said becomes part of the talk, marked as such."""
    return tuple(
        Message(_ROLES[turn.role], turn.content)
        if turn.role in _ROLES
        else Message("assistant", f"[{turn.role}] {turn.content}")
        for turn in history
    )
