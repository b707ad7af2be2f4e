"""How long calls take: counts in buckets whose edges grow by the same factor, so that one list of numbers serves
milliseconds and minutes alike."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

STEPS = 4  # buckets a doubling: a quantile is off by at most a tenth
SMALLEST = 0.001  # seconds: what is faster counts as this
_BUCKETS = STEPS * 24  # the last one ends after four and a half hours


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Seconds that answered calls took. `buckets` are those that hold any: (upper edge in seconds, count), in order."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    longest: float | None = None
    buckets: tuple[tuple[float, int], ...] = ()


class LatencyHistogram:
    """Counts latencies; adding one costs a logarithm."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """One call took so long."""
        self._counts[_bucket(seconds)] += 1
        self._longest = max(self._longest, seconds)

    def snapshot(self) -> LatencySummary:
        """The counts with their quantiles, each at the middle (on the scale of factors) of its bucket."""
        total = sum(self._counts)
        if not total:
            return LatencySummary()
        return LatencySummary(
            count=total,
            p50=self._quantile(0.50, total),
            p95=self._quantile(0.95, total),
            p99=self._quantile(0.99, total),
            longest=round(self._longest, 4),
            buckets=tuple((_edge(n), count) for n, count in enumerate(self._counts) if count),
        )

    def _quantile(self, share: float, total: int) -> float:
        wanted = share * total
        seen = 0
        for number, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return min(round(SMALLEST * 2 ** ((number + 0.5) / STEPS), 4), round(self._longest, 4))
        return self._longest


def _bucket(seconds: float) -> int:
    if not seconds > SMALLEST:
        return 0
    return min(int(STEPS * log2(seconds / SMALLEST)), _BUCKETS - 1)


def _edge(number: int) -> float:
    """The upper edge of a bucket, in seconds."""
    return float(f"{SMALLEST * 2 ** ((number + 1) / STEPS):.4g}")
