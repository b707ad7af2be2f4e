"""Confidence intervals of rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its interval; all None where n is 0."""

    n: int
    count: int
    rate: float | None
    low: float | None
    high: float | None


@cache
def two_sided_z(confidence: float) -> float:
    """How many standard deviations hold a share of a normal distribution."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson_interval(count: int, n: int, confidence: float = 0.95) -> Rate:
    """A share count / n with the Wilson score interval (Wilson 1927), within [0, 1].

    Raises ValueError unless 0 <= count <= n and 0 < confidence < 1.
    """
    if not 0 <= count <= n or not 0 < confidence < 1:
        raise ValueError(f"no share: {count} of {n} at confidence {confidence}")
    if n == 0:
        return Rate(0, 0, None, None, None)
    z = two_sided_z(confidence)
    share = count / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(n, count, share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))
