"""The native format: JSON lines, each with a type (history, preference, pair, item, run, response, verdict, ...)."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import OPINION_MODES, QUEUE_ORDERS, TASKS
from interpref_core.clustering.events import EVENTS
from interpref_core.ids import content_hash, uuid7
from interpref_core.records.construction import Query
from interpref_core.records.data import History, Item, Preference
from interpref_core.records.runs import Comparison
from interpref_db.importers.formats.interpref_paper.responses import PublishedStudy
from interpref_db.importers.history_writer import convert_histories, mark_confidential
from interpref_db.importers.json_records import iter_records
from interpref_db.importers.memory_limit import modest_memory
from interpref_db.importers.report import FieldError, Rejected
from interpref_db.queries import sql
from interpref_db.study.pending import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_db.importers.base import FileHead, ImportContext

# What each type must have, and what its fields must be where they are given.
_TEXTS: dict[str, tuple[str, ...]] = {
    "history": ("id",),
    "preference": ("id", "text"),
    "pair": ("id", "a"),
    "item": ("id", "query"),
    "run": ("id", "name", "model", "paradigm"),
    "judging": ("id", "run", "judge", "model"),
    "response": ("id", "run", "item", "text"),
    "verdict": ("id", "run", "judge"),
    "call": ("id", "hash", "stage", "text"),
    "error": ("id", "run", "item", "error", "message"),
    "comparison": ("id", "annotator", "model_a", "model_b"),
    "assignment": ("id",),
    "label": ("id", "annotator", "item", "decided_at"),
    "building": ("id", "stage"),
    "making": ("id", "building", "stage", "subject"),
    "chunk": ("id", "history", "building"),
    "query": ("id", "pair", "text", "building"),
    "link": ("id", "kind", "thing", "source_kind", "source"),
    "superseded": ("id", "kind", "thing"),
    "clustering": ("id", "time", "by"),
    "split": ("id", "time"),
}
_OPTIONAL_TEXTS = (
    "source", "user", "language", "title", "category", "subcategory", "b", "topic", "pair", "history_a", "history_b",
    "provider", "fingerprint", "program", "time", "raw", "reasoning", "case_label", "parsed_by", "note", "judging",
    "run_a", "run_b", "subject", "answer", "shown", "supersedes", "undoes", "comment", "assignment", "first", "shown_at",
    "guideline", "guideline_text", "role", "making", "ignored", "building", "model", "cluster", "name",
    "representative", "vectors",
)  # fmt: skip
_NUMBERS = (
    "seed",
    "expected",
    "seq",
    "row",
    "attempts",
    "status",
    "overlap",
    "confidence",
    "generation",
    "part",
    "number",
    "first_turn",
    "last_turn",
    "queries",
    "place",
)
_LARGEST = {"seed": 1 << 63, "expected": 1 << 63, "confidence": 1 << 7}
_FLAGS = ("confidential", "sample", "strip_openings", "flagged", "both_bad", "adjudicate")
_OBJECTS = ("extra", "parameters", "prompt", "provenance", "trace", "settings", "made")
_LISTS: tuple[tuple[tuple[str, ...], type, str], ...] = (
    (("flags", "runs", "among", "train", "test"), str, "texts"),
    (("prompts", "refused"), dict, "objects"),
)
_ONE_OF: dict[str, tuple[Any, ...]] = {
    "side": ("a", "b"),
    "choice": ("Left", "Right", "Don't know", "Unreadable"),
    "stage of verdict": ("verdict", "opinion"),
    "order of verdict": (1, 2, 3, 4),
    "order of error": (1, 2, 3, 4),
    "order of label": (1, 2, 3, 4),
    "order of assignment": QUEUE_ORDERS,
    "task": TASKS,
    "event of label": ("label", "undo", "mark", "adjudication"),
    "event of clustering": EVENTS,
    "opinion of assignment": OPINION_MODES,
    "winner": ("a", "b", "tie", "both bad", "skip"),
    "left": ("a", "b"),
}
_ROLES = ("user", "assistant", "system", "tool")
_NEEDED = {
    "response": ("side",),
    "verdict": ("choice",),
    "comparison": ("winner",),
    "assignment": ("task",),
    "label": ("task", "event", "seq"),
    "clustering": ("event", "seq"),
    "split": ("seed", "share"),
    "building": ("generation",),
    "chunk": ("number", "first_turn", "last_turn", "queries"),
    "query": ("number",),
}


class Native:
    """What `export --format native` writes, and what people write by hand."""

    name = "interpref"
    rank = 1

    def recognizes(self, head: FileHead) -> bool:
        if head.container == "object":
            return _kind(dict(head.sample)) is not None
        return head.container in ("lines", "array") and any(
            isinstance(one, dict) and (_kind(one) or one.get("type") == "journal") and isinstance(one.get("id"), str)
            for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        origin = str(context.path)
        known = PublishedStudy.of(context.writer.connection)

        def convert(record: Any) -> Iterator[dict[str, Any]]:
            if isinstance(record, dict):
                if record.get("type") == "journal":  # what a journal says of itself; its records follow
                    return
                record.pop("crc", None)
            record = with_extra_fields(with_identifier(record))
            check(record)
            yield from _complete_record(record, known, confidential=context.confidential)

        records = convert_histories(context, iter_records(context.head), convert)  # type: ignore[arg-type]  # dicts are taken as well
        with modest_memory(context.writer.connection):
            context.writer.add(records, origin=origin)
            self._refuse_dangling(context, origin)
            mark_confidential(context, "staged_histories")
            context.writer.connection.execute(sql("import_keep_confidential"))
            context.report.took(context.writer.fold(origin), origin)

    def _refuse_dangling(self, context: ImportContext, origin: str) -> None:
        """Refuse records that name what is neither in the study nor in the file; then what hangs on those."""
        connection = context.writer.connection
        told: set[int] = set()
        for table, column, target, missing in _REFERENCES:
            query = sql("import_dangling").replace("TABLE_NAME", table).replace("COLUMN_NAME", column)
            query = query.replace("TARGET_NAME", target)
            for rowid, line, value in connection.execute(query, {"origin": origin}).fetchall():
                if line not in told:
                    reason = f"there is no {missing} {value!r} in the study or in this file"
                    context.report.rejected.append(Rejected(origin, line, reason, column))
                told.add(line)
                connection.execute(f"DELETE FROM staged_{table} WHERE rowid = ?", [rowid])  # noqa: S608 - names are ours


_REFERENCES = (
    ("pairs", "a", "preferences", "preference"),
    ("pairs", "b", "preferences", "preference"),
    ("items", "pair", "pairs", "pair"),
    ("items", "history_a", "histories", "history"),
    ("items", "history_b", "histories", "history"),
    ("judgings", "run", "runs", "run"),
    ("responses", "run", "runs", "run"),
    ("responses", "item", "items", "item"),
    ("verdicts", "run", "runs", "run"),
    ("verdicts", "item", "items", "item"),
)


def _kind(record: dict[str, Any]) -> str | None:
    """The type of a record, if it is one that there is."""
    kind = record.get("type")
    return kind if isinstance(kind, str) and kind in TABLES else None


# What is one by these fields and needs no identifier of its own, when people write it by hand.
_KNOWN_BY = {
    "response": ("run", "item", "side"),
    "verdict": ("run", "item", "judge", "order"),
    "comparison": ("item", "annotator", "model_a", "model_b", "winner", "time"),
}


def with_identifier(record: Any) -> Any:
    """A record with an identifier: its own, or one made of what it is known by, the same whenever it is imported."""
    if not isinstance(record, dict) or record.get("id") is not None or record.get("type") not in _KNOWN_BY:
        return record
    return {
        **record,
        "id": content_hash(record["type"], *(record.get(name) for name in _KNOWN_BY[record["type"]]))[:32],
    }


# Types that keep what else people note of them, and the fields that they have themselves.
_OWN_FIELDS = {
    kind: frozenset({"type", "a", "b", *(field.name for field in fields(record))})
    for kind, record in (
        ("history", History),
        ("preference", Preference),
        ("item", Item),
        ("comparison", Comparison),
        ("query", Query),
    )
}


def with_extra_fields(record: Any) -> Any:
    """A record whose unknown fields (the topic of a preference, say) stand under `extra`, where its type has that."""
    own = _OWN_FIELDS.get(_kind(record) or "") if isinstance(record, dict) else None
    if own is None or record.keys() <= own or not isinstance(record.get("extra"), dict | None):
        return record
    unknown = {name: value for name, value in record.items() if name not in own}
    kept = {name: value for name, value in record.items() if name in own}
    return kept | {"extra": unknown | (record.get("extra") or {})}


def check(record: Any) -> None:
    """Raise Wrong unless a record has what its type needs and every field is of its kind."""
    if not isinstance(record, dict):
        raise FieldError(None, "not a JSON object")
    kind = _kind(record)
    if kind is None:
        raise FieldError("type", f"unknown type {record.get('type')!r}"[:100])
    for name in _TEXTS[kind]:
        if not isinstance(record.get(name), str) or (name == "id" and not record[name]):
            raise FieldError(name, "missing or not a text")
    for name in _NEEDED.get(kind, ()):
        if record.get(name) is None:
            raise FieldError(name, "missing")
    _check_kinds(record)
    for name in ("threshold", "share"):
        value = record.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise FieldError(name, "not a number")
    if kind == "history":
        _check_turns(record.get("turns"))
    if kind == "clustering":
        _check_clustering(record)
    if kind == "item" and not isinstance(record.get("pair"), str) and not isinstance(record.get("a"), str):
        raise FieldError("pair", "neither a pair nor two preferences")


def _check_kinds(record: dict[str, Any]) -> None:
    kinds: tuple[tuple[tuple[str, ...], type | tuple[type, ...], str], ...] = (
        (_OPTIONAL_TEXTS, str, "not a text"),
        (_NUMBERS, int, "not a whole number"),
        (_FLAGS, bool, "not true or false"),
        (_OBJECTS, dict, "not an object"),
    )
    for names, wanted, reason in kinds:
        for name in names:
            value = record.get(name)
            if value is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
                raise FieldError(name, reason)
    for name in _NUMBERS:
        if abs(record.get(name) or 0) >= _LARGEST.get(name, 1 << 31):
            raise FieldError(name, "too large a number")
    for names, wanted, reason in _LISTS:
        for name in names:
            value = record.get(name)
            if value is not None and not (isinstance(value, list) and all(isinstance(one, wanted) for one in value)):
                raise FieldError(name, f"not a list of {reason}")
    if record["type"] == "link":
        _check_positions(record.get("turns"))
    for name, allowed in _ONE_OF.items():
        field, _, of = name.partition(" of ")
        value = record.get(field)
        if value is not None and (not of or of == record["type"]) and value not in allowed:
            raise FieldError(field, f"not one of {', '.join(str(one) for one in allowed)}")


def _check_positions(turns: Any) -> None:
    if turns is None:
        return
    if not isinstance(turns, list) or not all(type(one) is int and 0 < one < 1 << 31 for one in turns):
        raise FieldError("turns", "not a list of positions")


def _check_turns(turns: Any) -> None:
    if not isinstance(turns, list) or not turns:
        raise FieldError("turns", "missing, empty, or not a list")
    for n, turn in enumerate(turns):
        if not isinstance(turn, dict):
            raise FieldError(f"turns[{n}]", "not an object")
        if turn.get("role") not in _ROLES:
            raise FieldError(f"turns[{n}].role", f"not one of {', '.join(_ROLES)}")
        if not isinstance(turn.get("content"), str):
            raise FieldError(f"turns[{n}].content", "missing or not a text")
        if not isinstance(turn.get("time"), str | None):
            raise FieldError(f"turns[{n}].time", "not a text")


def _check_clustering(record: dict[str, Any]) -> None:
    """Groups name a cluster and its members, categories a preference and its category."""
    for name, needed, optional in (
        ("groups", ("cluster",), ("representative",)),
        ("categories", ("preference", "category"), ("subcategory",)),
    ):
        parts = record.get(name)
        if parts is not None and not isinstance(parts, list):
            raise FieldError(name, "not a list")
        for n, one in enumerate(parts or ()):
            if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in needed):
                raise FieldError(f"{name}[{n}]", f"no object with {' and '.join(needed)}")
            if not all(isinstance(one.get(key), str | None) for key in optional):
                raise FieldError(f"{name}[{n}].{optional[0]}", "not a text")
            members = one.get("members")
            if name == "groups" and not (isinstance(members, list) and all(isinstance(m, str) for m in members)):
                raise FieldError(f"{name}[{n}].members", "not a list of texts")


def _complete_record(record: dict[str, Any], known: PublishedStudy, *, confidential: bool) -> Iterator[dict[str, Any]]:
    """The record; before an item that names two preferences instead of a pair, the pair that it means."""
    if confidential and record["type"] == "history":
        record = {**record, "confidential": True}
    if record["type"] == "pair":
        known.pairs.setdefault((record["a"], record.get("b")), record["id"])
    if record["type"] == "item" and not isinstance(record.get("pair"), str):
        b = record.get("b")
        new = (record["a"], b) not in known.pairs
        pair = known.pairs.setdefault((record["a"], b), uuid7())
        if new:
            yield {"type": "pair", "id": pair, "a": record["a"], **({"b": b} if b else {})}
        record = {key: value for key, value in record.items() if key not in ("a", "b")} | {"pair": pair}
    yield record
