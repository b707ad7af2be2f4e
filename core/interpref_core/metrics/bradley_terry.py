"""Bradley-Terry scores from win counts: the minimum of the paper's Eq. 5, by Newton's method on the k x k matrix.

Eq. 5 is the cross-entropy -sum W_ij log sigma(b_i - b_j), ties half a win. Davidson's model (1970) has ties of their own.
A model that never loses, or groups that never met, have no finite scores: they are named, never given a number in
silence (Ford 1957: the graph of who beat whom must be strongly connected).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from interpref_core.metrics.win_matrix import WinCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Ties = Literal["half", "davidson", "drop"]

_STEPS = 100
_CLOSE = 1e-10  # of the gradient, for each comparison


@dataclass(frozen=True, slots=True)
class Fit:
    """Scores of models that can all be compared, mean 0. `nu` is Davidson's tie parameter; `hessian` is that of the
    loss at the minimum (k x k, singular along the vector of ones)."""

    scores: Floats
    loss: float
    converged: bool
    steps: int
    hessian: Floats
    nu: float | None = None


def effective_wins(counts: WinCounts, ties: Ties) -> Floats:
    """The W of Eq. 5: with ties as half wins, or left out."""
    return counts.wins if ties == "drop" else counts.halves


def loss_of(wins: Floats, scores: Floats) -> float:
    """Eq. 5 for scores b: -sum over i != j of W_ij log sigma(b_i - b_j)."""
    gaps = scores[:, None] - scores[None, :]
    return float((wins * np.logaddexp(0, -gaps)).sum() - np.trace(wins) * math.log(2))


def fit(counts: WinCounts, ties: Ties = "half", *, regularisation: float = 0.0) -> Fit:
    """The minimum of the loss over scores of mean 0. Only for strongly connected counts, or with a regularisation:
    `regularisation` times half the sum of squares is added to the loss.
    """
    if ties == "davidson":
        return _davidson(counts, regularisation)
    wins = effective_wins(counts, ties)
    k, met, won = len(wins), wins + wins.T, wins.sum(axis=1)
    scores, step = np.zeros(k), 0
    size = max(1.0, float(met.sum()) / 2)
    loss = _penalised(wins, scores, regularisation)
    while True:
        chance = _sigmoid(scores[:, None] - scores[None, :])
        gradient = (met * chance).sum(axis=1) - won + regularisation * scores
        weight = met * chance * (1 - chance)
        hessian = np.diag(weight.sum(axis=1)) - weight
        if np.abs(gradient).max(initial=0) <= _CLOSE * size or step >= _STEPS:
            break
        move = _solve(hessian, gradient, regularisation)
        scores, loss, moved = _descend(scores, move, loss, lambda at: _penalised(wins, at, regularisation), gradient)
        step += 1
        if not moved:
            break
    done = bool(np.abs(gradient).max(initial=0) <= max(_CLOSE * size, 1e-7))
    return Fit(scores, loss_of(wins, scores), done, step, hessian)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def _penalised(wins: Floats, scores: Floats, regularisation: float) -> float:
    return loss_of(wins, scores) + regularisation / 2 * float(scores @ scores)


def _solve(hessian: Floats, gradient: Floats, regularisation: float) -> Floats:
    """Newton's step; along the vector of ones, where the loss is flat, there is none."""
    k = len(gradient)
    flat = 0.0 if regularisation else max(1e-12, float(np.trace(hessian)) / k)
    matrix = hessian + np.eye(k) * regularisation + flat / k
    move = np.linalg.solve(matrix, gradient)
    return np.asarray(move if regularisation else move - move.mean())


def _descend(scores: Floats, move: Floats, loss: float, at: object, gradient: Floats) -> tuple[Floats, float, bool]:
    """Go along Newton's step, half as far while the loss does not fall as it should."""
    length, slope = 1.0, float(gradient @ move)
    while length > 1e-8:
        there = scores - length * move
        value = at(there)  # type: ignore[operator]  # a function of the scores
        if value <= loss - 1e-4 * length * slope + 1e-12 * abs(loss):
            return there, value, True
        length /= 2
    return scores, loss, False


