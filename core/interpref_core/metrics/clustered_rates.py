"""A rate whose items hang together: items that share a preference pass or fail together more than others do, and an
interval that takes them for independent is too narrow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.rate_intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 2000
_KEPT = 4_000_000  # numbers drawn that are kept for the next run
FEWEST = 10  # clusters below which a bootstrap over them says nothing


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """A share with the 95 % interval of a bootstrap over clusters; None where there are too few clusters."""

    rate: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def clustered_rate(
    items: Sequence[tuple[bool, Sequence[Hashable]]], *, resamples: int = RESAMPLES, seed: int = 0
) -> ClusteredRate | None:
    """The share that passed of items with what each belongs to (its preferences). None for no items.

    Items that share a member, directly or through others, are one cluster; clusters are drawn anew (Efron and Tibshirani
    1993, chapter 8). Without any shared member this is a plain bootstrap over items.
    """
    if not items:
        return None
    import numpy as np

    label = _components([members for _, members in items])
    count = max(label) + 1
    size = np.bincount(label, minlength=count).astype(np.float64)
    passed = np.bincount(label, weights=[float(one) for one, _ in items], minlength=count)
    rate = float(passed.sum() / size.sum())
    if count < FEWEST:
        return ClusteredRate(rate, None, None, len(items), count, f"only {count} clusters: no interval")
    if rate in (0.0, 1.0):
        # Nothing varies, so nothing can be drawn: as many independent items as there are clusters.
        plain = wilson_interval(round(rate * count), count)
        return ClusteredRate(rate, plain.low, plain.high, len(items), count)
    drawn = _draws(count, resamples, seed) if count * resamples <= _KEPT else _drawn(count, resamples, seed)
    means = (drawn @ passed) / np.maximum(1e-12, drawn @ size)
    low, high = (float(one) for one in np.quantile(means, [0.025, 0.975]))
    return ClusteredRate(rate, low, high, len(items), count)


def _drawn(count: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each of so many clusters is drawn, a row a resample."""
    import numpy as np

    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    return drawn.astype(np.float64)


# Runs over the same items have as many clusters, so what is drawn for one is drawn for all.
_draws = lru_cache(maxsize=1)(_drawn)


def _components(members: Sequence[Sequence[Hashable]]) -> list[int]:
    """The cluster of each item, numbered from 0: items with a common member are in one."""
    parent = list(range(len(members)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[Hashable, int] = {}
    for number, belongs in enumerate(members):
        for member in belongs:
            other = first.setdefault(member, number)
            parent[root(number)] = root(other)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(n), len(numbers)) for n in range(len(members))]
