"""A model's answer to which type a preference is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.construction.answer_parsing import UnreadableAnswer, find_json_key, strip_reasoning
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message
from interpref_core.taxonomy import taxonomy

if TYPE_CHECKING:
    from interpref_core.prompts.loading import Prompt

NONE = "none"


def schema() -> dict[str, Any]:
    """The form of the answer, with the types as the only values."""
    kinds = [kind for kinds in taxonomy().values() for kind in kinds]
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": [*kinds, NONE]}},
        "required": ["type"],
        "additionalProperties": False,
    }


def category_messages(prompt: Prompt, preference: str) -> tuple[Message, ...]:
    """The message that asks for the type; send `schema()` with it."""
    types = "\n".join(f"- {category} / {kind}" for category, kinds in taxonomy().items() for kind in kinds)
    return (Message("user", prompt.fill(preference=one_line(preference), types=types)),)


def read_category(text: str) -> tuple[str, str] | None:
    """Category and type of an answer, None where no type fits. Raises Unreadable for what is no type of the list."""
    answer = strip_reasoning(text)
    found = find_json_key(answer, "type")
    plain = " ".join((found if isinstance(found, str) else answer).split()).strip(" .\"'`*").casefold()
    plain = plain.rpartition("/")[2].strip()
    if plain == NONE:
        return None
    for category, kinds in taxonomy().items():
        for kind in kinds:
            if plain == kind.casefold():
                return category, kind
    raise UnreadableAnswer(f"{plain[:60]!r} is none of the types" if plain else "the answer names no type")
