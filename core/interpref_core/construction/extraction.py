"""Extraction (paper section 3.3.1, Figure 9): what one window of a history shows, chunk by chunk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from interpref_core.construction.answer_parsing import (
    LONGEST,
    UnreadableAnswer,
    iter_json_values,
    parse_int,
    strip_reasoning,
    text_of,
)
from interpref_core.construction.chunks import ExtractedPreference, Kind, WindowChunk
from interpref_core.construction.windows import Span
from interpref_core.providers.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Json

_SHOWN = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"text": {"type": "string"}, "turns": {"type": "array", "items": {"type": "integer"}}},
        "required": ["text", "turns"],
        "additionalProperties": False,
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "chunks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "begin_dialog_id": {"type": "integer"},
                    "end_dialog_id": {"type": "integer"},
                    "topic": {"type": "string"},
                    "personal_profile": _SHOWN,
                    "response_format": _SHOWN,
                },
                "required": ["begin_dialog_id", "end_dialog_id", "topic", "personal_profile", "response_format"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["chunks"],
    "additionalProperties": False,
}

KINDS: tuple[tuple[str, Kind], ...] = (("personal_profile", "profile"), ("response_format", "format"))
MOST_TOPIC = 200

# Labelled lines, for models that keep to no JSON: what stands before the colon, in English and Chinese.
_LABELS: dict[str, str] = {
    "begin_dialog_id": r"begin(?:[ _]dialog)?(?:[ _]id)?|start|开始(?:对话)?(?:编号)?",
    "end_dialog_id": r"end(?:[ _]dialog)?(?:[ _]id)?|结束(?:对话)?(?:编号)?",
    "topic": r"topic|主题|话题",
    "personal_profile": r"personal[ _]profile|个人信息|用户画像",
    "response_format": r"response[ _]format|回答(?:格式|方式)|回复(?:格式|方式)",
}
_LINE = re.compile(
    r"^[\s>#*_\-\"'`]*(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + r")[\s*_\"'`]*"
    r"[:：][\s*_]*(?P<rest>.*)$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*•·]|\d+[.)、])\s*(\S.*)")  # of a line without the blanks around it
_TURNS = re.compile(r"[\[(（]\s*(?:(?:dialog|turn)s?\s*)?(\d+(?:\s*[,，、-]\s*\d+)*)\s*[\])）]\s*$", re.IGNORECASE)
_NOTHING = re.compile(
    r"(?:none|n/?a|nothing|unknown|not (?:mentioned|specified|given)|无|没有|未提及)\W*", re.IGNORECASE
)


def extract_messages(prompt: Prompt, dialogue: str) -> tuple[Message, ...]:
    """The one message of a window; send SCHEMA with it."""
    return (Message("user", prompt.fill(dialogue=dialogue)),)


def read_window(text: str, window: Span) -> tuple[list[WindowChunk], list[Json]]:
    """The pieces that an answer gives, as it gives them, and what of it is refused ({text, reason}).

    Raises Unreadable when no chunk can be read from it.
    """
    refused: list[Json] = []
    given = list(_objects(strip_reasoning(text))) or list(_iter_labelled_chunks(strip_reasoning(text)))
    pieces = [piece for one in given if (piece := _piece(one, window, refused)) is not None]
    if not pieces:
        raise UnreadableAnswer(str(refused[0]["reason"]) if refused else "no chunk can be read from the answer")
    return pieces, refused


def _objects(text: str) -> Iterator[Json]:
    """Chunks as JSON objects, wherever they stand: in {"chunks": […]}, in an array, or one by one where it is cut."""
    for value in iter_json_values(text):
        inner = value.get("chunks", [value]) if isinstance(value, dict) else value
        for one in inner if isinstance(inner, list) else ():
            if isinstance(one, dict) and "begin_dialog_id" in one:
                yield one


def _iter_labelled_chunks(text: str) -> Iterator[Json]:
    """Chunks as labelled lines; each begins with where it begins."""
    chunk: Json = {}
    field = ""
    for line in text.splitlines():
        label = _LINE.match(line)
        if label:
            field = next(name for name in _LABELS if label.group(name))
            if field == "begin_dialog_id" and chunk:
                yield chunk
                chunk = {}
            rest = label.group("rest").strip()
            if field in ("personal_profile", "response_format"):
                chunk.setdefault(field, []).extend([rest] if rest else [])
            else:
                chunk[field] = rest
        elif field in ("personal_profile", "response_format") and (bullet := _BULLET.fullmatch(line.strip())):
            chunk[field].append(bullet.group(1))
    if chunk:
        yield chunk


def _piece(given: Json, window: Span, refused: list[Json]) -> WindowChunk | None:
    first, last = parse_int(given.get("begin_dialog_id")), parse_int(given.get("end_dialog_id"))
    topic = text_of(given.get("topic"))[:MOST_TOPIC] or None
    if first is None or last is None or first > last or last < window.first or first > window.last:
        reason = f"no chunk of turns {window.first} to {window.last} ({given.get('begin_dialog_id')!r} to "
        refused.append({"text": topic or "", "reason": f"{reason}{given.get('end_dialog_id')!r})"[:200]})
        return None
    span = Span(max(first, window.first), min(last, window.last))
    found = [one for name, kind in KINDS for one in _iter_preferences(given.get(name), kind, span, refused)]
    return WindowChunk(span, topic, tuple(found))


def _iter_preferences(given: Any, kind: Kind, span: Span, refused: list[Json]) -> Iterator[ExtractedPreference]:
    seen: set[str] = set()
    for one in given if isinstance(given, list) else [given] if given else ():
        text, turns = _sentence(one)
        if not text or text in seen or _NOTHING.fullmatch(text):
            continue
        seen.add(text)
        if len(text) > LONGEST:
            refused.append({"text": text[:LONGEST], "reason": f"longer than {LONGEST} characters: not one sentence"})
        elif "…" in text and len(text) < 20:
            refused.append({"text": text, "reason": "a placeholder of the prompt, not a sentence"})
        else:
            yield ExtractedPreference(kind, text, tuple(turn for turn in turns if turn in span) or _all(span))


def _sentence(one: Any) -> tuple[str, Sequence[int]]:
    """A sentence and the turns that show it: an object's, or those in brackets at its end."""
    text = text_of(one)
    if isinstance(one, dict):
        turns = one.get("turns")
        numbers = [parse_int(turn) for turn in turns] if isinstance(turns, list) else []
        return text, sorted({number for number in numbers if number is not None})
    named = _TURNS.search(text)
    if named:
        listed = {int(number) for number in re.findall(r"\d{1,9}", named.group(1))}
        return text[: named.start()].strip(), sorted(listed)
    return text, ()


def _all(span: Span) -> tuple[int, ...]:
    return tuple(range(span.first, span.last + 1))
