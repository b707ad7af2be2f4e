"""PrefEval: preferences with a question that tests them, alone (explicit) or with the conversation that shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interpref_core.ids import uuid7
from interpref_core.records.data import History, Preference, Turn
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import iter_records
from interpref_db.importers.report import FieldError
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

_ASKED = ("topic", "question", "explanation")


class PrefEval:
    """Explicit, persona-driven and choice-based records; the topic is the file's name, as the benchmark has it."""

    name = "PrefEval"
    rank = 5

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and isinstance(one.get("preference"), str) and isinstance(one.get("question"), str)
            for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        known = _Preferences.of(context.writer.connection)
        topic = context.path.name.split(".")[0]
        records = list(
            convert_histories(
                context, iter_records(context.head), lambda record: self._records(record, topic, known, context)
            )
        )
        # Only now is it known what each preference is asked about.
        insert_histories(context, ((number, known.whole(record)) for number, record in records))
        known.enrich(context)

    def _records(self, record: Any, topic: str, known: _Preferences, context: ImportContext) -> Iterator[Record]:
        if not isinstance(record, dict):
            raise FieldError(None, "not a JSON object")
        for name in ("preference", "question"):
            if not isinstance(record.get(name), str) or not record[name].strip():
                raise FieldError(name, "missing or not a text")
        turns = turns_of(record)
        text = record["preference"]
        asked = {name: record[name] for name in ("question", "explanation") if isinstance(record.get(name), str)}
        new = text not in known.ids
        changed = known.take(text, {"topic": topic, **asked})
        if new:
            yield Preference(id=known.ids[text], text=text)
        elif changed:
            context.report.counts["enriched"] = context.report.counts.get("enriched", 0) + 1
        elif not turns:
            context.report.unchanged += 1
        if turns:
            kept = {name: record[name] for name in ("persona", "response_to_q") if isinstance(record.get(name), str)}
            yield History(
                id="",
                turns=turns,
                source=context.source or self.name,
                confidential=context.confidential or None,
                extra={"preference": known.ids[text], **kept},
            )


@dataclass(slots=True)
class _Preferences:
    """Preferences by their text: the same sentence is the same preference, whichever file and topic it comes in.

    What it is asked about first stays where it is (`topic`, `question`, `explanation`); further questions are in `also`.
    """

    ids: dict[str, str] = field(default_factory=dict)
    _extras: dict[str, dict[str, Any]] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)
    _changed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, connection: DuckDBPyConnection) -> _Preferences:
        known = cls()
        for text, identifier, extra in connection.execute(sql("import_known_extras")).fetchall():
            known.ids[text] = identifier
            known._extras[identifier] = json.loads(extra) if extra else {}
            known._settled.add(identifier)
        return known

    def take(self, text: str, asked: dict[str, str]) -> bool:
        """Note what a preference is asked about. False when that is known already."""
        identifier = self.ids.setdefault(text, uuid7())
        extra = self._extras.setdefault(identifier, {})
        first = {name: extra[name] for name in _ASKED if name in extra}
        if "question" not in first:
            extra.update({name: text for name, text in asked.items() if name not in extra})
        elif any(one.get("question") == asked["question"] for one in (first, *extra.get("also", ()))):
            return False
        else:
            extra["also"] = [*extra.get("also", ()), asked]
        self._changed.add(identifier)
        return True

    def whole(self, record: Record) -> Record:
        """A new preference with all that it carries; any other record as it is."""
        return replace(record, extra=self._extras[record.id]) if isinstance(record, Preference) else record

    def enrich(self, context: ImportContext) -> None:
        """Give preferences that the study had already what they carry now."""
        ids = sorted(self._changed & self._settled)
        if ids:
            extras = [json.dumps(self._extras[one], ensure_ascii=False) for one in ids]
            context.writer.connection.execute(sql("import_enrich_preferences"), {"ids": ids, "extras": extras})


def turns_of(record: dict[str, Any]) -> tuple[Turn, ...]:
    """The conversation of a record, if it has one: numbered rounds, a choice among options, or one answered statement."""
    conversation = record.get("conversation")
    if isinstance(conversation, dict) and "query" in conversation:
        return _choice(conversation)
    if isinstance(conversation, dict):
        return tuple(turn for key in sorted(conversation, key=_number) for turn in _round(conversation[key], key))
    if conversation is not None:
        raise FieldError("conversation", "not an object of rounds")
    if isinstance(record.get("response_to_pref"), str):
        said = record["preference"], record["response_to_pref"]
        return Turn(role="user", content=said[0]), Turn(role="assistant", content=said[1])
    return ()


def _number(key: str) -> int:
    if not key.isdigit():
        raise FieldError("conversation", f"a round named {key!r}"[:80])
    return int(key)


def _round(value: Any, key: str) -> tuple[Turn, ...]:
    if not isinstance(value, dict) or not isinstance(value.get("user"), str):
        raise FieldError(f"conversation.{key}", "a round without what the user said")
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
            raise FieldError(f"conversation.{name}", "missing or not a text")
        turns.append(Turn(role=("user", "assistant")[n % 2], content=text))
    return tuple(turns)
