"""Histories from the exports of chat services: ChatGPT, Claude on the web, Claude Code; and from LAPS dialogues."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from interpref_core.records.data import History, Turn
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import InvalidRecord, iter_records
from interpref_db.importers.report import FieldError, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext


def _moment(stamp: Any) -> str | None:
    """A time as ISO 8601, from seconds since 1970 or from text."""
    if isinstance(stamp, str):
        return stamp
    if isinstance(stamp, int | float) and stamp > 0:
        try:
            return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        except (ValueError, OverflowError, OSError):
            return None
    return None


class _ConversationArray(ABC):
    """A JSON array (or lines) of conversations, each converted alone."""

    name: str
    rank = 5

    def load(self, context: ImportContext) -> None:
        def convert(record: Any) -> Iterable[Record]:
            if not isinstance(record, dict):
                raise FieldError(None, "not a JSON object")
            return (self.history(record, context),)

        insert_histories(context, convert_histories(context, iter_records(context.head), convert))

    @abstractmethod
    def history(self, record: dict[str, Any], context: ImportContext) -> History:
        """The history of one record. Raises Wrong."""

    def made(self, context: ImportContext, identifier: Any, turns: list[Turn], **fields: Any) -> History:
        """A history of these turns. Raises Wrong when nothing was said in them."""
        if not turns:
            raise FieldError(None, "nothing in it that a user or an assistant said")
        return History(
            id=str(identifier) if isinstance(identifier, str | int) else "",
            turns=tuple(turns),
            source=context.source or self.name,
            confidential=context.confidential or None,
            **fields,
        )


class ChatGPTExport(_ConversationArray):
    """`conversations.json`: a tree of messages; the branch that the user last saw is the history."""

    name = "ChatGPT export"

    def recognizes(self, head: FileHead) -> bool:
        return head.container != "table" and any(isinstance(one.get("mapping"), dict) for one in head.records)

    def history(self, record: dict[str, Any], context: ImportContext) -> History:
        mapping = record.get("mapping")
        if not isinstance(mapping, dict):
            raise FieldError("mapping", "missing or not an object")
        turns = [turn for message in _branch(mapping, record.get("current_node")) if (turn := _chatgpt_turn(message))]
        title = record.get("title")
        return self.made(
            context,
            record.get("conversation_id") or record.get("id"),
            turns,
            title=title if isinstance(title, str) else None,
        )


def _branch(mapping: dict[str, Any], current: Any) -> list[dict[str, Any]]:
    """The messages from the root to the current node, or to the newest leaf where none is named."""
    if not isinstance(current, str) or current not in mapping:
        leaves = [key for key, node in mapping.items() if isinstance(node, dict) and not node.get("children")]

        def made(key: str) -> float:
            message = mapping[key].get("message")
            stamp = message.get("create_time") if isinstance(message, dict) else None
            return float(stamp) if isinstance(stamp, int | float) else 0.0

        current = max(leaves, key=made, default=None)
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(current, str) and current in mapping and current not in seen:
        seen.add(current)
        node = mapping[current]
        if not isinstance(node, dict):
            break
        if isinstance(node.get("message"), dict):
            found.append(node["message"])
        current = node.get("parent")
    return found[::-1]


def _chatgpt_turn(message: dict[str, Any]) -> Turn | None:
    """One message as a turn; None for what the user never saw (system, tools, hidden, addressed to a tool, empty)."""
    author = message.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    metadata = message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    if role not in ("user", "assistant") or hidden or message.get("recipient", "all") != "all":
        return None
    text = _chatgpt_text(message.get("content"))
    return Turn(role=role, content=text, time=_moment(message.get("create_time"))) if text.strip() else None


def _chatgpt_text(content: Any) -> str:
    if not isinstance(content, dict) or content.get("content_type") in (
        "thoughts",
        "reasoning_recap",
        "user_editable_context",
    ):
        return ""
    if isinstance(content.get("text"), str):
        return str(content["text"])
    parts = content.get("parts")
    texts = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            text = part.get("text")
            texts.append(text if isinstance(text, str) else f"[{part.get('content_type', 'attachment')}]")
    return "\n".join(texts)


class ClaudeExport(_ConversationArray):
    """The export of Claude on the web: conversations with `chat_messages`."""

    name = "Claude export"

    def recognizes(self, head: FileHead) -> bool:
        return head.container != "table" and any(isinstance(one.get("chat_messages"), list) for one in head.records)

    def history(self, record: dict[str, Any], context: ImportContext) -> History:
        messages = record.get("chat_messages")
        if not isinstance(messages, list):
            raise FieldError("chat_messages", "missing or not a list")
        turns = []
        for message in messages:
            role = {"human": "user", "assistant": "assistant"}.get(
                str(message.get("sender")) if isinstance(message, dict) else ""
            )
            text = _parts(message.get("content")) or str(message.get("text") or "") if role else ""
            if role and text.strip():
                turns.append(Turn(role=role, content=text, time=_moment(message.get("created_at"))))
        title = record.get("name")
        return self.made(context, record.get("uuid"), turns, title=title if isinstance(title, str) and title else None)


def _parts(content: Any) -> str:
    """The texts of a message's parts; what was thought, or done with tools, is not what was said."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))


