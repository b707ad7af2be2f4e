"""Intervals of Bradley-Terry scores: sandwich (also clustered), inverse Hessian, and bootstrap by resampling cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interpref_core.metrics import davidson
from interpref_core.metrics.bradley_terry import covariance, fit, sigmoid
from interpref_core.metrics.win_matrix import TIE, WinCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interpref_core.metrics.bradley_terry import Fit, Ties

    Floats = NDArray[np.float64]
    Codes = NDArray[np.integer]

_CHUNK = 4_000_000  # numbers worked on at a time
_SLIGHT = 1e-6  # the prior of a resample in which some model never loses


@dataclass(frozen=True, slots=True)
class Rows:
    """Comparisons one by one: codes of both models, outcome (0 a, 1 b, 2 tie), and the cluster each belongs to."""

    a: Codes
    b: Codes
    outcome: Codes
    cluster: Codes

    @property
    def clusters(self) -> int:
        return int(np.max(self.cluster, initial=-1)) + 1

    def where(self, kept: NDArray[np.bool_]) -> Rows:
        return Rows(
            self.a[kept], self.b[kept], self.outcome[kept], np.unique(self.cluster[kept], return_inverse=True)[1]
        )


def hessian_errors(found: Fit) -> Floats:
    """Standard errors (k) from the inverse Hessian; too wide where ties count as half wins."""
    return np.asarray(np.sqrt(np.maximum(0, np.diag(covariance(found.hessian)))))


def sandwich_errors(counts: WinCounts, found: Fit, ties: Ties = "half") -> Floats:
    """Standard errors (k) that hold whatever the model gets wrong about single comparisons (Huber 1967; White 1982)."""
    if found.cross is not None:
        return _errors(found, davidson.middle(counts, found))
    chance = sigmoid(found.scores[:, None] - found.scores[None, :])
    # Squared residuals of all comparisons of a pair: of i's wins, of j's, and of their ties.
    squares = counts.wins * (1 - chance) ** 2 + counts.wins.T * chance**2
    if ties == "half":
        squares += counts.ties * (0.5 - chance) ** 2
    np.fill_diagonal(squares, 0)
    return _errors(found, np.diag(squares.sum(axis=1)) - squares)


def clustered_errors(found: Fit, rows: Rows, ties: Ties = "half") -> Floats:
    """Sandwich errors (k) where comparisons of one cluster (an annotator, an item) hang together; not for Davidson."""
    from scipy.sparse import csr_matrix

    if ties == "drop":
        rows = rows.where(rows.outcome != TIE)
    said = np.array([1.0, 0.0, 0.5])[rows.outcome]
    residual = said - sigmoid(found.scores[rows.a] - found.scores[rows.b])
    groups = rows.clusters
    where = (np.concatenate([rows.cluster, rows.cluster]), np.concatenate([rows.a, rows.b]))
    scores = csr_matrix((np.concatenate([residual, -residual]), where), shape=(groups, len(found.scores)))
    middle = np.asarray((scores.T @ scores).todense(), dtype=np.float64)
    # The usual correction for few clusters.
    return _errors(found, middle * (groups / max(1, groups - 1)))


def _errors(found: Fit, middle: Floats) -> Floats:
    bread = covariance(found.hessian)
    return np.asarray(np.sqrt(np.maximum(0, ((bread @ middle) * bread).sum(axis=1))))


def bootstrap(counts: WinCounts, found: Fit, ties: Ties = "half", *, resamples: int = 1000, seed: int = 0) -> Floats:
    """Scores of mean 0 of resampled comparisons, resamples x k: the cells of the counts are drawn anew.

    With half wins each sample is reached from the present scores with the present inverse Hessian; the few that do not
    settle that way, and Davidson's, are fitted whole.
    """
    met = counts.wins + counts.wins.T + (0 if ties == "drop" else counts.ties)
    first, second = np.nonzero(np.triu(met, 1))
    cells = [counts.wins[first, second], counts.wins[second, first]]
    cells.append(np.zeros(len(first)) if ties == "drop" else counts.ties[first, second])
    chances = np.concatenate(cells)
    total = round(float(chances.sum()))
    generator = np.random.default_rng(seed)
    samples = np.empty((resamples, len(found.scores)))
    pairs = _Pairs(counts.models, first, second)
    step = max(1, _CHUNK // max(1, len(first)))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = generator.multinomial(total, chances / chances.sum(), size=size).astype(np.float64)
        settled = np.zeros(size, np.bool_)
        if ties != "davidson":
            samples[start : start + size], settled = _refit(drawn, pairs, found)
        for number in np.nonzero(~settled)[0]:
            samples[start + number] = fit(pairs.counts(drawn[number]), ties, regularisation=_SLIGHT).scores
    return np.asarray(samples - samples.mean(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of models that met; a draw has first's wins for each, then second's, then the ties."""

    models: tuple[str, ...]
    first: Codes
    second: Codes

    def counts(self, drawn: Floats) -> WinCounts:
        k, met = len(self.models), len(self.first)
        wins, ties = np.zeros((k, k)), np.zeros((k, k))
        wins[self.first, self.second], wins[self.second, self.first] = drawn[:met], drawn[met : 2 * met]
        ties[self.first, self.second] = ties[self.second, self.first] = drawn[2 * met :]
        return WinCounts(self.models, wins, ties)


def _refit(drawn: Floats, pairs: _Pairs, found: Fit) -> tuple[Floats, NDArray[np.bool_]]:
    """Scores of each sample (samples x k) by steps with one fixed inverse Hessian, and which of them settled."""
    from scipy.sparse import csr_matrix

    first, second = pairs.first, pairs.second
    met, k = len(first), len(found.scores)
    won, lost, tied = drawn[:, :met], drawn[:, met : 2 * met], drawn[:, 2 * met :]
    said, played = won + tied / 2, won + lost + tied
    ones, columns = np.ones(met), np.concatenate([first, second])
    gaps = csr_matrix((np.concatenate([ones, -ones]), (np.tile(np.arange(met), 2), columns)), shape=(met, k))
    to_models, inverse = gaps.T.tocsr(), covariance(found.hessian)
    there = np.tile(found.scores, (len(drawn), 1))
    settled = np.zeros(len(drawn), np.bool_)
    active = np.arange(len(drawn))
    for _ in range(40):
        now = there[active]
        residual = said[active] - played[active] * sigmoid(now[:, first] - now[:, second])
        move = (to_models @ residual.T).T @ inverse
        there[active] = now + move
        size = np.abs(move).max(axis=1)
        settled[active[size <= 1e-6]] = True
        # A step of that size means a sample far from these scores: fitted whole instead.
        active = active[(size > 1e-6) & (size < 10)]
        if not len(active):
            break
    return there, settled


def clustered_bootstrap(
    counts: WinCounts, rows: Rows, ties: Ties = "half", *, resamples: int = 1000, seed: int = 0
) -> Floats:
    """Scores of mean 0, resamples x k, where whole clusters are drawn anew (Efron and Tibshirani 1993, chapter 8)."""
    groups = rows.clusters
    generator = np.random.default_rng(seed)
    samples = np.empty((resamples, len(counts.models)))
    for number in range(resamples):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups).astype(np.float64)
        again = WinCounts.of_codes(counts.models, rows.a, rows.b, rows.outcome, weights=times[rows.cluster])
        samples[number] = fit(again, ties, regularisation=_SLIGHT).scores
    return np.asarray(samples - samples.mean(axis=1, keepdims=True))
