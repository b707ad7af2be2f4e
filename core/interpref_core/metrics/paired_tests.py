"""Two runs over the same items: exact McNemar, Holm's correction, the difference with its interval, and how many items it
takes to tell two models apart."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.rate_intervals import two_sided_z

if TYPE_CHECKING:
    from collections.abc import Sequence

POWER = 0.8
ALPHA = 0.05
_EXACT = 1000  # items that differ, up to which whole numbers are counted; of more, 2 ** n is no number any more


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
    n = only_a + only_b
    return _two_sided(n, min(only_a, only_b)) if n else 1.0


def _two_sided(n: int, fewer: int) -> float:
    if n < _EXACT:
        return _table(n)[fewer]
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(fewer, n, 0.5)))


@lru_cache(maxsize=_EXACT)
def _table(n: int) -> array[float]:
    """The two-sided p of a sign test over n items for each number that the fewer may be, 0 to n // 2: all pairs of runs with
    as many items that differ share it, and so do the p that are tried for the smallest difference."""
    found = array("d")
    tail, term, whole = 0, 1, 2**n
    for k in range(n // 2 + 1):
        tail += term
        term = term * (n - k) // (k + 1)
        found.append(min(1.0, 2 * tail / whole))
    return found


def holm_adjust(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted p (1979), in the order given: each is at least the one before it in size."""
    adjusted = [0.0] * len(ps)
    largest = 0.0
    for step, index in enumerate(sorted(range(len(ps)), key=lambda n: ps[n])):
        largest = max(largest, min(1.0, ps[index] * (len(ps) - step)))
        adjusted[index] = largest
    return adjusted


def difference_interval(only_a: int, only_b: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The difference of two shares of the same items, by Bonett and Price (2012): Wald after adding one to each side."""
    z = two_sided_z(confidence)
    a, b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = z * math.sqrt(max(0.0, a + b - (a - b) ** 2) / (n + 2))
    return max(-1.0, a - b - half), min(1.0, a - b + half)


def smallest_difference(discordant: int, n: int, alpha: float = ALPHA) -> float | None:
    """The smallest difference that is significant when so many of n items differ; None where none can be."""
    fewest, most = 0, discordant // 2 + 1
    while fewest < most:  # p grows with the fewer: the first number of them that is not significant
        middle = (fewest + most) // 2
        if mcnemar(discordant - middle, middle) < alpha:
            fewest = middle + 1
        else:
            most = middle
    return (discordant - 2 * (fewest - 1)) / n if fewest else None


@cache
def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)


def items_needed(only_a: float, only_b: float, *, power: float = POWER, alpha: float = ALPHA) -> int | None:
    """How many items show a difference of paired shares (Connor 1987), from the shares of items that only one passes."""
    gap, discordant = abs(only_a - only_b), only_a + only_b
    if gap == 0:
        return None
    z_alpha, z_power = _quantile(1 - alpha / 2), _quantile(power)
    root = z_alpha * math.sqrt(discordant) + z_power * math.sqrt(max(0.0, discordant - gap * gap))
    return math.ceil((root / gap) ** 2)
