"""From the codes of comparisons to win counts, in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpref_core.metrics.bt_intervals import Rows
from interpref_core.metrics.win_matrix import TIE, A, B, WinCounts
from interpref_db.importers.winner_columns import clean_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


def counts_of(
    names: Sequence[str], slices: Iterable[Mapping[str, NDArray[Any]]], *, clustered: bool
) -> tuple[WinCounts, Rows | None, int, int]:
    """Win counts of coded comparisons, the comparisons themselves where they have clusters, how many were a model's with
    itself, and how many were none. Each slice has `cell`, (first * k + second) * 3 + outcome (k * k * 3 is none), and with
    clusters `cluster`.
    """
    k = len(names)
    models = sorted({clean_cell(name) for name in names})
    code = {name: n for n, name in enumerate(models)}
    merged = np.array([code[clean_cell(name)] for name in names], np.int64)
    counted = np.zeros(k * k * 3 + 1, np.int64)
    parts: list[Mapping[str, NDArray[Any]]] = []
    for part in slices:
        counted += np.bincount(part["cell"], minlength=len(counted))
        if clustered:
            parts.append(part)
    cells = _merge_names(counted[:-1].reshape(k, k, 3), merged, len(models))
    rows = _rows(parts, k, merged) if parts else None
    return WinCounts.from_cells(models, cells), rows, round(float(np.trace(cells).sum())), int(counted[-1])


def _merge_names(cells: NDArray[np.int64], merged: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Counts by names of which some are the same model: k x k x 3."""
    if len(merged) == k:
        return cells.astype(np.float64)
    out = np.zeros((k, k, 3))
    np.add.at(out, (merged[:, None], merged[None, :]), cells)
    return out


def _rows(parts: Sequence[Mapping[str, NDArray[Any]]], k: int, merged: NDArray[np.int64]) -> Rows:
    cell = np.concatenate([part["cell"] for part in parts])
    counts = cell < k * k * 3
    pair, outcome = np.divmod(cell[counts], 3)
    first, second = np.divmod(pair, k)
    cluster = np.concatenate([part["cluster"] for part in parts])[counts]
    return _cluster_rows(merged[first], merged[second], outcome, cluster)


def rows_of(counts: WinCounts, found: Sequence[Mapping[str, Any]], cluster: str) -> Rows:
    """Comparisons one by one from records with model_a, model_b, winner and the column `cluster`."""
    code = {name: n for n, name in enumerate(counts.models)}
    said = {"a": A, "b": B}
    table = np.array([(code[r["model_a"]], code[r["model_b"]], said.get(r["winner"], TIE)) for r in found], np.int64)
    return _cluster_rows(table[:, 0], table[:, 1], table[:, 2], np.array([str(row[cluster]) for row in found]))


def _cluster_rows(
    a: NDArray[np.int64], b: NDArray[np.int64], outcome: NDArray[np.int64], cluster: NDArray[Any]
) -> Rows:
    return Rows(a, b, outcome, np.unique(cluster, return_inverse=True)[1]).where(a != b)
