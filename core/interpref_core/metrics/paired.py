"""Two runs over the same items: exact McNemar, Holm's correction, the difference with its interval, and how many items it
takes to tell two models apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

POWER = 0.8
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Paired:
    """One run against another over the items that both have. Shares in [0, 1].

    `only_a` and `only_b` count items that one passed and the other did not. `smallest` is the smallest difference that
    would have been significant at 5 % with as many items that differ; `needed` how many items would show this difference
    with a power of 80 % (None where there is none to show).
    """

    n: int
    both: int
    only_a: int
    only_b: int
    neither: int
    difference: float
    low: float
    high: float
    p: float
    smallest: float | None
    needed: int | None

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def compare_paired(both: int, only_a: int, only_b: int, neither: int) -> Paired:
    """The comparison of two runs from the fourfold counts of their items. Raises ValueError without any item."""
    n = both + only_a + only_b + neither
    if n < 1 or min(both, only_a, only_b, neither) < 0:
        raise ValueError("no items that both runs have")
    low, high = difference_interval(only_a, only_b, n)
    return Paired(
        n,
        both,
        only_a,
        only_b,
        neither,
        (only_a - only_b) / n,
        low,
        high,
        mcnemar(only_a, only_b),
        smallest_difference(only_a + only_b, n),
        items_needed(only_a / n, only_b / n),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p of the exact McNemar test (1947): as a sign test over the items that differ."""
    n, fewer = only_a + only_b, min(only_a, only_b)
    if not n:
        return 1.0
    tail = 0
    term = 1
    for k in range(fewer + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return min(1.0, float(2 * tail / 2**n) if n < 1000 else math.exp(math.log(2 * tail) - n * math.log(2)))


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted p (1979), in the order given: each is at least the one before it in size."""
    adjusted = [0.0] * len(ps)
    largest = 0.0
    for step, index in enumerate(sorted(range(len(ps)), key=lambda n: ps[n])):
        largest = max(largest, min(1.0, ps[index] * (len(ps) - step)))
        adjusted[index] = largest
    return adjusted


def difference_interval(only_a: int, only_b: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The difference of two shares of the same items, by Bonett and Price (2012): Wald after adding one to each side."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    a, b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = z * math.sqrt(max(0.0, a + b - (a - b) ** 2) / (n + 2))
    return max(-1.0, a - b - half), min(1.0, a - b + half)


def smallest_difference(discordant: int, n: int, alpha: float = ALPHA) -> float | None:
    """The smallest difference that is significant when so many of n items differ; None where none can be."""
    for more in range((discordant + 1) // 2, discordant + 1):
        if mcnemar(more, discordant - more) < alpha:
            return (2 * more - discordant) / n
    return None


def items_needed(only_a: float, only_b: float, *, power: float = POWER, alpha: float = ALPHA) -> int | None:
    """How many items show a difference of paired shares (Connor 1987), from the shares of items that only one passes."""
    gap, discordant = abs(only_a - only_b), only_a + only_b
    if gap == 0:
        return None
    normal = NormalDist()
    z_alpha, z_power = normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)
    root = z_alpha * math.sqrt(discordant) + z_power * math.sqrt(max(0.0, discordant - gap * gap))
    return math.ceil((root / gap) ** 2)
