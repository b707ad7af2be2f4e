"""Intervals of Bradley-Terry scores: sandwich (also clustered), inverse Hessian, and bootstrap by resampling cells."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interpref_core.metrics import davidson
from interpref_core.metrics.model_fit import fit_model
from interpref_core.metrics.newton import covariance, sigmoid
from interpref_core.metrics.win_matrix import TIE, WinCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interpref_core.metrics.newton import Fit, Ties

    Floats = NDArray[np.float64]
    Codes = NDArray[np.integer]

_CHUNK = 500_000  # numbers worked on at a time: what a core keeps near it
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
        return _errors(found, davidson.sandwich_meat(counts, found))
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
    """Scores of mean 0 of resampled comparisons, resamples x k: each cell of the counts is drawn anew.

    Cells are Poisson draws around what was counted (the Poisson bootstrap: Hanley and MacGibbon 2006), which is drawing the
    comparisons themselves with a total that varies too; the scores do not depend on it. With half wins each sample is
    reached from the present scores with the present inverse Hessian; the few that do not settle that way, and Davidson's,
    are fitted whole. The same seed gives the same samples on any number of cores.
    """
    from concurrent.futures import ThreadPoolExecutor

    k = len(found.scores)
    work = _Resampling(counts, found, ties)
    size = max(1, _CHUNK // max(1, k * k))
    starts = range(0, resamples, size)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    samples = np.empty((resamples, k))

    def one(start: int, source: np.random.SeedSequence) -> None:
        stop = min(start + size, resamples)
        samples[start:stop] = work.scores(np.random.default_rng(source), stop - start)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        list(pool.map(one, starts, seeds))
    return np.asarray(samples - samples.mean(axis=1, keepdims=True))


class _Resampling:
    """What all resamples of the same counts share."""

    def __init__(self, counts: WinCounts, found: Fit, ties: Ties) -> None:
        self._models, self._ties, self._found = counts.models, ties, found
        tied = np.zeros_like(counts.ties) if ties == "drop" else counts.ties
        self._first, self._second = np.nonzero(np.triu(counts.wins + counts.wins.T + tied, 1))
        pair = (self._first, self._second)
        self._means = np.concatenate([counts.wins[pair], counts.wins[pair[::-1]], tied[pair]])
        self._inverse = covariance(found.hessian)
        # A thousandth of the smallest error: far below what the number of resamples can show.
        self._close = 1e-3 * float(np.sqrt(np.maximum(1e-12, np.diag(self._inverse))).min(initial=1.0))

    def scores(self, generator: np.random.Generator, size: int) -> Floats:
        """Scores of `size` resamples, size x k."""
        drawn = generator.poisson(self._means, size=(size, len(self._means)))
        there = np.tile(self._found.scores, (size, 1))
        settled = np.zeros(size, np.bool_) if self._ties == "davidson" else self._settle(there, drawn)
        for number in np.nonzero(~settled)[0]:
            there[number] = fit_model(self._counts(drawn[number]), self._ties, regularisation=_SLIGHT).scores
        return there

    def _settle(self, there: Floats, drawn: Codes) -> NDArray[np.bool_]:
        """Move each sample's scores (in place) to its minimum; says for which that succeeded."""
        (size, k), met = there.shape, len(self._first)
        won, lost, tied = drawn[:, :met], drawn[:, met : 2 * met], drawn[:, 2 * met :]
        played, said = np.zeros((size, k, k)), np.zeros((size, k, k))
        played[:, self._first, self._second] = won + lost + tied
        said[:, self._first, self._second] = won + tied / 2
        said[:, self._second, self._first] = lost + tied / 2
        played += played.transpose(0, 2, 1)
        wins = said.sum(axis=2)
        settled = np.zeros(size, np.bool_)
        active = np.arange(size)
        for _ in range(40):
            strength = np.exp(there[active])
            # The expected wins of i: the sum over j of n_ij e^bi / (e^bi + e^bj).
            shares = played[active] / (strength[:, :, None] + strength[:, None, :])
            move = (wins[active] - strength * shares.sum(axis=2)) @ self._inverse
            there[active] += move
            moved = np.abs(move).max(axis=1)
            settled[active[moved <= self._close]] = True
            # A step of that size means a sample far from these scores: fitted whole instead.
            active = active[(moved > self._close) & (moved < 10)]
            if not len(active):
                break
        return settled

    def _counts(self, drawn: Codes) -> WinCounts:
        k, met = len(self._models), len(self._first)
        wins, ties = np.zeros((k, k)), np.zeros((k, k))
        wins[self._first, self._second], wins[self._second, self._first] = drawn[:met], drawn[met : 2 * met]
        ties[self._first, self._second] = ties[self._second, self._first] = drawn[2 * met :]
        return WinCounts(self._models, wins, ties)


def clustered_bootstrap(
    counts: WinCounts, rows: Rows, ties: Ties = "half", *, resamples: int = 1000, seed: int = 0
) -> Floats:
    """Scores of mean 0, resamples x k, where whole clusters are drawn anew (Efron and Tibshirani 1993, chapter 8)."""
    groups = rows.clusters
    generator = np.random.default_rng(seed)
    samples = np.empty((resamples, len(counts.models)))
    for number in range(resamples):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups).astype(np.float64)
        again = WinCounts.from_codes(counts.models, rows.a, rows.b, rows.outcome, weights=times[rows.cluster])
        samples[number] = fit_model(again, ties, regularisation=_SLIGHT).scores
    return np.asarray(samples - samples.mean(axis=1, keepdims=True))
