"""Who beat whom how often: the k x k counts that every score of comparisons is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.integer]

A, B, TIE = 0, 1, 2  # outcomes as codes

_OUTCOMES = {"a": A, "b": B, "tie": TIE, "both bad": TIE}


@dataclass(frozen=True, slots=True)
class WinCounts:
    """`wins[i, j]` counts how often model i beat model j; `ties[i, j]` = `ties[j, i]` their ties. Both k x k."""

    models: tuple[str, ...]
    wins: Floats
    ties: Floats

    @classmethod
    def from_codes(
        cls, models: Sequence[str], a: Codes, b: Codes, outcome: Codes, weights: Floats | None = None
    ) -> WinCounts:
        """From one entry a comparison: the codes of both models and the outcome (0 a, 1 b, 2 tie), by counting cells.

        A model against itself is left out.
        """
        k = len(models)
        a, b = np.asarray(a, np.int64), np.asarray(b, np.int64)
        cell = (a * k + b) * 3 + np.asarray(outcome, np.int64)
        counted = np.bincount(cell, weights=weights, minlength=k * k * 3).astype(np.float64)
        return cls.from_cells(models, counted.reshape(k, k, 3))

    @classmethod
    def from_cells(cls, models: Sequence[str], cells: Floats) -> WinCounts:
        """From k x k x 3 counts: first model, second model, outcome."""
        wins = cells[:, :, A] + cells[:, :, B].T
        ties = cells[:, :, TIE] + cells[:, :, TIE].T
        np.fill_diagonal(wins, 0)
        np.fill_diagonal(ties, 0)
        return cls(tuple(models), wins, ties)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str]], models: Sequence[str] | None = None) -> WinCounts:
        """From (model a, model b, winner), the winner as comparisons have it: a, b, tie or both bad; others are skipped."""
        counted = [(a, b, _OUTCOMES[winner]) for a, b, winner in rows if winner in _OUTCOMES]
        names = list(models) if models is not None else sorted({name for a, b, _ in counted for name in (a, b)})
        code = {name: n for n, name in enumerate(names)}
        table = np.array([(code[a], code[b], outcome) for a, b, outcome in counted], np.int64).reshape(-1, 3)
        return cls.from_codes(names, table[:, 0], table[:, 1], table[:, 2])

    @property
    def halves(self) -> Floats:
        """Wins with ties as half a win for each."""
        return self.wins + self.ties / 2

    @property
    def n(self) -> float:
        """Comparisons in all."""
        return float(self.wins.sum() + self.ties.sum() / 2)

    @property
    def played(self) -> Floats:
        """Comparisons of each model."""
        return np.asarray((self.wins + self.wins.T + self.ties).sum(axis=1))

    def rates(self) -> Floats:
        """Win rates with ties as half, k x k; NaN where two never met."""
        met = self.wins + self.wins.T + self.ties
        return np.asarray(np.where(met > 0, self.halves / np.where(met > 0, met, 1), np.nan))

    def only(self, kept: Sequence[int]) -> WinCounts:
        """The counts among some of the models."""
        index = np.ix_(kept, kept)
        return WinCounts(tuple(self.models[n] for n in kept), self.wins[index], self.ties[index])
