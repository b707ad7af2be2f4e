"""The judge of `compare`: two runs' pairs of responses in both presentation orders; a tie where the orders disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.judging.judge_prompt import NO_PREFERENCE
from interpref_core.judging.verdict_parsing import iter_json_objects
from interpref_core.judging.verdict_words import parse_choice
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message
from interpref_core.records.base import SIDES
from interpref_core.text.reasoning_tags import split_reasoning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Side

Better = Literal["Left", "Right", "Tie", "Unreadable"]

COMPARISON_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"reasoning": {"type": "string"}, "better": {"type": "string", "enum": ["Left", "Right", "Tie"]}},
    "required": ["reasoning", "better"],
    "additionalProperties": False,
}

_TIE = re.compile(r"\W*(?:a |it'?s a |is a )?(?:tie|draw|equal(?:ly)?|same|both|neither|平局|一样)\b\W*", re.IGNORECASE)
_SECTION = re.compile(r"^[ \t>#*_\-]*better[ \t*_]*[:：]?[ \t]*\n?(?P<said>.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ParsedComparison:
    """What an output says of the two assistants as they were shown."""

    better: Better
    reasoning: str | None = None


def comparison_messages(
    prompt: Prompt,
    query: str,
    preferences: tuple[str | None, str | None],
    left: Mapping[Side, str],
    right: Mapping[Side, str],
) -> tuple[Message, ...]:
    """The messages of one presentation order: the responses to the two users, of the run shown Left and of that Right."""
    first, second = (one_line(one or "") or NO_PREFERENCE for one in preferences)
    filled = prompt.fill(
        query=query,
        persona_1=first,
        persona_2=second,
        left_1=left["a"],
        left_2=left["b"],
        right_1=right["a"],
        right_2=right["b"],
    )
    return (Message("user", filled),)


def parse_comparison(text: str) -> ParsedComparison:
    """Read an output: JSON with `better`, or a heading of that name; contradictory or missing is Unreadable."""
    _, said = split_reasoning(text)
    found: list[ParsedComparison] = []
    for pairs in iter_json_objects(said):
        fields = {key.lower().strip(): value for key, value in pairs}
        if "better" in fields:
            reasoning = fields.get("reasoning")
            found.append(
                ParsedComparison(_parse_better(fields["better"]), reasoning if isinstance(reasoning, str) else None)
            )
    if not found:
        found = [ParsedComparison(_parse_better(match["said"])) for match in _SECTION.finditer(said)]
    if not found or len({one.better for one in found}) > 1:
        return ParsedComparison("Unreadable")
    return found[0]


def _parse_better(value: object) -> Better:
    if not isinstance(value, str):
        return "Unreadable"
    if _TIE.fullmatch(value.strip().strip("\"'`*_.")):
        return "Tie"
    choice = parse_choice(value)
    return choice if choice in ("Left", "Right") else "Unreadable"


def resolve_winner(said: Sequence[tuple[Side, Better]]) -> Literal["a", "b", "tie"] | None:
    """The winner from what was said with each run Left: the same run both times, else a tie; None where one is unreadable."""
    if any(better == "Unreadable" for _, better in said):
        return None
    winners: set[Literal["a", "b", "tie"]] = {
        "tie" if better == "Tie" else left if better == "Left" else SIDES[1 - SIDES.index(left)]
        for left, better in said
    }
    return winners.pop() if len(winners) == 1 else "tie"