def _davidson(counts: WinCounts, regularisation: float) -> Fit:
    """Davidson's model: win, loss and tie as exp(d/2) : exp(-d/2) : nu, where d is the difference of the scores."""
    wins, ties = counts.wins, np.triu(counts.ties)
    k = len(wins)
    lost, tied = wins.T, counts.ties
    met = wins + lost + tied
    theta = math.log(max(1e-3, float(ties.sum())) / max(1.0, float(wins.sum()))) + math.log(2)
    if not ties.any():
        plain = fit(counts, "drop", regularisation=regularisation)
        return Fit(plain.scores, plain.loss, plain.converged, plain.steps, plain.hessian, 0.0)
    place = np.append(np.zeros(k), theta)
    size = max(1.0, counts.n)

    def parts(at: Floats) -> tuple[Floats, Floats, Floats, float]:
        half = (at[:k, None] - at[None, :k]) / 2
        total = np.logaddexp(np.logaddexp(half, -half), at[k])
        loss = float((wins * (total - half)).sum() + (ties * (total - at[k])).sum() - np.trace(wins) * total[0, 0] * 0)
        loss += regularisation / 2 * float(at[:k] @ at[:k])
        return np.exp(half - total), np.exp(-half - total), np.exp(at[k] - total), loss

    p_win, p_loss, p_tie, loss = parts(place)
    step = 0
    while True:
        lean = p_win - p_loss
        by_gap = met * lean / 2 - (wins - lost) / 2
        gradient = np.append(by_gap.sum(axis=1) + regularisation * place[:k], ((met * p_tie).sum() - tied.sum()) / 2)
        weight = met / 4 * (p_win + p_loss - lean**2)
        np.fill_diagonal(weight, 0)
        hessian = np.zeros((k + 1, k + 1))
        hessian[:k, :k] = np.diag(weight.sum(axis=1)) - weight
        cross = -(met * p_tie * lean / 2).sum(axis=1)
        hessian[:k, k] = hessian[k, :k] = cross
        hessian[k, k] = (met * p_tie * (1 - p_tie)).sum() / 2
        if np.abs(gradient).max() <= _CLOSE * size or step >= _STEPS:
            break
        matrix = hessian.copy()
        matrix[:k, :k] += np.eye(k) * regularisation + (0 if regularisation else max(1e-12, np.trace(weight)) / k + 1.0)
        move = np.linalg.solve(matrix, gradient)
        if not regularisation:
            move[:k] -= move[:k].mean()
        place, loss, moved = _descend(place, move, loss, lambda at: parts(at)[3], gradient)
        p_win, p_loss, p_tie, _ = parts(place)
        step += 1
        if not moved:
            break
    inner = hessian[:k, :k] - np.outer(hessian[:k, k], hessian[k, :k]) / hessian[k, k]
    done = bool(np.abs(gradient).max() <= max(_CLOSE * size, 1e-7))
    return Fit(place[:k], loss, done, step, inner, float(np.exp(place[k])))


def covariance(hessian: Floats, regularisation: float = 0.0) -> Floats:
    """The inverse of a Hessian on scores of mean 0 (its pseudo-inverse), or with a prior its plain inverse. k x k."""
    k = len(hessian)
    if regularisation:
        return np.asarray(np.linalg.inv(hessian + np.eye(k) * regularisation))
    scale = max(1e-12, float(np.trace(hessian)) / k)
    return np.asarray(np.linalg.inv(hessian + scale / k) - 1 / (scale * k))


def information(counts: WinCounts, *, prior: float = 1.0) -> Floats:
    """For each pair, by how much one more comparison would reduce the sum of the variances of the scores. k x k.

    With a prior of that precision on each score, so that it is defined from the first comparison on (Sherman and
    Morrison 1950 give the change of an inverse by one comparison).
    """
    found = fit(counts, "half", regularisation=prior)
    inverse = covariance(found.hessian, prior)
    squared = inverse @ inverse
    chance = _sigmoid(found.scores[:, None] - found.scores[None, :])
    weight = chance * (1 - chance)
    spread = np.diag(inverse)[:, None] + np.diag(inverse)[None, :] - 2 * inverse
    moved = np.diag(squared)[:, None] + np.diag(squared)[None, :] - 2 * squared
    gain = np.asarray(weight * moved / (1 + weight * spread))
    np.fill_diagonal(gain, 0)
    return gain
