"""Pass rates of the longer and the shorter half of the responses (the paper's Table 6): is the judge taken in by length?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.rate_intervals import Rate, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class LengthSplit:
    """Both halves, their mean lengths in characters, and longer minus shorter with a 95 % interval (shares in [0, 1])."""

    longer: Rate
    shorter: Rate
    length_longer: float
    length_shorter: float
    difference: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        def half(rate: Rate, length: float) -> dict[str, Any]:
            return {
                "n": rate.n,
                "passed": rate.count,
                "rate": rate.rate,
                "low": rate.low,
                "high": rate.high,
                "characters": length,
            }

        return {
            "longer": half(self.longer, self.length_longer),
            "shorter": half(self.shorter, self.length_shorter),
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
        }


def length_split(items: Sequence[tuple[float, bool]]) -> LengthSplit | None:
    """Split (length, passed) at the middle into two equal halves; of an odd number the middle one is shorter.

    None for fewer than two items. The order among equal lengths is the order given.
    """
    if len(items) < 2:
        return None
    ordered = sorted(items, key=lambda one: one[0])
    middle = len(ordered) - len(ordered) // 2
    short, long = ordered[:middle], ordered[middle:]
    longer, shorter = (wilson_interval(sum(passed for _, passed in half), len(half)) for half in (long, short))
    low, high = independent_difference(longer, shorter)
    return LengthSplit(
        longer,
        shorter,
        math.fsum(length for length, _ in long) / len(long),
        math.fsum(length for length, _ in short) / len(short),
        (longer.rate or 0) - (shorter.rate or 0),
        low,
        high,
    )


def independent_difference(one: Rate, other: Rate) -> tuple[float, float]:
    """The interval of one - other for different items: Newcombe's hybrid of two Wilson intervals (1998, method 10)."""
    a, b = one.rate or 0.0, other.rate or 0.0
    a_low, a_high, b_low, b_high = one.low or 0.0, one.high or 0.0, other.low or 0.0, other.high or 0.0
    gap = a - b
    return gap - math.hypot(a - a_low, b_high - b), gap + math.hypot(a_high - a, b - b_low)
