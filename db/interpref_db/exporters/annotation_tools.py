"""Comparisons as the documents of other annotation tools: LLM Comparator, Argilla, Label Studio. One document a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.text.lenient_json import text_of
from interpref_db.exporters.preference_data import combined_answer

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from interpref_db.exporters.battles import Battle

# From LLM Comparator's own scale: above 0 the first is better.
_SCORES = {"a": 1.0, "b": -1.0, "tie": 0.0, "both bad": 0.0}
_RATINGS = {"a": "A is better", "b": "B is better", "tie": "Same", "both bad": "Both are bad"}
_RANKS = {"a": (1, 2), "b": (2, 1), "tie": (1, 1), "both bad": (1, 1)}


class ComparedPair(Exception):
    """A format that holds one pair of models, and comparisons of several."""


def llm_comparator(found: Iterable[Battle], left_out: Counter[str]) -> tuple[Any, int]:
    """PAIR's LLM Comparator: one example an item, with each annotator's rating. Raises OnePair."""
    groups: dict[str, list[Battle]] = {}
    pairs: set[tuple[str, str]] = set()
    count = 0
    for battle in found:
        if battle.winner not in _SCORES:
            left_out[battle.winner] += 1
            continue
        pairs.add((battle.model_a, battle.model_b))
        if len({frozenset(pair) for pair in pairs}) > 1:
            raise ComparedPair("LLM Comparator compares two models; say which: --models A B")
        groups.setdefault(battle.item or battle.id, []).append(battle)
        count += 1
    names = min(pairs) if pairs else ("", "")
    examples = [_example(group, names) for group in groups.values()]
    document = {
        "metadata": {"source_path": "interpref", "custom_fields_schema": []},
        "models": [{"name": name} for name in names],
        "examples": examples,
    }
    return document, count


def _example(group: list[Battle], names: tuple[str, str]) -> dict[str, Any]:
    first = group[0]
    turned = (first.model_a, first.model_b) != names
    ratings: list[dict[str, Any]] = []
    for battle in group:
        other = (battle.model_a, battle.model_b) != names
        winner = {"a": "b", "b": "a"}.get(battle.winner, battle.winner) if other else battle.winner
        shown_first = {"a": "b", "b": "a"}.get(battle.left or "a") if other else battle.left
        ratings.append(
            {
                "score": _SCORES[winner],
                "rating_label": _RATINGS[winner],
                "is_flipped": shown_first == "b",
                "rationale": battle.comment or "",
                "rater": battle.annotator,
                "interpref": battle.record,
            }
        )
    return {
        "input_text": first.exchanges[0].query if first.exchanges else first.item or first.id,
        "tags": [],
        "output_text_a": combined_answer(first, "b" if turned else "a"),
        "output_text_b": combined_answer(first, "a" if turned else "b"),
        "score": sum(rating["score"] for rating in ratings) / len(ratings),
        "individual_rater_scores": ratings,
        "item": first.item or first.id,
    }


def _group_battles(found: Iterable[Battle], *, by_left: bool) -> dict[tuple[Any, ...], list[Battle]]:
    groups: dict[tuple[Any, ...], list[Battle]] = {}
    for battle in found:
        key: tuple[Any, ...] = (
            battle.item or battle.id,
            battle.run_a or battle.model_a,
            battle.run_b or battle.model_b,
        )
        groups.setdefault((*key, (battle.left or "a") if by_left else ""), []).append(battle)
    return groups


def argilla(found: Iterable[Battle], left_out: Counter[str]) -> tuple[Any, int]:  # noqa: ARG001  # it has a place for all
    """Argilla records with a ranking question; skips are responses that were discarded."""
    groups = _group_battles(found, by_left=False)
    records = []
    for group in groups.values():
        first = group[0]
        responses = [
            {
                "user_id": battle.annotator,
                "status": "submitted" if battle.winner in _RANKS else "discarded",
                "value": [
                    {"value": name, "rank": rank}
                    for name, rank in zip(("a", "b"), _RANKS.get(battle.winner, (1, 1)), strict=True)
                ],
                "interpref": battle.record,
            }
            for battle in group
        ]
        opinions = [battle.opinion for battle in group if _says(battle)]
        records.append(
            {
                "id": "/".join(str(part) for part in _identity(first)),
                "fields": {**_prompt(first), "a": combined_answer(first, "a"), "b": combined_answer(first, "b")},
                "metadata": {"item": first.item, "model_a": first.model_a, "model_b": first.model_b},
                "suggestions": _suggestions(opinions),
                "responses": {"ranking": responses},
                "status": "completed" if any(battle.winner in _RANKS for battle in group) else "discarded",
            }
        )
    return records, sum(len(group) for group in groups.values())


def _identity(battle: Battle) -> tuple[Any, ...]:
    return (battle.item or battle.id, battle.run_a or battle.model_a, battle.run_b or battle.model_b)


def _prompt(battle: Battle) -> dict[str, str]:
    fields = {"query": battle.exchanges[0].query if battle.exchanges else battle.item or battle.id}
    for number, exchange in enumerate(battle.exchanges, start=1):
        if exchange.preference:
            fields[f"preference_{number}"] = exchange.preference
    return fields


def _says(battle: Battle) -> str | None:
    """What the opinion on a comparison says, where it has one that can be ranked."""
    says = text_of(battle.opinion.get("says"))
    return says if says in _RANKS else None


def _suggestions(opinions: list[dict[str, Any]]) -> dict[str, Any]:
    if not opinions:
        return {}
    ranks = zip(("a", "b"), _RANKS[opinions[0]["says"]], strict=True)
    value = [{"value": name, "rank": rank} for name, rank in ranks]
    return {"ranking": {"value": value, "score": None, "agent": str(opinions[0].get("judge"))}}


def label_studio(found: Iterable[Battle], left_out: Counter[str]) -> tuple[Any, int]:  # noqa: ARG001  # it has a place for all
    """Label Studio tasks for its pairwise template, one an item and way of standing left and right."""
    groups = _group_battles(found, by_left=True)
    tasks = []
    for number, group in enumerate(groups.values(), start=1):
        first = group[0]
        left = first.left or "a"
        right = "b" if left == "a" else "a"
        names = {"a": first.model_a, "b": first.model_b}
        tasks.append(
            {
                "id": number,
                "data": {
                    **_prompt(first),
                    "left": combined_answer(first, left),
                    "right": combined_answer(first, right),
                    "left_model": names[left],
                    "right_model": names[right],
                    "item": first.item or first.id,
                },
                "predictions": _predictions(group, left),
                "annotations": [_annotation(n, battle, left) for n, battle in enumerate(group, start=1)],
            }
        )
    return tasks, sum(len(group) for group in groups.values())


def _annotation(number: int, battle: Battle, left: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": number,
        "completed_by": battle.annotator,
        "was_cancelled": battle.winner == "skip",
        "ground_truth": False,
        "result": [] if battle.winner == "skip" else [_result(battle.winner, left)],
        "interpref": battle.record,
    }
    return found | ({"created_at": battle.time, "updated_at": battle.time} if battle.time else {})


def _result(winner: str, left: str) -> dict[str, Any]:
    if winner in ("a", "b"):
        where = "left" if winner == left else "right"
        return {"from_name": "pw", "to_name": "left", "type": "pairwise", "value": {"selected": where}}
    choice = "tie" if winner == "tie" else "bothbad"
    return {"from_name": "tie", "to_name": "left", "type": "choices", "value": {"choices": [choice]}}


def _predictions(group: list[Battle], left: str) -> list[dict[str, Any]]:
    said = next((battle.opinion for battle in group if _says(battle)), None)
    if said is None:
        return []
    return [{"model_version": str(said.get("judge")), "result": [_result(said["says"], left)]}]


DOCUMENTS: dict[str, Callable[[Iterable[Battle], Counter[str]], tuple[Any, int]]] = {
    "llm-comparator": llm_comparator,
    "argilla": argilla,
    "label-studio": label_studio,
}
