"""A pass rate corrected for an imperfect judge by a few human labels: prediction-powered inference.

The judge's rate over all items is as wrong as the judge; a human's over a few items is right and wide. PPI++ (Angelopoulos,
Duchi and Zrnic 2023) takes the judge's rate and adds what the judge is off by where people have looked, weighing the judge
by how much it is worth: never wider than the labels alone, in the limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """The corrected rate with its interval; `labelled` items of `n` have a human label, and over those alone people say
    `people` (a share, with its interval) and the judge `judge_there`. `weight` is the judge's, 0 where it is worth nothing.
    """

    rate: float
    low: float
    high: float
    n: int
    labelled: int
    people: float
    people_low: float
    people_high: float
    judge: float
    judge_there: float
    weight: float

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def corrected_rate(
    judged: Sequence[float], labelled: Sequence[tuple[float, float]], confidence: float = 0.95
) -> CorrectedRate | None:
    """From the judge's say on items without a label (0 or 1 each), and (judge, human) on those with one.

    Human values are shares where several people labelled an item. None for fewer than two labelled items or none without.
    """
    n, big = len(labelled), len(judged)
    if n < 2 or not big:
        return None
    judge, human = [f for f, _ in labelled], [y for _, y in labelled]
    everywhere = [*judged, *judge]
    mean_f, mean_y, mean_big = (math.fsum(values) / len(values) for values in (judge, human, judged))
    covariance = math.fsum((f - mean_f) * (y - mean_y) for f, y in labelled) / (n - 1)
    spread = _variance(everywhere)
    weight = 0.0 if spread == 0 else min(1.0, max(0.0, covariance / (spread * (1 + n / big))))
    rate = weight * mean_big + math.fsum(y - weight * f for f, y in labelled) / n
    error = math.sqrt(weight**2 * _variance(judged) / big + _variance([y - weight * f for f, y in labelled]) / n)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    alone = z * math.sqrt(_variance(human) / n)
    return CorrectedRate(
        min(1.0, max(0.0, rate)),
        max(0.0, rate - z * error),
        min(1.0, rate + z * error),
        n + big,
        n,
        mean_y,
        max(0.0, mean_y - alone),
        min(1.0, mean_y + alone),
        math.fsum(everywhere) / len(everywhere),
        mean_f,
        weight,
    )


def _variance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
