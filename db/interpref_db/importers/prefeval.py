"""PrefEval: preferences with a question that tests them, alone (explicit) or with the conversation that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.records import History, Preference, Record, Turn
from interpref_db.importers.chats import check_array
from interpref_db.importers.conversations import Wrong
from interpref_db.importers.histories import converted, put
from interpref_db.importers.published import Known
from interpref_db.importers.reading import records_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_db.importers.base import Context, Head

_KEPT = ("question", "explanation")


class PrefEval:
    """Explicit, persona-driven and choice-based records; the topic is the file's name, as the benchmark has it."""

    name = "PrefEval"
    rank = 5

    def knows(self, head: Head) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and isinstance(one.get("preference"), str) and isinstance(one.get("question"), str)
            for one in head.sample
        )

    def load(self, context: Context) -> None:
        if context.head.container == "array":
            check_array(context)
        known = Known.of(context.writer.connection)
        topic = context.path.name.split(".")[0]
        put(
            context,
            converted(context, records_of(context.head), lambda record: self._records(record, topic, known, context)),
        )

    def _records(self, record: Any, topic: str, known: Known, context: Context) -> Iterator[Record]:
        if not isinstance(record, dict):
            raise Wrong(None, "not a JSON object")
        for name in ("preference", "question"):
            if not isinstance(record.get(name), str) or not record[name].strip():
                raise Wrong(name, "missing or not a text")
        turns = turns_of(record)
        new = record["preference"] not in known.preferences
        identifier, _ = known.preference(record["preference"])
        if new:
            kept = {name: record[name] for name in _KEPT if isinstance(record.get(name), str)}
            yield Preference(id=identifier, text=record["preference"], extra={"topic": topic, **kept})
        elif not turns:
            context.report.unchanged += 1
        if turns:
            kept = {name: record[name] for name in ("persona", "response_to_q") if isinstance(record.get(name), str)}
            yield History(
                id="",
                turns=turns,
                source=context.source or self.name,
                confidential=context.confidential or None,
                extra={"preference": identifier, **kept},
            )


def turns_of(record: dict[str, Any]) -> tuple[Turn, ...]:
    """The conversation of a record, if it has one: numbered rounds, a choice among options, or one answered statement."""
    conversation = record.get("conversation")
    if isinstance(conversation, dict) and "query" in conversation:
        return _choice(conversation)
    if isinstance(conversation, dict):
        return tuple(turn for key in sorted(conversation, key=_number) for turn in _round(conversation[key], key))
    if conversation is not None:
        raise Wrong("conversation", "not an object of rounds")
    if isinstance(record.get("response_to_pref"), str):
        said = record["preference"], record["response_to_pref"]
        return Turn(role="user", content=said[0]), Turn(role="assistant", content=said[1])
    return ()


def _number(key: str) -> int:
    if not key.isdigit():
        raise Wrong("conversation", f"a round named {key!r}"[:80])
    return int(key)


def _round(value: Any, key: str) -> tuple[Turn, ...]:
    if not isinstance(value, dict) or not isinstance(value.get("user"), str):
        raise Wrong(f"conversation.{key}", "a round without what the user said")
    answer = value.get("assistant")
    user = Turn(role="user", content=value["user"])
    return (user, Turn(role="assistant", content=answer)) if isinstance(answer, str) else (user,)


def _choice(conversation: dict[str, Any]) -> tuple[Turn, ...]:
    """The choice-based form: the user asks, gets options, picks one, and is acknowledged."""
    names = ("query", "assistant_options", "user_selection", "assistant_acknowledgment")
    turns = []
    for n, name in enumerate(names):
        value = conversation.get(name)
        text = "\n".join(str(one) for one in value) if isinstance(value, list) else value
        if not isinstance(text, str):
            raise Wrong(f"conversation.{name}", "missing or not a text")
        turns.append(Turn(role=("user", "assistant")[n % 2], content=text))
    return tuple(turns)
