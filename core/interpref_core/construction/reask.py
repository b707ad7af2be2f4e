"""Asking until an answer can be used: what is wrong with one is said, and the model tries again, a few times."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_core.engine import TaskContext
    from interpref_core.prompts.loading import Prompt

T = TypeVar("T")
TRIES = 3
_SHOWN = 4_000  # characters of an unusable answer that are shown again
_REASON = 1_000


async def ask_until_valid(
    asking: TaskContext,
    stage: str,
    messages: tuple[Message, ...],
    schema: Mapping[str, object],
    *,
    read: Callable[[str], T],
    again: Prompt,
    tries: int = TRIES,
) -> T:
    """What `read` makes of an answer; where it raises Unreadable, the model is told why and asked again.

    Each try is a call of its own, kept like any other. Raises Unreadable with the last reason, and ProviderError.
    """
    asked = messages
    for attempt in range(1, tries + 1):
        text = await asking.ask(stage if attempt == 1 else f"{stage} again {attempt - 1}", asked, schema)
        try:
            return read(text)
        except UnreadableAnswer as error:
            reason = str(error)
            if asking.finished and asking.finished[-1].finish_reason == "length":
                reason += "; the answer was cut off (--max-tokens)"
            if attempt == tries:
                raise UnreadableAnswer(reason) from None
            wrong = Message("user", again.fill(reasons=one_line(reason)[:_REASON]))
            asked = (*messages, Message("assistant", text[:_SHOWN] or "-"), wrong)
    raise AssertionError("tries is at least 1")
