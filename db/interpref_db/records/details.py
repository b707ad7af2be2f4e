"""One record, whole, by its identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.constrained_choice import option_probabilities
from interpref_core.text.lenient_json import read_json
from interpref_db.exporters.native import NATIVE_ORDER, TYPES
from interpref_db.queries import sql

if TYPE_CHECKING:
    from interpref_db.study.study import Study

_NESTED = {"extra", "parameters", "prompt", "trace", "provenance", "counts", "prompts", "settings", "made", "refused"}
_HIDDEN = {"key", "content", "opening"}
_MADE = ("chunk", "preference", "pair", "query", "history", "item")  # kinds that a trail may lead back from


def find(study: Study, identifier: str) -> list[dict[str, Any]]:
    """Every record with this identifier (kinds may share one), each with its `type`; runs are found by name too.

    A history comes with its turns, an item with both preferences, histories and every run's responses.
    """
    found = []
    with study.reading() as cursor:
        for kind in NATIVE_ORDER:
            by_name = " OR name = $id" if kind == "runs" else ""
            result = cursor.execute(f"SELECT * FROM {kind} WHERE id = $id{by_name}", {"id": identifier})  # noqa: S608 - ours
            names = [column[0] for column in result.description or []]
            for row in result.fetchall():
                record = dict(zip(names, row, strict=True))
                found.append({"type": TYPES[kind]} | record)
    return [_complete_record(study, record) for record in found]


def _complete_record(study: Study, record: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if record["type"] == "history":
        more["turns"] = study.rows("show_turns", history=record["key"])
        chunks = study.rows("show_chunks", history=record["id"])
        more |= {"chunks": chunks} if chunks else {}
    if record["type"] == "item":
        more |= study.row("show_item", item=record["id"]) or {}
        more["responses"] = study.rows("show_responses", item=record["id"])
        more["verdicts"] = study.rows("show_patterns", item=record["id"])
    if record["type"] in _MADE:
        trail = study.rows("show_trail", kind=record["type"], thing=record["id"])
        more |= {"made_from": trail} if trail else {}
    if record["type"] == "making":
        more["answers"] = study.rows(
            "show_answers", building=record["building"], subject=record["subject"], part=record["part"]
        )
    if record["type"] == "verdict" and (sure := option_probabilities(record["raw"])):
        more["probabilities"] = dict(sure)
    if record["type"] == "preference":
        turns_shown = study.rows("show_source_turns", preference=record["id"])
        more |= {"source_turns": turns_shown} if turns_shown else {}
    shown = {name: value for name, value in record.items() if name not in _HIDDEN and value is not None}
    return {
        name: read_json(value) if name in _NESTED and isinstance(value, str) else value
        for name, value in (shown | more).items()
    }


def turns(study: Study, history: str) -> list[dict[str, Any]]:
    """The turns of a history by its identifier, in order: role, content, time."""
    with study.reading() as cursor:
        row = cursor.execute("SELECT key FROM histories WHERE id = $id", {"id": history}).fetchone()
    return study.rows("show_turns", history=row[0]) if row else []


def texts_for_overlap(study: Study, run: str) -> list[str]:
    """The texts that the overlap judge weighs words by: a run's responses and the preferences that they answer."""
    with study.reading() as cursor:
        return [row[0] for row in cursor.execute(sql("overlap_texts"), {"run": run}).fetchall()]
