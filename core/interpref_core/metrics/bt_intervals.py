"""Intervals of Bradley-Terry scores: sandwich (also clustered), inverse Hessian, and bootstrap by resampling cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interpref_core.metrics.bradley_terry import _sigmoid, covariance, fit
from interpref_core.metrics.win_matrix import WinCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interpref_core.metrics.bradley_terry import Fit

    Floats = NDArray[np.float64]
    Codes = NDArray[np.integer]

_CHUNK = 4_000_000  # numbers worked on at a time


def hessian_errors(found: Fit) -> Floats:
    """Standard errors from the inverse Hessian; too wide where ties count as half wins."""
    return np.asarray(np.sqrt(np.maximum(0, np.diag(covariance(found.hessian)))))


def sandwich_errors(counts: WinCounts, found: Fit, *, drop_ties: bool = False) -> Floats:
    """Standard errors that hold whatever the model gets wrong about single comparisons (Huber 1967; White 1982)."""
    chance = _sigmoid(found.scores[:, None] - found.scores[None, :])
    ties = np.zeros_like(counts.ties) if drop_ties else counts.ties
    # Squared residuals of all comparisons of a pair: of i's wins, of j's, and of their ties.
    squares = counts.wins * (1 - chance) ** 2 + counts.wins.T * chance**2 + ties * (0.5 - chance) ** 2
    np.fill_diagonal(squares, 0)
    return _errors(found, np.diag(squares.sum(axis=1)) - squares)


def clustered_errors(found: Fit, a: Codes, b: Codes, outcome: Codes, cluster: Codes) -> Floats:
    """Sandwich errors where comparisons of one cluster (an annotator, an item) hang together. One entry a comparison;
    outcomes are 0 a, 1 b, 2 tie."""
    from scipy.sparse import csr_matrix

    said = np.array([1.0, 0.0, 0.5])[np.asarray(outcome, np.int64)]
    residual = said - _sigmoid(found.scores[a] - found.scores[b])
    k, groups = len(found.scores), int(np.max(cluster, initial=-1)) + 1
    rows = np.concatenate([cluster, cluster])
    columns = np.concatenate([a, b])
    scores = csr_matrix((np.concatenate([residual, -residual]), (rows, columns)), shape=(groups, k))
    middle = np.asarray((scores.T @ scores).todense(), dtype=np.float64)
    # The usual correction for few clusters.
    return _errors(found, middle * (groups / max(1, groups - 1)))


def _errors(found: Fit, middle: Floats) -> Floats:
    bread = covariance(found.hessian)
    return np.asarray(np.sqrt(np.maximum(0, np.einsum("ij,jk,ki->i", bread, middle, bread, optimize=True))))


def bootstrap(counts: WinCounts, found: Fit, *, resamples: int = 1000, seed: int = 0, drop_ties: bool = False) -> Floats:
    """Scores of mean 0 of resampled comparisons, resamples x k: the cells of the counts are drawn anew, and each sample
    is fitted from the present scores with the present inverse Hessian until it moves no more."""
    first, second = np.nonzero(np.triu(counts.wins + counts.wins.T + (0 if drop_ties else counts.ties), 1))
    cells = np.concatenate([counts.wins[first, second], counts.wins[second, first]])
    if not drop_ties:
        cells = np.concatenate([cells, counts.ties[first, second]])
    total = round(float(cells.sum()))
    generator = np.random.default_rng(seed)
    inverse = covariance(found.hessian)
    samples = np.empty((resamples, len(found.scores)))
    step = max(1, _CHUNK // max(1, len(first)))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = _draw(generator, total, cells, size)
        samples[start : start + size] = _refit(drawn, first, second, found.scores, inverse)
    return samples


def _draw(generator: np.random.Generator, total: int, cells: Floats, size: int) -> Floats:
    return generator.multinomial(total, cells / cells.sum(), size=size).astype(np.float64)


def _refit(drawn: Floats, first: Codes, second: Codes, scores: Floats, inverse: Floats) -> Floats:
    """Scores of each sample (samples x k) by steps with one fixed inverse Hessian."""
    from scipy.sparse import csr_matrix

    pairs, k = len(first), len(scores)
    won, lost = drawn[:, :pairs], drawn[:, pairs : 2 * pairs]
    tied = drawn[:, 2 * pairs :] if drawn.shape[1] > 2 * pairs else 0.0
    said, met = won + np.asarray(tied) / 2, won + lost + tied
    ones = np.ones(pairs)
    incidence = csr_matrix(
        (np.concatenate([ones, -ones]), (np.tile(np.arange(pairs), 2), np.concatenate([first, second]))), shape=(pairs, k)
    ).T.tocsr()
    there = np.tile(scores, (len(drawn), 1))
    active = np.arange(len(drawn))
    for _ in range(60):
        now = there[active]
        residual = said[active] - met[active] * _sigmoid(now[:, first] - now[:, second])
        move = (incidence @ residual.T).T @ inverse
        there[active] = now + move
        active = active[np.abs(move).max(axis=1) > 1e-6]
        if not len(active):
            break
    return np.asarray(there - there.mean(axis=1, keepdims=True))


def clustered_bootstrap(
    counts: WinCounts, found: Fit, a: Codes, b: Codes, outcome: Codes, cluster: Codes, *, resamples: int = 1000, seed: int = 0
) -> Floats:
    """Scores of mean 0, resamples x k, where whole clusters are drawn anew (Efron and Tibshirani 1993, chapter 8)."""
    groups, k = int(np.max(cluster, initial=-1)) + 1, len(counts.models)
    generator = np.random.default_rng(seed)
    samples = np.empty((resamples, k))
    for number in range(resamples):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups).astype(np.float64)
        again = WinCounts.of_codes(counts.models, a, b, outcome, weights=times[cluster])
        samples[number] = fit(again, "half", regularisation=1e-6).scores
    return samples - samples.mean(axis=1, keepdims=True)


__all__ = ["bootstrap", "clustered_bootstrap", "clustered_errors", "hessian_errors", "sandwich_errors"]
