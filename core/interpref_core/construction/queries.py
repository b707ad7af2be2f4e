"""Candidate queries (paper section 3.3.2, Figure 11): three a pair, that both users could ask and that name neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.construction.answer_parsing import (
    UnreadableAnswer,
    find_json_key,
    iter_json_values,
    parse_int,
    parse_string_list,
    strip_reasoning,
)
from interpref_core.construction.rule_checks import is_repeated, reads_as_user_statement, words_naming_preference
from interpref_core.judging.judge_prompt import NO_PREFERENCE
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Json

WANTED = 3
LONGEST = 600

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"queries": {"type": "array", "items": {"type": "string"}}},
    "required": ["queries"],
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
                    "gives_away": {"type": "boolean"},
                    "both_could_ask": {"type": "boolean"},
                },
                "required": ["number", "gives_away", "both_could_ask"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["checked"],
    "additionalProperties": False,
}


def query_messages(prompt: Prompt, preferences: tuple[str | None, str | None]) -> tuple[Message, ...]:
    """The message that asks for candidate queries of a pair; send SCHEMA with it."""
    a, b = (one_line(text or "") or NO_PREFERENCE for text in preferences)
    return (Message("user", prompt.fill(preference_a=a, preference_b=b)),)


def read_queries(
    text: str, preferences: tuple[str | None, str | None], before: Sequence[str] = ()
) -> tuple[list[str], list[Json]]:
    """The candidates that an answer gives and that name neither preference, and those that are refused. Raises Unreadable.

    `before` are candidates that are kept already.
    """
    kept: list[str] = []
    refused: list[Json] = []
    for query in parse_string_list(text, "queries"):
        reason = query_wrong(query, preferences, [*before, *kept])
        if reason:
            refused.append({"text": query[:LONGEST], "reason": reason})
        elif len(before) + len(kept) < WANTED:
            kept.append(query)
    return kept, refused


def query_wrong(query: str, preferences: tuple[str | None, str | None], others: Sequence[str] = ()) -> str | None:
    """Why a candidate cannot stand, as far as code can tell, or None."""
    if len(query) > LONGEST:
        return f"longer than {LONGEST} characters"
    if reads_as_user_statement(query):
        return "speaks of the user instead of asking"
    if is_repeated(query, others):
        return "given twice"
    if named := words_naming_preference(query, preferences):
        return f"names a preference: {', '.join(named[:5])}"
    return None


def query_check_messages(
    prompt: Prompt, preferences: tuple[str | None, str | None], queries: Sequence[str]
) -> tuple[Message, ...]:
    """The message that has candidates checked: does one give a preference away, could both users ask it."""
    a, b = (one_line(text or "") or NO_PREFERENCE for text in preferences)
    numbered = "\n".join(f"{n}. {one_line(text)}" for n, text in enumerate(queries, start=1))
    return (Message("user", prompt.fill(preference_a=a, preference_b=b, queries=numbered)),)


def read_check(text: str, queries: Sequence[str]) -> tuple[list[str], list[Json]]:
    """The candidates that a check lets through, and those that it does not. Raises Unreadable."""
    found = find_json_key(strip_reasoning(text), "checked")
    if not isinstance(found, list):
        found = next((value for value in iter_json_values(strip_reasoning(text)) if isinstance(value, list)), None)
    if found is None:
        raise UnreadableAnswer("the check of the queries cannot be read")
    verdicts = {parse_int(one.get("number")): one for one in reversed(found) if isinstance(one, dict)}
    kept: list[str] = []
    refused: list[Json] = []
    for number, query in enumerate(queries, start=1):
        verdict = verdicts.get(number, {})
        if verdict.get("gives_away") is False and verdict.get("both_could_ask") is True:
            kept.append(query)
        elif not verdict:
            refused.append({"text": query, "reason": "the check says nothing of it"})
        elif verdict.get("gives_away") is not False:
            refused.append({"text": query, "reason": "gives a preference away (check)"})
        else:
            refused.append({"text": query, "reason": "not a query that both users could ask (check)"})
    return kept, refused
