"""Histories that are longer than a model's context: the oldest exchanges are dropped, whole, until the prompt fits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from interpref_core.providers.base import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.paradigms.base import Ask, Paradigm, ParadigmInput, ParadigmOutput
    from interpref_core.providers.base import Parameters
    from interpref_core.providers.messages import Message
    from interpref_core.records.data import Turn

OnOverflow = Literal["fail", "drop-oldest"]


@runtime_checkable
class CountsTokens(Protocol):
    """A provider that knows, without asking the model, how much of its context a prompt leaves."""

    async def room(self, messages: tuple[Message, ...], parameters: Parameters) -> int:
        """Tokens that are left beside the prompt and what is set aside for the answer; negative when it is too long."""
        ...


class _Overflow(Exception):
    """A prompt of the paradigm does not fit. Not a ProviderError: nothing was asked."""

    def __init__(self, stage: str, by: int) -> None:
        super().__init__(f"the prompt of {stage!r} is {by} tokens too long")


def drop_oldest_exchange(turns: tuple[Turn, ...]) -> tuple[Turn, ...] | None:
    """A history without its oldest exchange: a user's turn and all that answers it. A system turn before it stays.

    None when only one exchange is left: without any, the question would be another one.
    """
    start = next((place for place, turn in enumerate(turns) if turn.role != "system"), len(turns))
    second = next((place for place in range(start + 1, len(turns)) if turns[place].role == "user"), None)
    return None if second is None else turns[:start] + turns[second:]


async def answer_within_context(
    paradigm: Paradigm, case: ParadigmInput, ask: Ask, provider: CountsTokens, parameters: Parameters
) -> tuple[ParadigmOutput, int]:
    """The paradigm's answer, with as much of the history as fits, and how many turns of it were dropped.

    Raises ProviderError (too long) when not even the last exchange fits.
    """

    async def fitting(stage: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None) -> str:
        left = await provider.room(messages, parameters)
        if left < 0:
            raise _Overflow(stage, -left)
        return await ask(stage, messages, schema)

    whole = len(case.history) + len(case.other_history)
    while True:
        try:
            answer = await paradigm.answer(case, fitting)
        except _Overflow as overflow:
            shorter = _shorter(case)
            if shorter is None:
                raise ProviderError(
                    f"{overflow} even with the last exchange of the history alone; give the model more with n_ctx",
                    kind="too long",
                    retryable=False,
                ) from None
            case = shorter
        else:
            return answer, whole - len(case.history) - len(case.other_history)


def _shorter(case: ParadigmInput) -> ParadigmInput | None:
    """The case without the oldest exchange of whatever histories it shows; None when there is none to spare."""
    history, other = drop_oldest_exchange(case.history), drop_oldest_exchange(case.other_history)
    if history is None and other is None:
        return None
    return replace(
        case,
        history=case.history if history is None else history,
        other_history=case.other_history if other is None else other,
    )
