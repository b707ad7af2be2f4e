"""Everything that reads texts of models, servers and users, each as a function of bytes that raises only what it must not."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from interpref_core.categorization.llm import read_category
from interpref_core.constrained_choice import ChoiceConstraint, option_mass, option_probabilities
from interpref_core.construction import (
    answer_parsing,
    conversation_synthesis,
    counterparts,
    extraction,
    preservation,
    queries,
)
from interpref_core.construction.windows import Span
from interpref_core.judging.pair_comparison import parse_comparison
from interpref_core.judging.verdict_parsing import parse_verdict
from interpref_core.judging.verdict_probabilities import confidence_text, parse_probabilities
from interpref_core.paradigms import PARADIGMS, ParadigmInput, load_paradigm
from interpref_core.paradigms.output_parsing import read_list, split_labelled
from interpref_core.providers.base import ProviderError
from interpref_core.providers.openai.responses import (
    parse_duration,
    parse_error,
    parse_rate_limit_headers,
    read_embeddings,
    read_reply,
    retry_after,
)
from interpref_core.records.data import Turn
from interpref_core.text.openings import find_opening, strip_opening
from interpref_core.text.reasoning_tags import split_reasoning
from interpref_db.lists.filter_language import FilterError, completion_at, format_filter, parse_filter
from tests.support.fuzzing.seeds import reply
from tests.support.fuzzing.watching import check_line

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFERENCES = ("The user likes tea very much.", "The user collects stamps.")
_CHOICES = {"Left", "Right", "Don't know", "Unreadable"}
_FIELDS: Any = {"id": "text", "turns": "number", "passed": "flag", "model": "text"}
_CASE = ParadigmInput(
    query="What now?",
    history=(Turn(role="user", content="I play the oboe."), Turn(role="assistant", content="Good.")),
    preference=_PREFERENCES[0],
    other_history=(Turn(role="user", content="I hate mornings."),),
    other_preference=_PREFERENCES[1],
)

VERDICT = '# reasoning\nIt says "tea".\n# response corresponds to persona_1\nLeft\n# case_label\nDirect content\n'
SEEDS: dict[str, tuple[str, ...]] = {
    "judge": (
        '{"reasoning": "tea", "persona_1": "Left", "case_label": "direct content"}',
        VERDICT,
        "<think>hm</think>\npersona_1: Left",
        "**persona 1**: Don't know, because 'x'",
        '{"persona_1": "Left", "probabilities": {"Left": 0.9, "Right": 0.1}, "mass": 0.8}',
        '{"reasoning": "x", "better": "Tie"}',
        "better: Left",
        "Left   since it fits",
    ),
    "paradigms": (
        '{"preferences": ["The user plays the oboe."], "instructions": ["Because the user plays, name duets."]}',
        "- The user plays.\n1. Because the user hates mornings, wait.\n",
        "persona: a player\n\nAnswer: Play.",
        "**Reasoning** : so\n**Answer**\nPlay.",
        'preferences": ["cut \\"here',
    ),
    "construction": (
        (
            '{"chunks": [{"begin_dialog_id": 1, "end_dialog_id": 3, "topic": "tea", "personal_profile": [{"text": "The user '
            'likes tea.", "turns": [1, 2]}], "response_format": []}]}'
        ),
        "begin_dialog_id: 1\nend_dialog_id: Dialog 3\ntopic: tea\npersonal_profile:\n- The user likes tea. [1, 2]\n",
        '{"queries": ["What shall I drink?", "Where to go?"]}',
        (
            '{"checked": [{"number": 1, "gives_away": false, "both_could_ask": true, "same_topic": true, "different": true, '
            '"distance": 2}]}'
        ),
        "user: Hello\nchatbot: Hi\n---\nuser: So\nassistant: Yes\n",
        '{"user_1": "a", "assistant_1": "b", "user_2": "c", "assistant_2": "d"}',
        '{"note": "1"}',
        '{"type": "Food / dietary"}',
        '{"counterparts": ["The user likes rum."]}',
    ),
    "replies": (
        json.dumps(reply()),
        json.dumps(reply([{"type": "text", "text": "a"}])),
        '{"error": {"message": "context_length_exceeded", "code": "x", "type": "y"}}',
        '{"data": [{"index": 0, "embedding": [0.5, 1]}, {"index": 1, "embedding": [1, 2]}]}',
    ),
    "headers": ("1", "20ms", "1h2m3.5s", "Wed, 21 Oct 2026 07:28:00 GMT", "0.5", "1000"),
    "filters": (
        'model:gpt-4o passed:false turns:>20 -id:zh "wedding cake"',
        "turns:5..10 turns:2k,3 id:=x model:*",
        '-"a \\" b" turns:<=1_000.5',
    ),
}


def _text(data: bytes) -> str:
    """Bytes as what arrives from a server: half surrogates do, since JSON can say them."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def read_judge(data: bytes) -> None:
    """All that reads a judge's output."""
    text = _text(data)
    verdict = parse_verdict(text)
    assert verdict.choice in _CHOICES
    assert parse_probabilities(text).choice in _CHOICES
    assert parse_comparison(text).better in ("Left", "Right", "Tie", "Unreadable")
    found, mass = option_probabilities(text), option_mass(text)
    assert found is None or all(isinstance(one, float) for one in found.values())
    assert mass is None or isinstance(mass, float)
    confidence_text(text)
    thoughts, said = split_reasoning(text)
    assert said.strip() in text
    assert thoughts is None or thoughts in text
    strip_opening(text)
    find_opening(text)