class ClaudeCodeSession:
    """The log of a Claude Code session: one line a message, one history a session."""

    name = "Claude Code session"
    rank = 5

    def recognizes(self, head: FileHead) -> bool:
        return head.container == "lines" and any(
            isinstance(one, dict) and "sessionId" in one and isinstance(one.get("message"), dict) for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        insert_histories(context, self._histories(context))

    def _histories(self, context: ImportContext) -> Iterator[tuple[int, Record]]:
        sessions: dict[str, list[Turn]] = {}
        began: dict[str, int] = {}
        for number, line in iter_records(context.head):
            if isinstance(line, InvalidRecord) or not isinstance(line, dict):
                reason = line.reason if isinstance(line, InvalidRecord) else "not a JSON object"
                context.report.rejected.append(Rejected(str(context.path), number, reason))
                continue
            message = line.get("message")
            if line.get("type") not in ("user", "assistant") or not isinstance(message, dict):
                continue
            text = _parts(message.get("content"))
            if text.strip():
                session = str(line.get("sessionId"))
                began.setdefault(session, number)
                turn = Turn(role=line["type"], content=text, time=_moment(line.get("timestamp")))
                sessions.setdefault(session, []).append(turn)
        for session, turns in sessions.items():
            yield (
                began[session],
                History(
                    id=session,
                    turns=tuple(turns),
                    source=context.source or self.name,
                    confidential=context.confidential or None,
                ),
            )


class Laps(_ConversationArray):
    """LAPS: dialogues of several sessions of one user, with the preferences that each session brought out."""

    name = "LAPS"

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict)
            and isinstance(one.get("sessions"), list)
            and any(isinstance(session, dict) and "dialogue" in session for session in one["sessions"])
            for one in head.sample
        )

    def history(self, record: dict[str, Any], context: ImportContext) -> History:
        sessions = record.get("sessions")
        if not isinstance(sessions, list):
            raise FieldError("sessions", "missing or not a list")
        turns = []
        for n, session in enumerate(sessions):
            dialogue = session.get("dialogue") if isinstance(session, dict) else None
            if not isinstance(dialogue, list):
                raise FieldError(f"sessions[{n}].dialogue", "missing or not a list")
            for turn in dialogue:
                role = str(turn.get("role", "")).lower() if isinstance(turn, dict) else ""
                if role not in ("user", "assistant") or not isinstance(turn.get("message"), str):
                    raise FieldError(f"sessions[{n}].dialogue", "a turn without role or message")
                turns.append(Turn(role=role, content=turn["message"]))
        kept = [{key: value for key, value in session.items() if key != "dialogue"} for session in sessions]
        user = record.get("worker_id")
        return self.made(
            context,
            None,
            turns,
            user=str(user) if user is not None else None,
            extra={"topic": record.get("topic"), "sessions": json.loads(json.dumps(kept))},
        )
