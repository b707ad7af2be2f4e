"""Ratings of items by raters as counts, and the coefficients that are made of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Level = Literal["nominal", "ordinal", "interval"]
Weights = Literal["linear", "quadratic"]

ONE_CATEGORY = "undefined: only one category was used"
NO_PAIR = "no item has two ratings"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient with its 95 % interval; `note` says why there is no value. `n_items` counts items with two ratings or
    more, `n_pairs` the pairs of raters (Cohen) or of ratings that it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n_items: int = 0
    n_pairs: int = 0
    raters: int = 0
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ratings:
    """Who gave which item which category, as codes; one rating a rater and item (the last that was given).

    `items`, `raters` and `values` have one entry a rating; `categories` and `names` (of raters) are in code order.
    """

    items: Integers
    raters: Integers
    values: Integers
    categories: tuple[str, ...]
    names: tuple[str, ...]
    n_items: int

    @classmethod
    def of(
        cls, rows: Iterable[tuple[Hashable, Hashable, Hashable]], categories: Sequence[str] | None = None
    ) -> Ratings:
        """From (item, rater, category). Without `categories`, those that occur, sorted. Ratings of None are missing."""
        found: dict[tuple[Hashable, Hashable], Hashable] = {
            (item, rater): value for item, rater, value in rows if value is not None
        }
        items = {item: n for n, item in enumerate(dict.fromkeys(item for item, _ in found))}
        names = {name: n for n, name in enumerate(dict.fromkeys(rater for _, rater in found))}
        labels = (
            tuple(categories) if categories is not None else tuple(sorted({str(value) for value in found.values()}))
        )
        codes = {label: n for n, label in enumerate(labels)}
        unknown = {str(value) for value in found.values()} - codes.keys()
        if unknown:
            raise ValueError(f"not among the categories: {', '.join(sorted(unknown))}")
        return cls(
            np.fromiter((items[item] for item, _ in found), np.int64, len(found)),
            np.fromiter((names[name] for _, name in found), np.int64, len(found)),
            np.fromiter((codes[str(value)] for value in found.values()), np.int64, len(found)),
            labels,
            tuple(str(name) for name in names),
            len(items),
        )

    @property
    def counts(self) -> Floats:
        """Ratings by item and category, items x categories."""
        k = len(self.categories)
        flat = np.bincount(self.items * k + self.values, minlength=self.n_items * k)
        return flat.reshape(self.n_items, k).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Table:
    """Different rows of ratings (rows x categories) and how many items have each: all that the coefficients need."""

    rows: Floats
    times: Floats

    @classmethod
    def of(cls, counts: Floats) -> Table:
        """From items x categories; items without a rating are left out."""
        counts = np.asarray(counts, dtype=np.float64)
        counts = counts[counts.sum(axis=1) > 0]
        if not len(counts):
            return cls(np.zeros((0, counts.shape[1])), np.zeros(0))
        rows, times = np.unique(counts, axis=0, return_counts=True)
        return cls(rows, times.astype(np.float64))

    @property
    def paired(self) -> int:
        """Items with two ratings or more."""
        return int(self.times[self.rows.sum(axis=1) > 1].sum())


def _safe(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, NaN where the bottom is 0 (or as good as)."""
    good = np.abs(bottom) > 1e-12
    return np.where(good, top / np.where(good, bottom, 1.0), np.nan)
