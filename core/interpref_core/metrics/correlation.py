"""Pearson's correlation of two scores of the same models (the paper's section 5.3: pass rates and win rates)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Correlation:
    """r, its two-sided p (None where undefined), and how many models it rests on."""

    r: float
    p: float | None
    n: int

    def to_json(self) -> dict[str, Any]:
        return {"r": self.r, "p": self.p, "n": self.n}


def pearson(x: Sequence[float], y: Sequence[float]) -> Correlation | None:
    """r and p by Student's t with n - 2 degrees of freedom; None for fewer than 2 values or a constant one."""
    n = len(x)
    if n != len(y):
        raise ValueError("two lists of the same length are needed")
    if n < 2:
        return None
    mean_x, mean_y = math.fsum(x) / n, math.fsum(y) / n
    dx, dy = [v - mean_x for v in x], [v - mean_y for v in y]
    norm_x, norm_y = math.sqrt(math.fsum(v * v for v in dx)), math.sqrt(math.fsum(v * v for v in dy))
    if norm_x <= 1e-12 * max(1.0, abs(mean_x)) or norm_y <= 1e-12 * max(1.0, abs(mean_y)):
        return None
    r = max(-1.0, min(1.0, math.fsum(a * b for a, b in zip(dx, dy, strict=True)) / (norm_x * norm_y)))
    if n == 2:
        return Correlation(r, None, n)
    return Correlation(r, _two_sided(r, n), n)


def _two_sided(r: float, n: int) -> float:
    if abs(r) >= 1:
        return 0.0
    from scipy.special import betainc

    # P(|t| > t0) as the regularised incomplete beta function; for n = 4 it is 1 - |r|.
    return float(betainc((n - 2) / 2, 0.5, 1 - r * r))
