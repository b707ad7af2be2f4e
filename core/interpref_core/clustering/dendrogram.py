"""The tree of merges, cut at a threshold: made once, after which another threshold is instant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import ndarray

    from interpref_core.clustering.vectors import Vectors

MOST = 12_000  # texts at once: their distances take 0.6 GB, and as much again while the tree is made


class TooManyTexts(ValueError):
    """More texts than can be compared each with each; one line with the way out."""


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """Average linkage over 1 - similarity (UPGMA). `merges` is SciPy's linkage matrix, shape (n - 1, 4), or empty."""

    merges: ndarray
    count: int

    @property
    def heights(self) -> ndarray:
        """The distance of each merge, rising, shape (n - 1,)."""
        return self.merges[:, 2]

    def clusters(self, threshold: float) -> int:
        """How many groups there are at a threshold."""
        import numpy as np

        return self.count - int(np.searchsorted(self.heights, threshold, side="right")) if self.count else 0

    def labels(self, threshold: float) -> ndarray:
        """The group of each text at a threshold, numbered from 0 in the order of the texts, shape (n,)."""
        import numpy as np

        if self.count < 2:
            return np.zeros(self.count, dtype=np.int64)
        from scipy.cluster.hierarchy import fcluster

        # fcluster takes merges at or below its t together, as `clusters` counts them.
        raw = fcluster(self.merges, t=threshold, criterion="distance")
        _, first, inverse = np.unique(raw, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        return rank[inverse]

    def groups(self, threshold: float) -> list[list[int]]:
        """The places of the texts in each group, in the order of the texts."""
        found: dict[int, list[int]] = {}
        for place, label in enumerate(self.labels(threshold).tolist()):
            found.setdefault(label, []).append(place)
        return list(found.values())

    def histogram(self, bins: int, top: float = 1.0) -> list[int]:
        """How many merges lie in each of equal steps from 0 to `top`; higher ones count in the last."""
        import numpy as np

        counts, _ = np.histogram(np.clip(self.heights, 0, top), bins=bins, range=(0, top))
        return [int(one) for one in counts]


def canonical_order(texts: Sequence[str], ids: Sequence[str]) -> list[int]:
    """The places of the texts in an order of their own, so that nothing depends on how they came."""
    plain = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in texts]
    return sorted(range(len(texts)), key=lambda place: (plain[place], ids[place]))


def build_dendrogram(vectors: Vectors) -> Dendrogram:
    """The tree of all merges. Vectors should come in canonical order. Raises TooMany."""
    import numpy as np

    count = len(vectors)
    if count > MOST:
        raise TooManyTexts(
            f"{count:,} preferences are more than can be compared each with each ({MOST:,}); split the study"
        )
    if count < 2:
        return Dendrogram(np.empty((0, 4)), count)
    from scipy.cluster.hierarchy import linkage

    return Dendrogram(linkage(vectors.distances(), method="average"), count)
