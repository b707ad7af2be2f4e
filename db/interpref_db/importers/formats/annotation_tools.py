"""Comparisons that people made in other tools: LLM Comparator, Argilla, Label Studio, FastChat's judge files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from interpref_core.records.runs import Comparison
from interpref_db.importers.json_records import iter_records
from interpref_db.importers.own_exports import (
    derived_id,
    own_export_fields,
    put_comparisons,
    require_model_name,
    restore_comparison,
)
from interpref_db.importers.report import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

Winner = Literal["a", "b", "tie", "both bad", "skip"]


class _Tool:
    """What the importers here share: each record of a file is one or more comparisons."""

    def load(self, context: ImportContext) -> None:
        put_comparisons(context, iter_records(context.head), self.converted)

    def converted(self, record: Any) -> Iterator[Record]:
        raise NotImplementedError


class LLMComparator(_Tool):
    """PAIR's document with `models` and `examples`; each rating is a comparison, or an example's own score where it has none."""

    name = "LLM Comparator"
    rank = 43

    def recognizes(self, head: FileHead) -> bool:
        if head.container not in ("object", "lines"):
            return False
        one = dict(head.sample) if head.container == "object" else (head.sample[0] if head.sample else {})
        return isinstance(one, dict) and {"models", "examples"} <= one.keys()

    def converted(self, record: Any) -> Iterator[Record]:
        models = record.get("models") if isinstance(record, dict) else None
        if not isinstance(models, list) or len(models) != 2:
            raise FieldError("models", "not two models")
        a, b = (
            require_model_name(model.get("name") if isinstance(model, dict) else model, "models") for model in models
        )
        examples = record.get("examples")
        if not isinstance(examples, list):
            raise FieldError("examples", "missing or not a list")
        for number, example in enumerate(examples):
            yield from _of_example(example, a, b, f"examples[{number}]")


def _of_example(example: Any, a: str, b: str, where: str) -> Iterator[Record]:
    if not isinstance(example, dict):
        raise FieldError(where, "not an object")
    texts = {
        name: example[key]
        for name, key in (("prompt", "input_text"), ("answer_a", "output_text_a"), ("answer_b", "output_text_b"))
        if isinstance(example.get(key), str)
    }
    item = str(example.get("item") or derived_id("example", texts))
    ratings = example.get("individual_rater_scores") or [{"score": example.get("score"), "rater": "mean"}]
    if not isinstance(ratings, list):
        raise FieldError(f"{where}.individual_rater_scores", "not a list")
    for n, rating in enumerate(ratings):
        score = rating.get("score") if isinstance(rating, dict) else None
        if not isinstance(score, int | float) or isinstance(score, bool):
            raise FieldError(f"{where}.individual_rater_scores[{n}].score", "not a number")
        kept = own_export_fields(rating)
        if kept is not None:
            turned = _winner(score) != kept.get("winner") and kept.get("winner") in ("a", "b")
            yield (
                restore_comparison(kept, b, a, _swap_sides(texts)) if turned else restore_comparison(kept, a, b, texts)
            )
            continue
        shown_b = rating.get("is_flipped")
        yield Comparison(
            id=derived_id("llm comparator", item, a, b, n, rating),
            annotator=str(rating.get("rater") or f"rater {n + 1}"),
            model_a=a,
            model_b=b,
            winner=_winner(score),
            item=item,
            left=("b" if shown_b else "a") if isinstance(shown_b, bool) else None,
            extra=texts | ({"rationale": rating["rationale"]} if rating.get("rationale") else {}),
        )


def _winner(score: float) -> Winner:
    return "a" if score > 0 else "b" if score < 0 else "tie"


def _swap_sides(texts: dict[str, Any]) -> dict[str, Any]:
    turned = {"answer_a": "answer_b", "answer_b": "answer_a"}
    return {turned.get(name, name): text for name, text in texts.items()}


class Argilla(_Tool):
    """Argilla records whose responses rank two answers."""

    name = "Argilla"
    rank = 44

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and {"fields", "responses"} <= one.keys() for one in head.sample
        )

    def converted(self, record: Any) -> Iterator[Record]:
        if not isinstance(record, dict) or not isinstance(record.get("responses"), dict):
            raise FieldError("responses", "missing or not an object")
        fields, metadata = _object(record.get("fields")), _object(record.get("metadata"))
        question = next((name for name, all_of in record["responses"].items() if _ranks(all_of)), None)
        if question is None:
            raise FieldError("responses", "no ranking of two answers")
        for n, response in enumerate(record["responses"][question]):
            yield _of_ranking(record, fields, metadata, response, f"responses.{question}[{n}]")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ranks(responses: Any) -> bool:
    return isinstance(responses, list) and any(
        isinstance(one, dict) and isinstance(one.get("value"), list) and len(one["value"]) == 2 for one in responses
    )


def _of_ranking(
    record: dict[str, Any], fields: dict[str, Any], metadata: dict[str, Any], response: Any, where: str
) -> Record:
    if not isinstance(response, dict) or not isinstance(response.get("value"), list) or len(response["value"]) != 2:
        raise FieldError(where, "not a ranking of two answers")
    if not all(isinstance(one, dict) for one in response["value"]):
        raise FieldError(f"{where}.value", "not two answers with their ranks")
    ranked = sorted(response["value"], key=lambda one: str(one.get("value")))
    names = [str(one.get("value")) for one in ranked]
    ranks = [one.get("rank") for one in ranked]
    if not all(isinstance(rank, int) for rank in ranks):
        raise FieldError(f"{where}.value", "without ranks")
    a, b = (
        require_model_name(metadata.get(f"model_{side}") or name, "value")
        for side, name in zip("ab", names, strict=True)
    )
    texts = {
        key: fields[name]
        for key, name in (("prompt", "query"), ("answer_a", names[0]), ("answer_b", names[1]))
        if isinstance(fields.get(name), str)
    }
    kept = own_export_fields(response)
    if kept is not None:
        return restore_comparison(kept, a, b, texts)
    discarded = response.get("status") == "discarded"
    return Comparison(
        id=derived_id("argilla", record.get("id"), response),
        annotator=str(response.get("user_id") or "unknown"),
        model_a=a,
        model_b=b,
        winner="skip" if discarded else "tie" if ranks[0] == ranks[1] else "a" if ranks[0] < ranks[1] else "b",
        item=str(metadata.get("item") or record.get("id") or derived_id("argilla", texts)),
        extra=texts,
    )


class LabelStudio(_Tool):
    """Label Studio tasks with pairwise annotations. What was selected is a place on the screen: left or right."""

    name = "Label Studio"
    rank = 45

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and {"data", "annotations"} <= one.keys() for one in head.sample
        )

    def converted(self, record: Any) -> Iterator[Record]:
        if not isinstance(record, dict) or not isinstance(record.get("data"), dict):
            raise FieldError("data", "missing or not an object")
        annotations = record.get("annotations") or []
        if not isinstance(annotations, list):
            raise FieldError("annotations", "not a list")
        for n, annotation in enumerate(annotations):
            yield _of_annotation(record, record["data"], annotation, f"annotations[{n}]")


def _of_annotation(record: dict[str, Any], data: dict[str, Any], annotation: Any, where: str) -> Record:
    if not isinstance(annotation, dict):
        raise FieldError(where, "not an object")
    left, right = (
        require_model_name(data.get("left_model") or "left", "left_model"),
        require_model_name(data.get("right_model") or "right", "right_model"),
    )
    winner: Winner = "skip" if annotation.get("was_cancelled") else _parse_selection(annotation.get("result"), where)
    texts = {
        key: data[name]
        for key, name in (("prompt", "query"), ("answer_a", "left"), ("answer_b", "right"))
        if isinstance(data.get(name), str)
    }
    kept = own_export_fields(annotation)
    if kept is not None:
        turned = kept.get("left") == "b"
        return (
            restore_comparison(kept, right, left, _swap_sides(texts))
            if turned
            else restore_comparison(kept, left, right, texts)
        )
    by = annotation.get("completed_by")
    return Comparison(
        id=derived_id("label studio", record.get("id"), annotation.get("id"), data),
        annotator=str(by.get("email") or by.get("id") if isinstance(by, dict) else by or "unknown"),
        model_a=left,
        model_b=right,
        winner=winner,
        item=str(data.get("item") or record.get("id")),
        left="a",
        time=annotation.get("created_at") if isinstance(annotation.get("created_at"), str) else None,
        extra=texts,
    )


_CHOICES: dict[str, Winner] = {
    "tie": "tie",
    "same": "tie",
    "bothbad": "both bad",
    "both bad": "both bad",
    "skip": "skip",
}


def _parse_selection(result: Any, where: str) -> Winner:
    for one in result if isinstance(result, list) else []:
        value = one.get("value") if isinstance(one, dict) else None
        if not isinstance(value, dict):
            continue
        if value.get("selected") in ("left", "right"):
            return "a" if value["selected"] == "left" else "b"
        chosen = value.get("choices")
        if isinstance(chosen, list) and chosen and str(chosen[0]).lower() in _CHOICES:
            return _CHOICES[str(chosen[0]).lower()]
    raise FieldError(f"{where}.result", "selects neither left nor right nor a tie")


class FastChatJudge(_Tool):
    """FastChat's pairwise judge files: two games with the places exchanged; only what both say is a win, as it counts them."""

    name = "FastChat judge"
    rank = 46

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and {"model_1", "model_2", "g1_winner", "g2_winner"} <= one.keys()
            for one in head.sample
        )

    def converted(self, record: Any) -> Iterator[Record]:
        if not isinstance(record, dict):
            raise FieldError(None, "not a JSON object")
        said = [record.get(name) for name in ("g1_winner", "g2_winner")]
        for name, value in zip(("g1_winner", "g2_winner"), said, strict=True):
            if value not in ("model_1", "model_2", "tie"):
                raise FieldError(name, "names no winner")
        judge = record.get("judge")
        winner: Winner = "tie" if said[0] != said[1] or said[0] == "tie" else "a" if said[0] == "model_1" else "b"
        yield Comparison(
            id=derived_id(
                "fastchat",
                record.get("question_id"),
                record.get("model_1"),
                record.get("model_2"),
                judge,
                record.get("turn"),
            ),
            annotator=str(judge[0] if isinstance(judge, list) and judge else judge or "unknown"),
            model_a=require_model_name(record.get("model_1"), "model_1"),
            model_b=require_model_name(record.get("model_2"), "model_2"),
            winner=winner,
            item=str(record.get("question_id")),
            extra={name: record[name] for name in ("g1_winner", "g2_winner", "turn") if name in record},
        )
