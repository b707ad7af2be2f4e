"""Counterparts (paper section 3.3.2, Figure 10): 2-3 other preferences on the same topic, from near to far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.construction.answer_parsing import (
    LONGEST,
    UnreadableAnswer,
    find_json_key,
    iter_json_values,
    parse_int,
    parse_string_list,
    strip_reasoning,
)
from interpref_core.construction.rule_checks import is_repeated, negation_reason, same_sentence
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Json

MOST, FEWEST = 3, 2

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"counterparts": {"type": "array", "items": {"type": "string"}}},
    "required": ["counterparts"],
    "additionalProperties": False,
}
CHECK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "checked": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "number": {"type": "integer"},
                    "same_topic": {"type": "boolean"},
                    "different": {"type": "boolean"},
                    "distance": {"type": "integer"},
                },
                "required": ["number", "same_topic", "different", "distance"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["checked"],
    "additionalProperties": False,
}


def counterpart_messages(prompt: Prompt, preference: str, topic: str | None) -> tuple[Message, ...]:
    """The message that asks for counterparts; send SCHEMA with it."""
    return (Message("user", prompt.fill(preference=one_line(preference), topic=one_line(topic or "") or "-")),)


def read_counterparts(text: str, preference: str, before: Sequence[str] = ()) -> tuple[list[str], list[Json]]:
    """The counterparts that an answer gives and that hold, and those that are refused. Raises Unreadable.

    `before` are counterparts that are kept already.
    """
    kept: list[str] = []
    refused: list[Json] = []
    for sentence in parse_string_list(text, "counterparts"):
        reason = _wrong(sentence, preference, [*before, *kept])
        if reason:
            refused.append({"text": sentence[:LONGEST], "reason": reason})
        elif len(before) + len(kept) < MOST:
            kept.append(sentence)
    return kept, refused


def _wrong(sentence: str, preference: str, kept: Sequence[str]) -> str | None:
    if len(sentence) > LONGEST:
        return f"longer than {LONGEST} characters: not one sentence"
    if same_sentence(sentence, preference):
        return "says what the preference says"
    if is_repeated(sentence, kept):
        return "given twice"
    return negation_reason(preference, sentence)


def counterpart_check_messages(prompt: Prompt, preference: str, counterparts: Sequence[str]) -> tuple[Message, ...]:
    """The message that has the counterparts checked: same topic, really different, how far."""
    numbered = "\n".join(f"{n}. {one_line(text)}" for n, text in enumerate(counterparts, start=1))
    return (Message("user", prompt.fill(preference=one_line(preference), counterparts=numbered)),)


@dataclass(frozen=True, slots=True)
class Checked:
    """The counterparts that the check lets through, nearest first, and those that it does not."""

    kept: list[str]
    refused: list[Json]


def read_check(text: str, counterparts: Sequence[str]) -> Checked:
    """What a check says of each counterpart; one that it does not speak of is refused. Raises Unreadable."""
    found = find_json_key(strip_reasoning(text), "checked")
    if not isinstance(found, list):
        found = next((value for value in iter_json_values(strip_reasoning(text)) if isinstance(value, list)), None)
    if found is None:
        raise UnreadableAnswer("the check of the counterparts cannot be read")
    said_of: dict[int, Json] = {}
    for one in found:
        number = parse_int(one.get("number")) if isinstance(one, dict) else None
        if number is not None:
            said_of.setdefault(number, one)
    kept: list[tuple[int, int, str]] = []
    refused: list[Json] = []
    for number, sentence in enumerate(counterparts, start=1):
        verdict = said_of.get(number, {})
        if verdict.get("same_topic") is not True:
            reason = "not on the same topic" if verdict else "the check says nothing of it"
        elif verdict.get("different") is not True:
            reason = "says the same, or only negates it"
        else:
            kept.append((parse_int(verdict.get("distance")) or number, number, sentence))
            continue
        refused.append({"text": sentence, "reason": reason})
    return Checked([sentence for _, _, sentence in sorted(kept)], refused)
