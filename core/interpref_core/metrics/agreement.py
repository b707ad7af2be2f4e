"""Agreement of raters over items, with missing ratings, from counts: cost follows the number of different rows.

Per cent, Cohen (1960), Fleiss (1971; varying numbers of raters as in Gwet 2014), Krippendorff's alpha (2011) and Gwet's
AC1 and AC2 (2008), each with an interval by resampling items. A coefficient that is undefined is None with the reason.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interpref_core.metrics.ratings import NO_PAIR, ONE_CATEGORY, Coefficient, Level, Ratings, Table, Weights, _safe

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence, Set

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


# What a coefficient is made of: numbers of one row (rows x features), and the coefficient from their weighted sums
# (samples x features), NaN where undefined.
Parts = tuple["Floats", "Callable[[Floats], Floats]"]


def _agreeing(rows: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """For each row the share of (weighted) agreeing pairs of ratings, 0 where there is no pair; and whether there is one."""
    n = rows.sum(axis=1)
    weighted = rows if weights is None else rows @ weights
    agreeing = (rows * (weighted - 1)).sum(axis=1)
    has = (n > 1).astype(np.float64)
    return np.where(n > 1, agreeing / np.where(n > 1, n * (n - 1), 1.0), 0.0), has


def _percent_parts(rows: Floats) -> Parts:
    share, has = _agreeing(rows)
    return np.column_stack([share, has]), lambda sums: _safe(sums[:, 0], sums[:, 1])


def _chance_parts(rows: Floats, chance: Callable[[Floats], Floats], weights: Floats | None = None) -> Parts:
    """(Pa - Pe) / (1 - Pe) with Pe from the mean share of each category over items."""
    share, has = _agreeing(rows, weights)
    shares = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1.0)

    def value(sums: Floats) -> Floats:
        observed = _safe(sums[:, 0], sums[:, 1])
        expected = chance(sums[:, 3:] / np.maximum(sums[:, 2:3], 1e-300))
        return _safe(observed - expected, 1 - expected)

    return np.column_stack([share, has, np.ones(len(rows)), shares]), value


def _fleiss_parts(rows: Floats) -> Parts:
    return _chance_parts(rows, lambda shares: (shares**2).sum(axis=1))


def _gwet_parts(rows: Floats, weights: Floats | None = None) -> Parts:
    q = rows.shape[1]
    total = q if weights is None else weights.sum()

    def chance(shares: Floats) -> Floats:
        return np.asarray(
            total * (shares * (1 - shares)).sum(axis=1) / (q * (q - 1)) if q > 1 else np.ones(len(shares))
        )

    return _chance_parts(rows, chance, weights)


def _krippendorff_parts(rows: Floats, level: Level, values: Floats) -> Parts:
    """Alpha = 1 - Do / De from the coincidences of values within items (items with one rating play no part)."""
    n = rows.sum(axis=1)
    scale = np.where(n > 1, 1.0 / np.where(n > 1, n - 1, 1.0), 0.0)
    k = rows.shape[1]
    coincidences = (rows[:, :, None] * rows[:, None, :] - rows[:, :, None] * np.eye(k)) * scale[:, None, None]

    def value(sums: Floats) -> Floats:
        observed = sums.reshape(-1, k, k)
        margins = observed.sum(axis=2)
        total = margins.sum(axis=1)
        distance = _distances(margins, level, values)
        expected = margins[:, :, None] * margins[:, None, :] - np.eye(k) * margins[:, :, None]
        disagreement = (observed * distance).sum(axis=(1, 2))
        by_chance = _safe((expected * distance).sum(axis=(1, 2)), total - 1)
        return 1 - _safe(disagreement, by_chance)

    return coincidences.reshape(len(rows), k * k), value


def _distances(margins: Floats, level: Level, values: Floats) -> Floats:
    """Squared distances between categories, samples x k x k."""
    k = margins.shape[1]
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(k), (len(margins), k, k))
    if level == "interval":
        return np.broadcast_to((values[:, None] - values[None, :]) ** 2, (len(margins), k, k))
    # Ordinal: how many ratings lie between the two, each end counted half.
    below = np.cumsum(margins, axis=1) - margins / 2
    return (below[:, :, None] - below[:, None, :]) ** 2


def _estimate(table: Table, parts: Parts, raters: int, resamples: int, seed: int) -> Coefficient:
    """A coefficient and its interval; resampling items is drawing how often each different row occurs."""
    features, value = parts
    n, paired = int(table.times.sum()), table.paired
    sizes = table.rows.sum(axis=1)
    pairs = int((table.times * sizes * (sizes - 1) / 2).sum())
    if not paired:
        return Coefficient(None, n_items=0, raters=raters, note=NO_PAIR)
    point = float(value((table.times @ features)[None, :])[0])
    if not np.isfinite(point):
        return Coefficient(None, n_items=paired, n_pairs=pairs, raters=raters, note=ONE_CATEGORY)
    low = high = None
    if resamples > 0 and paired > 1:
        drawn = np.random.default_rng(seed).multinomial(n, table.times / n, size=resamples).astype(np.float64)
        found = value(drawn @ features)
        found = found[np.isfinite(found)]
        if len(found) > resamples // 2:
            low, high = (float(one) for one in np.quantile(found, [0.025, 0.975]))
    return Coefficient(point, low, high, paired, pairs, raters)


def percent_agreement(counts: Floats, *, raters: int = 0, resamples: int = 1000, seed: int = 0) -> Coefficient:
    """Mean over items of the share of pairs of ratings that agree. `counts` is items x categories."""
    table = Table.of(counts)
    return _estimate(table, _percent_parts(table.rows), raters, resamples, seed)


def fleiss(counts: Floats, *, raters: int = 0, resamples: int = 1000, seed: int = 0) -> Coefficient:
    """Fleiss's kappa; with varying numbers of ratings an item, Gwet's generalisation of it."""
    table = Table.of(counts)
    return _estimate(table, _fleiss_parts(table.rows), raters, resamples, seed)


def krippendorff(
    counts: Floats,
    level: Level = "nominal",
    *,
    values: Sequence[float] | None = None,
    raters: int = 0,
    resamples: int = 1000,
    seed: int = 0,
) -> Coefficient:
    """Krippendorff's alpha. For `interval`, `values` are the categories' numbers (0, 1, 2, ... when not given)."""
    table = Table.of(counts)
    numbers = np.arange(table.rows.shape[1], dtype=np.float64) if values is None else np.asarray(values, np.float64)
    return _estimate(table, _krippendorff_parts(table.rows, level, numbers), raters, resamples, seed)


def gwet(
    counts: Floats, *, weights: Weights | None = None, raters: int = 0, resamples: int = 1000, seed: int = 0
) -> Coefficient:
    """Gwet's AC1; with weights, AC2."""
    table = Table.of(counts)
    matrix = None if weights is None else closeness(table.rows.shape[1], weights)
    return _estimate(table, _gwet_parts(table.rows, matrix), raters, resamples, seed)


