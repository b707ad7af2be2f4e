"""Preference data without two model columns: TRL (all its forms), RewardBench, OpenAI preference, KTO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.records.runs import Comparison
from interpref_db.importers.json_records import InvalidRecord, parse
from interpref_db.importers.own_exports import (
    UNNUMBERED,
    derived_id,
    own_export_fields,
    put_comparisons,
    require_model_name,
    restore_comparison,
)
from interpref_db.importers.report import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

_KEPT = ("side", "preference", "subset", "category", "source")


class Preferences:
    """TRL's `prompt`, `chosen`, `rejected` as texts or messages (or without the prompt), RewardBench, OpenAI preference.

    Where no model is named, the two are called chosen and rejected.
    """

    name = "preferences"
    rank = 41

    def recognizes(self, head: FileHead) -> bool:
        return any(
            "conversations" not in one and "messages" not in one and (_is_trl(one) or _is_openai(one))
            for one in _records(head)
        )

    def load(self, context: ImportContext) -> None:
        from interpref_db.importers.formats.comparisons import rows_of

        put_comparisons(context, rows_of(context), _convert_record)


def _records(head: FileHead) -> list[dict[str, Any]]:
    return [one for one in head.sample if isinstance(one, dict)] if head.container != "object" else [dict(head.sample)]


def _is_trl(record: dict[str, Any]) -> bool:
    return {"chosen", "rejected"} <= record.keys()


def _is_openai(record: dict[str, Any]) -> bool:
    return {"input", "preferred_output", "non_preferred_output"} <= record.keys()


def _convert_record(record: Any) -> Iterator[Record]:
    if not isinstance(record, dict):
        raise FieldError(None, "not a JSON object")
    if _is_openai(record):
        prompt = record["input"].get("messages") if isinstance(record["input"], dict) else None
        names = ("preferred_output", "non_preferred_output")
    else:
        prompt, names = record.get("prompt"), ("chosen", "rejected")
    if prompt is not None:
        prompt = _text_or_messages(prompt, "prompt")
    good, bad = (_text_or_messages(record.get(name), name) for name in names)
    if prompt is None:
        prompt, good, bad = _split_shared_prompt(good, bad)
    texts = {
        "prompt": prompt,
        "answer_a": _answer(good, names[0]),
        "answer_b": _answer(bad, names[1]),
        **{name: record[name] for name in _KEPT if isinstance(record.get(name), str)},
    }
    kept = own_export_fields(record)
    first = require_model_name(record.get("chosen_model") or record.get("model") or "chosen", "chosen_model")
    second = require_model_name(record.get("rejected_model") or record.get("model") or "rejected", "rejected_model")
    if kept is not None:
        if "chosen_model" not in record:
            raise FieldError("chosen_model", "no comparison of two models (a dpo-history export)")
        turned = kept.get("winner") == "b"
        a, b = (second, first) if turned else (first, second)
        if turned:
            texts["answer_a"], texts["answer_b"] = texts["answer_b"], texts["answer_a"]
        yield restore_comparison(kept, a, b, texts)
        return
    item = derived_id("prompt", prompt)
    yield Comparison(
        # The same row again is another label, of somebody who said the same.
        id=UNNUMBERED + derived_id("preference", texts, first, second),
        annotator=str(record.get("annotator") or "unknown"),
        model_a=first,
        model_b=second,
        winner="a",
        item=item,
        extra=texts,
    )


def _text_or_messages(value: Any, name: str) -> Any:
    if isinstance(value, str) and value.startswith('[{"role"'):
        # Messages in a cell of a table.
        read = parse(value)
        value = value if isinstance(read, InvalidRecord) else read
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        raise FieldError(name, "missing, or neither a text nor messages")
    for n, one in enumerate(value):
        if not isinstance(one, dict) or not isinstance(one.get("role"), str) or not isinstance(one.get("content"), str):
            raise FieldError(f"{name}[{n}]", "no message with a role and a text")
    return [{"role": one["role"], "content": one["content"]} for one in value]


def _split_shared_prompt(good: Any, bad: Any) -> tuple[Any, Any, Any]:
    """The prompt that both implicit conversations begin with."""
    if isinstance(good, str) or isinstance(bad, str):
        return "", good, bad
    n = 0
    while n < min(len(good), len(bad)) - 1 and good[n] == bad[n]:
        n += 1
    return good[:n], good[n:], bad[n:]


def _answer(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    if len(value) != 1 or value[0]["role"] != "assistant":
        raise FieldError(name, "not exactly one message of the assistant")
    return str(value[0]["content"])


class Unpaired:
    """KTO's rows with a label: rows of the same prompt that follow each other are one comparison."""

    name = "KTO"
    rank = 42

    def recognizes(self, head: FileHead) -> bool:
        return any({"prompt", "completion", "label"} <= one.keys() for one in _records(head))

    def load(self, context: ImportContext) -> None:
        from interpref_db.importers.formats.comparisons import rows_of

        put_comparisons(context, _twos(rows_of(context)), _from_two)


def _twos(rows: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Two rows of one prompt as one record; a row that stays alone as it is."""
    before: tuple[int, dict[str, Any]] | None = None
    for number, row in rows:
        if isinstance(row, InvalidRecord) or not isinstance(row, dict):
            yield number, row
            continue
        if before is not None and before[1].get("prompt") == row.get("prompt"):
            yield before[0], (before[1], row)
            before = None
            continue
        if before is not None:
            yield before
        before = (number, row)
    if before is not None:
        yield before


def _from_two(two: Any) -> Iterator[Record]:
    if isinstance(two, dict):
        raise FieldError("prompt", "no second completion of the same prompt follows")
    if not isinstance(two, tuple):
        raise FieldError(None, "not a JSON object")
    good = [row.get("label") for row in two]
    if not all(isinstance(label, bool) for label in good):
        raise FieldError("label", "not true or false")
    texts = {
        "prompt": _text_or_messages(two[0].get("prompt"), "prompt"),
        "answer_a": _answer(_text_or_messages(two[0].get("completion"), "completion"), "completion"),
        "answer_b": _answer(_text_or_messages(two[1].get("completion"), "completion"), "completion"),
    }
    a, b = (require_model_name(row.get("model") or f"completion {n}", "model") for n, row in enumerate(two, start=1))
    kept = own_export_fields(two[0])
    if kept is not None:
        yield restore_comparison(kept, a, b, texts)
        return
    yield Comparison(
        id=derived_id("kto", texts, good),
        annotator="unknown",
        model_a=a,
        model_b=b,
        winner="tie" if all(good) else "both bad" if not any(good) else "a" if good[0] else "b",
        item=derived_id("prompt", texts["prompt"]),
        extra=texts,
    )
