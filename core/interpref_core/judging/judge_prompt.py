"""What the judge is asked: two preferences, two responses, and which response belongs to persona 1 (paper section 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message
from interpref_core.records.base import CASE_LABELS

if TYPE_CHECKING:
    from interpref_core.prompts.loading import Prompt

VERDICT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string"},
        "persona_1": {"type": "string", "enum": ["Left", "Right", "Don't know"]},
        "case_label": {"type": "string", "enum": list(CASE_LABELS)},
    },
    "required": ["reasoning", "persona_1", "case_label"],
    "additionalProperties": False,
}

NO_PREFERENCE = "(no particular preference)"


def judge_messages(
    prompt: Prompt,
    query: str,
    personas: tuple[str | None, str | None],
    responses: tuple[str, str],
) -> tuple[Message, ...]:
    """The messages of one order: personas as shown first and second, responses as shown Left and Right.

    `prompt` is `judge` (asks for JSON; send VERDICT_SCHEMA with it) or `judge-sections` (labelled sections, for models
    that keep to no JSON). A persona that is None or blank is stated as no particular preference.
    """
    first, second = (one_line(persona or "") or NO_PREFERENCE for persona in personas)
    filled = prompt.fill(
        query=query, persona_1=first, persona_2=second, response_left=responses[0], response_right=responses[1]
    )
    return (Message("user", filled),)