def read_paradigms(data: bytes) -> None:
    """Every paradigm, with a model that says this whatever it is asked."""
    text = _text(data)

    async def ask(stage: str, messages: Any, schema: Any) -> str:
        return text

    for name in _paradigms():
        answer = asyncio.run(load_paradigm(name).answer(_CASE, ask))
        assert isinstance(answer.text, str)
        json.dumps(answer.trace)
    for key in ("preferences", "instructions"):
        listed = read_list(text, key, 10)
        assert listed is None or (len(listed) <= 10 and all(isinstance(one, str) for one in listed))
    first, second = split_labelled(text, "persona", "answer")
    assert isinstance(second, str)
    assert first is None or first in text


@cache
def _paradigms() -> tuple[str, ...]:
    return tuple(PARADIGMS)


def read_construction(data: bytes) -> None:
    """All that reads what models answer to the prompts of construction: read, or Unreadable."""
    text = _text(data)
    readers: tuple[Callable[[], Any], ...] = (
        lambda: extraction.read_window(text, Span(1, 9)),
        lambda: queries.read_queries(text, _PREFERENCES),
        lambda: queries.read_check(text, ["a", "b"]),
        lambda: counterparts.read_counterparts(text, _PREFERENCES[0]),
        lambda: counterparts.read_check(text, ["a", "b"]),
        lambda: conversation_synthesis.read_conversation(text, _PREFERENCES[0]),
        lambda: preservation.read_notes(text),
        lambda: preservation.read_same(text, ["a", "b"]),
        lambda: read_category(text),
    )
    for reader in readers:
        try:
            reader()
        except answer_parsing.UnreadableAnswer as error:
            check_line(error)


def read_replies(data: bytes) -> None:
    """All that reads the body of a server's answer: read, or a ProviderError."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = _text(data)
    choice = ChoiceConstraint("persona_1", ("Left", "Right", "Don't know"))
    readers: tuple[Callable[[], Any], ...] = (
        lambda: read_reply(body, 0.1, constrained=False),
        lambda: read_reply(body, 0.1, constrained=True, choice=choice),
        lambda: read_embeddings(body, 2),
    )
    for reader in readers:
        try:
            reader()
        except ProviderError as error:
            check_line(error)
    for status in (400, 401, 404, 413, 429, 500, 503, 302):
        assert str(parse_error(status, body, {}, model="m", key_place="KEY"))


def read_headers(data: bytes) -> None:
    """What a server says of its limits."""
    text = data.decode("latin-1")
    for name in ("retry-after", "retry-after-ms"):
        waits = retry_after({name: text})
        assert waits is None or 0 <= waits <= 86_400
    seconds = parse_duration(text)
    assert seconds is None or 0 <= seconds <= 86_400
    names = ("remaining-requests", "remaining-tokens", "reset-requests", "reset-tokens")
    parse_rate_limit_headers({f"x-ratelimit-{name}": text for name in names})


def read_filter(data: bytes) -> None:
    """The filter language: read, or one line; and what is written of it says the same."""
    text = data.decode("utf-8", "replace")
    for cursor in (0, len(text) // 2, len(text)):
        completion_at(text, cursor, {"name": "model"})
    try:
        terms = parse_filter(text, _FIELDS, {"name": "model"})
    except FilterError as error:
        check_line(str(error).replace("\n", " "))
        return
    again = parse_filter(format_filter(terms), _FIELDS)
    assert again == terms, f"{format_filter(terms)!r} says {again}, not {terms}"


TARGETS: dict[str, Callable[[bytes], None]] = {
    "judge": read_judge,
    "paradigms": read_paradigms,
    "construction": read_construction,
    "replies": read_replies,
    "headers": read_headers,
    "filters": read_filter,
}
