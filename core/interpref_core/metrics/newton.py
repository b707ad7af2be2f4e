"""Newton's method for models of paired comparisons: the fit, its steps, its covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HalfOrDropped = Literal["half", "drop"]
Ties = HalfOrDropped | Literal["davidson"]

STEPS = 100
CLOSE = 1e-10  # of the gradient, for each comparison


@dataclass(frozen=True, slots=True)
class Fit:
    """Scores of models that can all be compared, mean 0. `nu` is Davidson's tie parameter; `hessian` is that of the
    loss at the minimum (k x k, singular along the vector of ones; with Davidson's ties after taking out `nu`), and `cross`
    how the tie parameter's share of a residual is taken out (k; the sandwich needs it)."""

    scores: Floats
    loss: float
    converged: bool
    steps: int
    hessian: Floats
    nu: float | None = None
    cross: Floats | None = None


def sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def newton_step(
    scores: Floats, move: Floats, loss: float, at: Callable[[Floats], float], gradient: Floats
) -> tuple[Floats, float, bool]:
    """Go along Newton's step, half as far while the loss does not fall as it should."""
    length, slope = 1.0, float(gradient @ move)
    while length > 1e-8:
        there = scores - length * move
        value = at(there)
        if value <= loss - 1e-4 * length * slope + 1e-12 * abs(loss):
            return there, value, True
        length /= 2
    return scores, loss, False


def covariance(hessian: Floats, regularisation: float = 0.0) -> Floats:
    """The inverse of a Hessian on scores of mean 0 (its pseudo-inverse), or with a prior its plain inverse. k x k."""
    k = len(hessian)
    if regularisation:
        return np.asarray(np.linalg.inv(hessian + np.eye(k) * regularisation))
    scale = max(1e-12, float(np.trace(hessian)) / k)
    return np.asarray(np.linalg.inv(hessian + scale / k) - 1 / (scale * k))
