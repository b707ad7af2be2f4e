"""Bradley-Terry scores from win counts: the minimum of the paper's Eq. 5, by Newton's method on the k x k matrix.

Eq. 5 is the cross-entropy -sum W_ij log sigma(b_i - b_j), ties half a win. Its sum goes over ordered pairs with a weight
of 1 each, so for a matrix of win rates it is twice the loss given here, which counts a comparison once. Davidson's model
(1970) has ties of their own. A model that never loses, or groups that never met, have no finite scores: they are named,
never given a number in silence (Ford 1957: the graph of who beat whom must be strongly connected).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from interpref_core.metrics.newton import CLOSE, STEPS, Fit, HalfOrDropped, Ties, covariance, newton_step, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interpref_core.metrics.win_matrix import WinCounts

    Floats = NDArray[np.float64]


def effective_wins(counts: WinCounts, ties: Ties) -> Floats:
    """The W of Eq. 5: with ties as half wins, or left out."""
    return counts.wins if ties == "drop" else counts.halves


def bt_loss(wins: Floats, scores: Floats) -> float:
    """Eq. 5 for scores b: -sum over i != j of W_ij log sigma(b_i - b_j)."""
    gaps = scores[:, None] - scores[None, :]
    return float((wins * np.logaddexp(0, -gaps)).sum() - np.trace(wins) * math.log(2))


def fit_bradley_terry(counts: WinCounts, ties: HalfOrDropped = "half", *, regularisation: float = 0.0) -> Fit:
    """Minimise Eq. 5 over scores of mean 0, by Newton's method.

    Only for strongly connected counts, or with a regularisation: `regularisation` times half the sum of squares is added to the
    loss. Davidson's ties are another model: `model_fit.fit_model` chooses.
    """
    wins = effective_wins(counts, ties)
    k, met, won = len(wins), wins + wins.T, wins.sum(axis=1)
    scores, step = np.zeros(k), 0
    size = max(1.0, float(met.sum()) / 2)
    loss = _penalized_loss(wins, scores, regularisation)
    while True:
        chance = sigmoid(scores[:, None] - scores[None, :])
        gradient = (met * chance).sum(axis=1) - won + regularisation * scores
        weight = met * chance * (1 - chance)
        hessian = np.diag(weight.sum(axis=1)) - weight
        if np.abs(gradient).max(initial=0) <= CLOSE * size or step >= STEPS:
            break
        move = _solve(hessian, gradient, regularisation)
        scores, loss, moved = newton_step(
            scores, move, loss, lambda at: _penalized_loss(wins, at, regularisation), gradient
        )
        step += 1
        if not moved:
            break
    done = bool(np.abs(gradient).max(initial=0) <= max(CLOSE * size, 1e-7))
    return Fit(scores, bt_loss(wins, scores), done, step, hessian)


def _penalized_loss(wins: Floats, scores: Floats, regularisation: float) -> float:
    return bt_loss(wins, scores) + regularisation / 2 * float(scores @ scores)


def _solve(hessian: Floats, gradient: Floats, regularisation: float) -> Floats:
    """Newton's step; along the vector of ones, where the loss is flat, there is none."""
    k = len(gradient)
    flat = 0.0 if regularisation else max(1e-12, float(np.trace(hessian)) / k)
    matrix = hessian + np.eye(k) * regularisation + flat / k
    move = np.linalg.solve(matrix, gradient)
    return np.asarray(move if regularisation else move - move.mean())


def information(counts: WinCounts, *, prior: float = 1.0) -> Floats:
    """For each pair, by how much one more comparison would reduce the sum of the variances of the scores. k x k.

    With a prior of that precision on each score, so that it is defined from the first comparison on (Sherman and
    Morrison 1950 give the change of an inverse by one comparison).
    """
    found = fit_bradley_terry(counts, "half", regularisation=prior)
    inverse = covariance(found.hessian, prior)
    squared = inverse @ inverse
    chance = sigmoid(found.scores[:, None] - found.scores[None, :])
    weight = chance * (1 - chance)
    spread = np.diag(inverse)[:, None] + np.diag(inverse)[None, :] - 2 * inverse
    moved = np.diag(squared)[:, None] + np.diag(squared)[None, :] - 2 * squared
    gain = np.asarray(weight * moved / (1 + weight * spread))
    np.fill_diagonal(gain, 0)
    return gain
