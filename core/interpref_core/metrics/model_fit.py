"""Which model of paired comparisons is fitted: Bradley-Terry's, or Davidson's where ties have a parameter of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.metrics.bradley_terry import fit_bradley_terry
from interpref_core.metrics.davidson import fit_davidson

if TYPE_CHECKING:
    from interpref_core.metrics.newton import Fit, Ties
    from interpref_core.metrics.win_matrix import WinCounts


def fit_model(counts: WinCounts, ties: Ties = "half", *, regularisation: float = 0.0) -> Fit:
    """Fit the model that treats ties as asked.

    Args:
        counts: strongly connected, unless there is a regularisation.
        ties: "half" a win each, "drop" (left out), or "davidson" (1970).
        regularisation: the precision of a normal prior on each score.
    """
    if ties == "davidson":
        return fit_davidson(counts, regularisation)
    return fit_bradley_terry(counts, ties, regularisation=regularisation)
