"""The AI opinion on an entry, made from the verdicts that a study has: shown after the first vote unless asked otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.verdict_patterns import meaning_of
from interpref_core.orders import ORDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.records.base import Side


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge makes of an entry. `says` is resolved like an answer; None where the judge is of no help.

    `lines` are for people: one for each side (compare) or one for all.
    """

    judge: str
    says: str | None
    lines: dict[str, str]


def opinion_for_comparison(judge: str, patterns: dict[Side, str | None], reasons: dict[Side, str]) -> Opinion | None:
    """On two runs' pairs of responses: the pair that was told apart in more of the four orders shows more regard.

    `patterns` are the four verdicts of each run (None where it was not judged).
    """
    found = {side: pattern for side, pattern in patterns.items() if pattern}
    if not found:
        return None
    right = {side: right_orders(pattern) for side, pattern in found.items()}
    says: str | None = None
    if len(right) == 2:
        says = "tie" if right["a"] == right["b"] else "a" if right["a"] > right["b"] else "b"
    lines: dict[str, str] = {
        side: f"{count} of 4 orders right ({meaning_of(found[side])})"
        + (f": {reasons[side]}" if reasons.get(side) else "")
        for side, count in right.items()
    }
    return Opinion(judge, says, lines)


def opinion_for_pair(judge: str, winner: str, orders: Sequence[Mapping[str, Any]], *, turned: bool) -> Opinion:
    """On two runs' pairs of responses, from a judge that compared them in both orders; `turned` where its a is our b.

    What it said speaks of Left and Right as it saw them, which is not as they stand on the screen: each reason is given for
    the run that it found better.
    """
    exchanged = {"a": "b", "b": "a"}
    says = exchanged.get(winner, winner) if turned else winner
    lines: dict[str, list[str]] = {"a": [], "b": []}
    for order in orders:
        left = str(order.get("left"))
        better = {"Left": left, "Right": exchanged.get(left, "")}.get(str(order.get("better")))
        if better in exchanged:
            side = exchanged[better] if turned else better
            other = "when it stood left" if better == left else "when it stood right"
            reason = order.get("reasoning")
            lines[side].append(
                f"better {other}" + (f" (Left and Right as the judge saw them): {reason}" if reason else "")
            )
    return Opinion(
        judge, None if winner == "skip" else says, {side: "; ".join(said) for side, said in lines.items() if said}
    )


def opinion_for_match(judge: str, choice: str, order: int, reason: str) -> Opinion:
    """On which response is for preference 1: the judge's verdict in the same order."""
    says = "don't know" if choice == "Don't know" else "right" if ORDERS[order - 1].right == choice else "wrong"
    return Opinion(
        judge, None if choice == "Unreadable" else says, {"all": f"{choice}" + (f": {reason}" if reason else "")}
    )


def right_orders(pattern: str) -> int:
    """In how many of the four orders a pattern is right."""
    return sum(letter == order.right[0] for letter, order in zip(pattern, ORDERS, strict=True))
