"""What a judge would score with its eyes shut: the floor of its position bias, and intervals over whole items.

A judge that says Left more often than Right, whatever it is shown, cannot pass 1/16 of the items by chance: right is Left,
Right, Right, Left, so the more it leans the less it passes. The four verdicts of an item hang together, so the intervals
here draw whole items anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.rate_intervals import wilson_interval
from interpref_core.orders import LETTERS, ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with a 95 % interval that draws whole items anew. All None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class PositionBias:
    """`floor`: the pass rate of a judge that says Left, Right and Don't know as often as this one, and sees nothing.
    `left`: share of Left among Left and Right. `orders`: right verdicts in orders 1-4. The swaps: how often the verdict turned
    with the responses, or with the preferences, as it should.
    """

    floor: Interval
    left: Interval
    orders: tuple[Interval, ...]
    response_swap: Interval
    preference_swap: Interval

    def to_json(self) -> dict[str, Any]:
        return {
            "floor": self.floor.to_json(),
            "left": self.left.to_json(),
            "orders": [one.to_json() for one in self.orders],
            "response_swap": self.response_swap.to_json(),
            "preference_swap": self.preference_swap.to_json(),
        }


def position_bias(patterns: Mapping[str, int], *, resamples: int = RESAMPLES, seed: int = 0) -> PositionBias | None:
    """The bias of a judge from the counts of its patterns; None without any."""
    import numpy as np

    names = sorted(pattern for pattern, n in patterns.items() if n)
    if not names:
        return None
    counts = np.array([patterns[name] for name in names], np.float64)
    total = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=resamples).astype(np.float64)

    def between(measure: Callable[[Floats], Floats]) -> Interval:
        with np.errstate(invalid="ignore", divide="ignore"):
            value, around = float(measure(counts[None, :])[0]), measure(drawn)
        if value != value:
            return Interval(None, None, None)
        if value in (0.0, 1.0):
            # Nothing varies, so nothing can be drawn: the items as independent ones.
            plain = wilson_interval(round(value * total), total)
            return Interval(value, plain.low, plain.high)
        low, high = np.nanquantile(around, [0.025, 0.975])
        return Interval(value, float(low), float(high))

    letters = {letter: np.array([name.count(letter) for name in names], np.float64) for letter in "LR"}
    verdicts = float(len(ORDERS))

    def said(among: Floats, letter: str) -> Floats:
        return np.asarray(among @ letters[letter] / (among.sum(axis=1) * verdicts))

    def floor(among: Floats) -> Floats:
        shares = {letter: said(among, letter) for letter in "LR"}
        product = np.ones(len(among))
        for order in ORDERS:
            product = product * shares[LETTERS[order.right]]
        return product

    def right(index: int) -> Callable[[Floats], Floats]:
        is_right = np.array([name[index] == LETTERS[ORDERS[index].right] for name in names], np.float64)
        return lambda among: np.asarray(among @ is_right / among.sum(axis=1))

    def turned(couples: tuple[tuple[int, int], ...]) -> Callable[[Floats], Floats]:
        both = np.array([sum({n[i], n[j]} <= {"L", "R"} for i, j in couples) for n in names], np.float64)
        turns = np.array([sum({n[i], n[j]} == {"L", "R"} for i, j in couples) for n in names], np.float64)
        return lambda among: np.asarray((among @ turns) / (among @ both))

    return PositionBias(
        between(floor),
        between(lambda among: said(among, "L") / (said(among, "L") + said(among, "R"))),
        tuple(between(right(index)) for index in range(len(ORDERS))),
        between(turned(((0, 1), (2, 3)))),
        between(turned(((0, 2), (1, 3)))),
    )
