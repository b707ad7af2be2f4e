"""Davidson's model of paired comparisons with ties (1970): win, loss and tie as e^(d/2) : e^(-d/2) : nu."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interpref_core.metrics.bradley_terry import fit_bradley_terry as plain_fit
from interpref_core.metrics.newton import CLOSE, STEPS, Fit, newton_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interpref_core.metrics.win_matrix import WinCounts

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Chances:
    """Of win, loss and tie, each k x k, with the loss that they give."""

    win: Floats
    lose: Floats
    tie: Floats
    loss: float


def fit_davidson(counts: WinCounts, regularisation: float = 0.0) -> Fit:
    """The maximum of the likelihood over k scores of mean 0 and log nu, by Newton's method.

    Without any tie, nu is 0 and the scores are those of plain Bradley-Terry.
    """
    if not counts.ties.any():
        plain = plain_fit(counts, "drop", regularisation=regularisation)
        return Fit(plain.scores, plain.loss, plain.converged, plain.steps, plain.hessian, 0.0)
    k, size, step = len(counts.wins), max(1.0, counts.n), 0
    place = np.append(np.zeros(k), math.log(counts.ties.sum() / max(1.0, counts.wins.sum())))
    while True:
        chances = _chances(counts, place, regularisation)
        gradient, hessian = _derivatives(counts, chances, place, regularisation)
        close = float(np.abs(gradient).max()) <= CLOSE * size
        if close or step >= STEPS:
            break
        matrix = hessian + _anchor(hessian, regularisation)
        move: Floats = np.asarray(np.linalg.solve(matrix, gradient), np.float64)
        place, _, moved = newton_step(
            place, move, chances.loss, lambda there: _chances(counts, there, regularisation).loss, gradient
        )
        step += 1
        if not moved:
            break
    across = hessian[:k, k] / hessian[k, k]
    inner = hessian[:k, :k] - np.outer(across, hessian[k, :k])
    done = bool(np.abs(gradient).max() <= max(CLOSE * size, 1e-7))
    return Fit(place[:k] - place[:k].mean(), chances.loss, done, step, inner, float(np.exp(place[k])), across)


def has_finite_maximum(counts: WinCounts) -> bool:
    """Whether strongly connected counts have a finite maximum: whether some cycle of models has more wins than ties in it.

    Without one, scores d exist with d_i - d_j >= 1 for every win of i over j and |d_i - d_j| <= 1 for every tie; going along
    them, with log nu at half the pace, makes every comparison ever more likely. Such scores are differences that a cycle
    of negative length rules out (Bellman and Ford).
    """
    won, tied = counts.wins > 0, counts.ties > 0
    if not won.any() or (won & won.T).any():
        return True  # all ties leave only nu without bounds, not the scores
    k = len(won)
    # d_j <= d_i - 1 for a win of i over j, d_j <= d_i + 1 for a tie.
    step = np.where(won, -1.0, np.where(tied, 1.0, np.inf))
    distance = np.zeros(k)
    for _ in range(k):
        shorter = np.minimum(distance, (distance[:, None] + step).min(axis=0))
        if np.array_equal(shorter, distance):
            return False
        distance = shorter
    return True


def _chances(counts: WinCounts, place: Floats, regularisation: float) -> _Chances:
    k = len(counts.wins)
    half = (place[:k, None] - place[None, :k]) / 2
    total = np.logaddexp(np.logaddexp(half, -half), place[k])
    loss = float((counts.wins * (total - half)).sum() + (counts.ties * (total - place[k])).sum() / 2)
    loss += regularisation / 2 * float(place[:k] @ place[:k])
    return _Chances(np.exp(half - total), np.exp(-half - total), np.exp(place[k] - total), loss)


def _derivatives(counts: WinCounts, at: _Chances, place: Floats, regularisation: float) -> tuple[Floats, Floats]:
    """Gradient (k + 1) and Hessian (k + 1 x k + 1) of the loss, the scores first, then log nu."""
    k, met = len(counts.wins), counts.wins + counts.wins.T + counts.ties
    lean = at.win - at.lose
    by_gap = (met * lean - (counts.wins - counts.wins.T)) / 2
    by_ties = float((met * at.tie).sum() - counts.ties.sum()) / 2
    gradient: Floats = np.append(by_gap.sum(axis=1) + regularisation * place[:k], by_ties)
    weight = met / 4 * (at.win + at.lose - lean**2)
    hessian = np.empty((k + 1, k + 1))
    hessian[:k, :k] = np.diag(weight.sum(axis=1)) - weight + np.eye(k) * regularisation
    hessian[:k, k] = hessian[k, :k] = -(met * at.tie * lean / 2).sum(axis=1)
    hessian[k, k] = float((met * at.tie * (1 - at.tie)).sum()) / 2
    return gradient, hessian


def _anchor(hessian: Floats, regularisation: float) -> Floats:
    """What makes the Hessian invertible along the vector of ones, where the loss is flat."""
    k = len(hessian) - 1
    anchor = np.zeros_like(hessian)
    if not regularisation:
        anchor[:k, :k] = max(1e-12, float(np.trace(hessian[:k, :k])) / k) / k
    return anchor


def sandwich_meat(counts: WinCounts, found: Fit) -> Floats:
    """The middle of the sandwich, k x k: the sum over comparisons of the outer products of their residuals, with the
    share of the tie parameter taken out."""
    if found.nu is None or found.cross is None:
        raise ValueError("only a fit with Davidson's ties has a tie parameter")
    k = len(counts.wins)
    at = _chances(counts, np.append(found.scores, math.log(found.nu)), 0.0)
    lean = at.win - at.lose
    outcomes = (
        (counts.wins, (1 - lean) / 2, -at.tie),
        (counts.wins.T, (-1 - lean) / 2, -at.tie),
        (counts.ties, -lean / 2, 1 - at.tie),
    )
    squares, mixed, own = np.zeros((k, k)), np.zeros((k, k)), 0.0
    for times, by_gap, by_ties in outcomes:
        squares += times * by_gap**2
        mixed += times * by_gap * by_ties
        own += float((times * by_ties**2).sum()) / 2
    both, across = mixed.sum(axis=1), found.cross
    return np.asarray(
        np.diag(squares.sum(axis=1))
        - squares
        - np.outer(across, both)
        - np.outer(both, across)
        + np.outer(across, across) * own
    )