def closeness(k: int, weights: Weights) -> Floats:
    """How near categories count as agreeing, k x k: 1 on the diagonal, 0 between the ends."""
    distance = np.abs(np.arange(k)[:, None] - np.arange(k)[None, :]) / max(1, k - 1)
    return np.asarray(1 - (distance if weights == "linear" else distance**2))


def cohen(
    x: Sequence[Hashable],
    y: Sequence[Hashable],
    *,
    categories: Sequence[str] | None = None,
    weights: Weights | None = None,
    resamples: int = 0,
    seed: int = 0,
) -> Coefficient:
    """Cohen's kappa of two raters over the same items, in order; weighted by `weights` where categories have an order.

    Raises ValueError when the two are not of one length.
    """
    if len(x) != len(y):
        raise ValueError(f"two raters of the same items: {len(x)} and {len(y)} ratings")
    labels = list(categories) if categories is not None else sorted({str(one) for one in (*x, *y)})
    codes = {label: n for n, label in enumerate(labels)}
    k = len(labels)
    table = np.zeros((k, k))
    for one, other in zip(x, y, strict=True):
        table[codes[str(one)], codes[str(other)]] += 1
    return cohen_of_table(table, weights=weights, resamples=resamples, seed=seed)


def cohen_of_table(table: Floats, *, weights: Weights | None = None, resamples: int = 0, seed: int = 0) -> Coefficient:
    """Cohen's kappa from the k x k table of two raters."""
    k, n = len(table), int(table.sum())
    if not n:
        return Coefficient(None, raters=2, note="no item has both ratings")
    near = np.eye(k) if weights is None else closeness(k, weights)
    point = float(_kappas(np.asarray(table, np.float64)[None], near)[0])
    if not np.isfinite(point):
        return Coefficient(None, n_items=n, n_pairs=1, raters=2, note=ONE_CATEGORY)
    low = high = None
    if resamples > 0:
        drawn = np.random.default_rng(seed).multinomial(n, table.ravel() / n, size=resamples)
        found = _kappas(drawn.reshape(-1, k, k).astype(np.float64), near)
        found = found[np.isfinite(found)]
        if len(found) > resamples // 2:
            low, high = (float(one) for one in np.quantile(found, [0.025, 0.975]))
    return Coefficient(point, low, high, n, 1, 2)


def _kappas(tables: Floats, near: Floats) -> Floats:
    """Kappa of each table (samples x k x k)."""
    shares = tables / np.maximum(tables.sum(axis=(1, 2), keepdims=True), 1e-300)
    observed = (shares * near).sum(axis=(1, 2))
    expected = np.einsum("si,ij,sj->s", shares.sum(axis=2), near, shares.sum(axis=1))
    return _safe(observed - expected, 1 - expected)


