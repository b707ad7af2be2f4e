"""Comparisons as rows of other programs' preference data, one function a format."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interpref_db.exporters.battles import Battle, Exchange

ARENA = {"a": "model_a", "b": "model_b", "tie": "tie", "both bad": "tie (bothbad)"}
WEIGHTS = {"a": 1.0, "b": 2.0, "tie": 1.5, "both bad": 1.5}


class NotRepresentable(Exception):
    """A comparison that a format has no place for; the reason in a word or two."""


def arena(battle: Battle) -> Iterator[dict[str, Any]]:
    """Chatbot Arena battles. An item's two exchanges stand in `metadata`, the first one in the columns as well."""
    if battle.winner not in ARENA:
        raise NotRepresentable(battle.winner)
    row: dict[str, Any] = {
        "question_id": battle.item or battle.id,
        "model_a": battle.model_a,
        "model_b": battle.model_b,
        "winner": ARENA[battle.winner],
        "judge": battle.annotator,
        "turn": 1,
        "anony": True,
    }
    if battle.time:
        row["tstamp"] = _epoch(battle.time)
    if battle.exchanges:
        talks = {model: battle.conversation(model) for model in ("a", "b")}
        row |= {"conversation_a": talks["a"][0], "conversation_b": talks["b"][0]}
        if len(battle.exchanges) > 1:
            row["metadata"] = [
                {"side": e.side, "preference": e.preference, "conversation_a": a, "conversation_b": b}
                for e, a, b in zip(battle.exchanges, talks["a"], talks["b"], strict=True)
            ]
    yield row | {"interpref": battle.record}


def _epoch(time: str) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return None


def _winner_and_loser(battle: Battle, *, texts: bool = True) -> tuple[str, str]:
    """Winner and loser, a or b. Raises LeftOut."""
    if battle.winner not in ("a", "b"):
        raise NotRepresentable(battle.winner)
    if texts and not battle.exchanges:
        raise NotRepresentable("no texts")
    return battle.winner, "b" if battle.winner == "a" else "a"


def _assistant_messages(exchange: Exchange, model: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": exchange.answer_a if model == "a" else exchange.answer_b}]


def _name(battle: Battle, model: str) -> str:
    return battle.model_a if model == "a" else battle.model_b


def trl(battle: Battle) -> Iterator[dict[str, Any]]:
    """TRL's conversational preference with an explicit prompt (dpo-vote): the winner's response against the loser's."""
    winner, loser = _winner_and_loser(battle)
    for e in battle.exchanges:
        yield {
            "prompt": list(e.prompt),
            "chosen": _assistant_messages(e, winner),
            "rejected": _assistant_messages(e, loser),
            "chosen_model": _name(battle, winner),
            "rejected_model": _name(battle, loser),
            **_side(e),
            "interpref": battle.record,
        }


def dpo_history(battle: Battle) -> Iterator[dict[str, Any]]:
    """The winner's response for this history against its response for the other one: what a history should change."""
    winner, _ = _winner_and_loser(battle)
    if len(battle.exchanges) != 2:
        raise NotRepresentable("no pair of histories")
    for e, other in (battle.exchanges, battle.exchanges[::-1]):
        yield {
            "prompt": list(e.prompt),
            "chosen": _assistant_messages(e, winner),
            "rejected": _assistant_messages(other, winner),
            "model": _name(battle, winner),
            **_side(e),
            "interpref": battle.record,
        }


def _side(exchange: Exchange) -> dict[str, Any]:
    return {} if exchange.side is None else {"side": exchange.side, "preference": exchange.preference}


def openai(battle: Battle) -> Iterator[dict[str, Any]]:
    """OpenAI preference fine-tuning; nothing but its own keys, since others are refused there."""
    winner, loser = _winner_and_loser(battle)
    for e in battle.exchanges:
        yield {
            "input": {"messages": list(e.prompt), "tools": [], "parallel_tool_calls": True},
            "preferred_output": _assistant_messages(e, winner),
            "non_preferred_output": _assistant_messages(e, loser),
        }


def kto(battle: Battle) -> Iterator[dict[str, Any]]:
    """TRL's unpaired preference: the winner's response is good, the loser's is not; both bad are both not."""
    if battle.winner != "both bad":
        _winner_and_loser(battle)
    if not battle.exchanges:
        raise NotRepresentable("no texts")
    for e in battle.exchanges:
        for model in ("a", "b"):
            yield {
                "prompt": list(e.prompt),
                "completion": _assistant_messages(e, model),
                "label": battle.winner == model,
                "model": _name(battle, model),
                "model_side": model,
                **_side(e),
                "interpref": battle.record,
            }


def alpaca_eval(battle: Battle) -> Iterator[dict[str, Any]]:
    """AlpacaEval annotations: 1 for the first, 2 for the second, 1.5 for a tie. Both responses of an item in one text."""
    if battle.winner not in WEIGHTS:
        raise NotRepresentable(battle.winner)
    yield {
        "instruction": battle.exchanges[0].query if battle.exchanges else battle.item or battle.id,
        "output_1": combined_answer(battle, "a"),
        "output_2": combined_answer(battle, "b"),
        "generator_1": battle.model_a,
        "generator_2": battle.model_b,
        "annotator": battle.annotator,
        "preference": WEIGHTS[battle.winner],
        "both_bad": battle.winner == "both bad",
        "interpref": battle.record,
    }


def combined_answer(battle: Battle, model: str) -> str:
    """What one model said in all exchanges of a comparison, each under its preference."""
    said = [(e.preference, e.answer_a if model == "a" else e.answer_b) for e in battle.exchanges]
    if len(said) == 1:
        return said[0][1]
    return "\n\n".join(f"[{preference}]\n{text}" if preference else text for preference, text in said)


SHAPES: dict[str, Callable[[Battle], Iterator[dict[str, Any]]]] = {
    "arena": arena,
    "trl": trl,
    "dpo-vote": trl,
    "dpo-history": dpo_history,
    "openai": openai,
    "kto": kto,
    "alpaca-eval": alpaca_eval,
}

# Formats whose prompts hold the histories.
WITH_HISTORIES = frozenset({"trl", "dpo-vote", "dpo-history", "openai", "kto"})
