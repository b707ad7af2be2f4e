"""Comparisons that interpref exported itself, in whatever format: back as they were, and never twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.records.runs import Comparison
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import parse
from interpref_db.importers.memory_limit import modest_memory
from interpref_db.importers.report import FieldError
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import ImportContext

OURS = "interpref"
UNNUMBERED = "\x1funnumbered\x1f"  # begins the identifier of a row that may be there several times
_WINNERS = ("a", "b", "tie", "both bad", "skip")
_TEXTS = ("item", "left", "time", "run_a", "run_b")
_BESIDE = ("kind", "flagged", "comment", "confidence", "opinion")


def own_export_fields(record: dict[str, Any]) -> dict[str, Any] | None:
    """What an export of ours kept beside a format's own columns, or None."""
    kept = record.get(OURS)
    if isinstance(kept, str):
        kept = parse(kept)
    return kept if isinstance(kept, dict) and isinstance(kept.get("id"), str) else None


def restore_comparison(kept: dict[str, Any], model_a: str, model_b: str, texts: dict[str, Any]) -> Comparison:
    """The comparison that was exported. Raises Wrong."""
    if not isinstance(kept.get("id"), str):
        raise FieldError(f"{OURS}.id", "missing or not a text")
    if kept.get("winner") not in _WINNERS:
        raise FieldError(f"{OURS}.winner", f"not one of {', '.join(_WINNERS)}")
    if not isinstance(kept.get("annotator"), str):
        raise FieldError(f"{OURS}.annotator", "missing or not a text")
    for name in _TEXTS:
        if not isinstance(kept.get(name), str | None):
            raise FieldError(f"{OURS}.{name}", "not a text")
    left = kept.get("left")
    if left not in ("a", "b", None):
        raise FieldError(f"{OURS}.left", "neither a nor b")
    extra = kept.get("extra") if isinstance(kept.get("extra"), dict) else {}
    beside = {name: kept[name] for name in _BESIDE if kept.get(name) not in (None, "imported")}
    return Comparison(
        id=kept["id"],
        annotator=kept["annotator"],
        model_a=model_a,
        model_b=model_b,
        winner=kept["winner"],
        item=kept.get("item"),
        run_a=kept.get("run_a"),
        run_b=kept.get("run_b"),
        left=left,
        time=kept.get("time"),
        extra={**texts, **(extra or {}), **beside},
    )


def require_model_name(model: Any, column: str) -> str:
    """A model's name. Raises Wrong where there is none."""
    if not isinstance(model, str) or not model.strip():
        raise FieldError(column, "missing or empty")
    return model


def derived_id(*parts: object) -> str:
    """An identifier that follows from the content."""
    return content_hash(list(parts))[:32]


def put_comparisons(
    context: ImportContext, records: Iterable[tuple[int, Any]], convert: Callable[[Any], Iterable[Record]]
) -> None:
    """Stage comparisons; those that stand in the study as labels are unchanged, and each identifier goes in once a file
    (an export may have several rows for one comparison). Of equal rows that have no identifier each is one of its own:
    theirs begins with UNNUMBERED and ends, from the second on, in a number."""

    def joined() -> Iterator[tuple[int, Record]]:
        held: tuple[int, Comparison] | None = None
        for number, record in convert_histories(context, records, convert):
            if not isinstance(record, Comparison):
                yield number, record
                continue
            if held is not None and record.id == held[1].id and not record.id.startswith(UNNUMBERED):
                held = held[0], _join_exchanges(held[1], record)
                continue
            if held is not None:
                yield held
            held = number, record
        if held is not None:
            yield held

    with modest_memory(context.writer.connection):
        context.writer.add(joined(), origin=str(context.path))
        _number(context)
        insert_histories(context, ())


def _number(context: ImportContext) -> None:
    """Give what is staged its identifiers, each once. In SQL: a set of what was seen would grow with the file."""
    connection = context.writer.connection
    given = {"mark": UNNUMBERED}
    unchanged, repeated, unnumbered = connection.execute(sql("import_repeated"), given).fetchall()[0]
    context.report.unchanged += unchanged
    if unchanged or repeated or unnumbered:
        connection.execute(sql("import_number"), given)
        connection.execute(sql("import_numbered"))


_EXCHANGE = ("prompt", "answer_a", "answer_b", "side", "preference")


def _join_exchanges(first: Comparison, more: Comparison) -> Comparison:
    """One comparison of two rows, one an exchange."""
    rest = {key: value for key, value in first.extra.items() if key not in _EXCHANGE}
    exchanges = first.extra.get("exchanges") or [_exchange(first)]
    exchanges.append(_exchange(more))
    return replace(first, extra={**rest, "exchanges": exchanges})


def _exchange(one: Comparison) -> dict[str, Any]:
    return {key: one.extra[key] for key in _EXCHANGE if key in one.extra}