def cohen_of_pairs(
    ratings: Ratings, *, weights: Weights | None = None, resamples: int = 1000, seed: int = 0
) -> Coefficient:
    """The mean of Cohen's kappa over all pairs of raters that share items and for whom it is defined.

    The interval is given for two raters only: for more, the mean of pairs has no simple one.
    """
    tables = _pair_tables(ratings)
    if not len(tables):
        return Coefficient(None, raters=len(ratings.names), note="no two raters share an item")
    if len(ratings.names) == 2:
        return cohen_of_table(tables[0], weights=weights, resamples=resamples, seed=seed)
    k = len(ratings.categories)
    kappas = _kappas(tables, np.eye(k) if weights is None else closeness(k, weights))
    defined = np.isfinite(kappas)
    shared = Table.of(ratings.counts).paired
    if not defined.any():
        return Coefficient(None, n_items=shared, raters=len(ratings.names), note=ONE_CATEGORY)
    return Coefficient(
        float(kappas[defined].mean()), n_items=shared, n_pairs=int(defined.sum()), raters=len(ratings.names)
    )


def _pair_tables(ratings: Ratings) -> Floats:
    """The k x k table of every pair of raters that share an item, pairs x k x k."""
    from scipy.sparse import csr_matrix

    k, people = len(ratings.categories), len(ratings.names)
    if people < 2:
        return np.zeros((0, k, k))
    rated = csr_matrix(
        (np.ones(len(ratings.items)), (ratings.raters * k + ratings.values, ratings.items)),
        shape=(people * k, ratings.n_items),
    )
    # Only pairs that share an item have an entry, so a crowd of thousands stays small.
    together = (rated @ rated.T).tocoo()
    first, second = together.row // k, together.col // k
    kept = first < second
    pairs, which = np.unique(first[kept] * np.int64(people) + second[kept], return_inverse=True)
    cell = which * k * k + (together.row[kept] % k) * k + together.col[kept] % k
    tables = np.bincount(cell, weights=together.data[kept], minlength=len(pairs) * k * k)
    return np.asarray(tables.reshape(len(pairs), k, k), dtype=np.float64)


def hard_and_soft(ratings: Ratings, ties: Set[str]) -> tuple[int, int]:
    """Pairs of labels of one item that disagree: outright (side against side), and only by a tie against a side."""
    is_tie = np.array([name in ties for name in ratings.categories], dtype=bool)  # of no labels at all, no floats
    rows = ratings.counts
    sides, tied = rows[:, ~is_tie], rows[:, is_tie]
    total = sides.sum(axis=1)
    hard = ((total**2 - (sides**2).sum(axis=1)) / 2).sum()
    within_ties = ((tied.sum(axis=1) ** 2 - (tied**2).sum(axis=1)) / 2).sum()
    soft = (total * tied.sum(axis=1)).sum() + within_ties
    return int(hard), int(soft)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every coefficient over the same ratings. `prevalence` is the share of each category."""

    per_cent: Coefficient
    cohen: Coefficient
    fleiss: Coefficient
    krippendorff: Coefficient
    gwet: Coefficient
    n_items: int
    n_ratings: int
    raters: int
    prevalence: dict[str, float]
    ordinal: bool

    def to_json(self) -> dict[str, Any]:
        """As `score --json` has it; `n_items` counts items with two ratings or more."""
        return asdict(self)


def agreement(ratings: Ratings, *, ordinal: bool = False, resamples: int = 1000, seed: int = 0) -> Agreement:
    """Every coefficient; with `ordinal`, alpha is ordinal, kappa and Gwet's (then AC2) are quadratically weighted."""
    counts = ratings.counts if ratings.n_items else np.zeros((0, max(1, len(ratings.categories))))
    people = len(ratings.names)
    weights: Weights | None = "quadratic" if ordinal else None
    shared: dict[str, Any] = {"raters": people, "resamples": resamples, "seed": seed}
    total = counts.sum()
    return Agreement(
        per_cent=percent_agreement(counts, **shared),
        cohen=cohen_of_pairs(ratings, weights=weights, resamples=resamples, seed=seed),
        fleiss=fleiss(counts, **shared),
        krippendorff=krippendorff(counts, "ordinal" if ordinal else "nominal", **shared),
        gwet=gwet(counts, weights=weights, **shared),
        n_items=Table.of(counts).paired,
        n_ratings=int(total),
        raters=people,
        prevalence={
            name: float(count / total) if total else 0.0
            for name, count in zip(ratings.categories, counts.sum(axis=0), strict=False)
        },
        ordinal=ordinal,
    )
