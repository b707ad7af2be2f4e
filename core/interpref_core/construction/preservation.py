"""Preservation (paper section 3.3.3): another model says what a made conversation shows; is the preference among it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.construction.answer_parsing import (
    LONGEST,
    UnreadableAnswer,
    find_json_key,
    parse_int,
    parse_string_list,
    strip_reasoning,
)
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.prompts.loading import Prompt

MOST = 20  # notes that are kept of one conversation

NOTES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"preferences": {"type": "array", "items": {"type": "string"}}},
    "required": ["preferences"],
    "additionalProperties": False,
}
SAME_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"note": {"type": "integer"}},
    "required": ["note"],
    "additionalProperties": False,
}


def notes_messages(prompt: Prompt, user_turns: Sequence[str]) -> tuple[Message, ...]:
    """The message that asks what the user's own turns show; send NOTES_SCHEMA with it."""
    return (Message("user", prompt.fill(user_turns="\n\n".join(user_turns))),)


def read_notes(text: str) -> list[str]:
    """What was found in the conversation. Raises Unreadable."""
    return [one[:LONGEST] for one in parse_string_list(text, "preferences")][:MOST]


def same_messages(prompt: Prompt, preference: str, notes: Sequence[str]) -> tuple[Message, ...]:
    """The message that asks whether a note says what the preference says; send SAME_SCHEMA with it."""
    numbered = "\n".join(f"{number}. {one_line(note)}" for number, note in enumerate(notes, start=1))
    return (Message("user", prompt.fill(preference=one_line(preference), noted=numbered)),)


def read_same(text: str, notes: Sequence[str]) -> int:
    """The number of the note that says the preference, 0 for none. Raises Unreadable."""
    number = parse_int(find_json_key(strip_reasoning(text), "note"))
    if number is None or not 0 <= number <= len(notes):
        raise UnreadableAnswer("the answer names none of the notes")
    return number
