"""Conversations as ShareGPT and OpenAI write them, one record at a time, exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_core.records.data import History, Turn
from interpref_db.importers.report import FieldError

if TYPE_CHECKING:
    from interpref_db.importers.base import FileHead

# Who speaks, by the names that occur; what is not here is refused.
ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "assistant": "assistant",
    "function_call": "assistant",
    "system": "system",
    "developer": "system",
    "observation": "tool",
    "function": "tool",
    "tool": "tool",
}


def turns_field(record: dict[str, Any]) -> str | None:
    """The field that holds the turns of a record, or None."""
    for name in ("conversations", "messages", "conversation"):
        if isinstance(record.get(name), list):
            return name
    return None


def is_conversation(record: Any) -> bool:
    """Whether a record has a list of turns with a speaker and a text each."""
    if not isinstance(record, dict) or (name := turns_field(record)) is None:
        return False
    first = next((turn for turn in record[name] if isinstance(turn, dict)), None)
    return first is not None and bool({"from", "role"} & first.keys()) and bool({"value", "content"} & first.keys())


def history_of(record: Any, *, source: str | None, confidential: bool) -> History:
    """One history from a ShareGPT or OpenAI record. Raises Wrong."""
    if not isinstance(record, dict):
        raise FieldError(None, "not a JSON object")
    name = turns_field(record)
    if name is None:
        raise FieldError("conversations", "missing or not a list of turns")
    turns = tuple(_turn(turn, f"{name}[{n}]") for n, turn in enumerate(record[name]))
    if not turns:
        raise FieldError(name, "no turns")
    texts = {key: record[key] for key in ("user", "language", "title") if isinstance(record.get(key), str)}
    extra = {key: value for key, value in record.items() if key not in (name, "id", *texts) and value is not None}
    return History(
        id=_identifier(record.get("id")),
        turns=turns,
        source=source,
        confidential=confidential or None,
        extra=extra,
        **texts,
    )


def _identifier(value: Any) -> str:
    """An imported identifier is kept as text; "" where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise FieldError("id", "not a text or a whole number")


def _turn(turn: Any, where: str) -> Turn:
    if not isinstance(turn, dict):
        raise FieldError(where, "a turn that is not an object")
    speaker = turn.get("from", turn.get("role"))
    role = ROLES.get(speaker.lower()) if isinstance(speaker, str) else None
    if role is None:
        raise FieldError(f"{where}.from" if "from" in turn else f"{where}.role", f"unknown speaker {speaker!r}"[:120])
    content = turn.get("value", turn.get("content"))
    return Turn(role=role, content=text_of(content, turn, where))


def text_of(content: Any, turn: dict[str, Any], where: str) -> str:
    """The text of a turn: a string, or a list of parts of which the texts are joined. Tool calls become their JSON."""
    calls = turn.get("tool_calls") or turn.get("function_call")
    called = [json.dumps(calls, ensure_ascii=False)] if calls else []
    if isinstance(content, str):
        return "\n".join([content, *called]) if content else "".join(called)
    if content is None and calls:
        return called[0]
    if isinstance(content, list):
        parts = [_part(part) for part in content]
        if all(part is not None for part in parts):
            return "\n".join([*(part for part in parts if part is not None), *called])
    raise FieldError(f"{where}.value" if "value" in turn else f"{where}.content", "not a text")


def _part(part: Any) -> str | None:
    """One part of a message: its text under `text` or `value`, or a word for what is no text."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return None
    for name in ("text", "value"):
        if isinstance(part.get(name), str):
            return str(part[name])
        if isinstance(part.get(name), dict) and isinstance(part[name].get("value"), str):
            return str(part[name]["value"])
    kind = part.get("type")
    return f"[{kind}]" if isinstance(kind, str) else None


def chat_flavor(head: FileHead) -> str | None:
    """ "ShareGPT" or "OpenAI chat" when the sample is conversations, else None."""
    records = [one for one in head.records if is_conversation(one)]
    if not records:
        return None
    return "OpenAI chat" if turns_field(records[0]) == "messages" else "ShareGPT"
