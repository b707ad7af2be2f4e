"""Groups by the tree that respect what people decided, new texts that join old groups, and who stands for a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.clustering.dendrogram import Dendrogram
    from interpref_core.clustering.vectors import Vectors


@dataclass(frozen=True, slots=True)
class ClusterAssignment:
    """Where texts belong: `joined` adds places to groups that there are, `founded` are new groups."""

    joined: dict[str, list[int]]
    founded: list[list[int]]


def cut_keeping(
    tree: Dendrogram, vectors: Vectors, threshold: float, kept: Mapping[str, Sequence[int]]
) -> ClusterAssignment:
    """Cut the tree; groups that people made (`kept`, by name) stay whole and apart.

    What the cut puts together with one kept group joins it; with several, the one it is most like on average.
    """
    owner = {place: name for name, places in kept.items() for place in places}
    joined: dict[str, list[int]] = {}
    founded: list[list[int]] = []
    for group in tree.groups(threshold):
        free = [place for place in group if place not in owner]
        names = sorted({owner[place] for place in group if place in owner})
        if not free:
            continue
        if not names:
            founded.append(free)
        elif len(names) == 1:
            joined.setdefault(names[0], []).extend(free)
        else:
            for place, name in zip(free, _nearest(vectors, free, {name: kept[name] for name in names})[0], strict=True):
                joined.setdefault(name, []).append(place)
    return ClusterAssignment(joined, founded)


def join(vectors: Vectors, threshold: float, old: Mapping[str, Sequence[int]], new: Sequence[int]) -> ClusterAssignment:
    """New texts join the old group that they are most like on average, if within the threshold; the rest found new ones.

    Each is compared with what the groups held before, so the order in which they come does not matter.
    """
    from interpref_core.clustering.dendrogram import build_dendrogram

    joined: dict[str, list[int]] = {}
    left = list(new)
    if old and new:
        names, similarity = _nearest(vectors, new, old)
        left = []
        for place, name, likeness in zip(new, names, similarity, strict=True):
            if 1.0 - likeness <= threshold:
                joined.setdefault(name, []).append(place)
            else:
                left.append(place)
    founded = (
        [[left[place] for place in group] for group in build_dendrogram(vectors.take(left)).groups(threshold)]
        if left
        else []
    )
    return ClusterAssignment(joined, founded)


def _nearest(
    vectors: Vectors, places: Sequence[int], groups: Mapping[str, Sequence[int]]
) -> tuple[list[str], list[float]]:
    """For each place the group with the highest mean similarity, and that; ties go to the first name."""
    import numpy as np

    names = sorted(groups)
    members = np.array([place for name in names for place in groups[name]], dtype=np.int64)
    sizes = [len(groups[name]) for name in names]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    found_names: list[str] = []
    found: list[float] = []
    for start in range(0, len(places), 512):
        rows = np.array(places[start : start + 512], dtype=np.int64)
        means = np.add.reduceat(vectors.similarities(rows, members), starts, axis=1) / np.array(sizes)
        best = means.argmax(axis=1)
        found_names += [names[place] for place in best]
        found += means[np.arange(len(rows)), best].tolist()
    return found_names, found


@dataclass(frozen=True, slots=True)
class Cohesion:
    """How a group holds together: the place that stands for it, the mean similarity of every two members (1 for one
    alone), and each member's distance (1 - similarity) to the representative, in the order of the places."""

    representative: int
    cohesion: float
    distances: tuple[float, ...]


def cluster_cohesion(
    vectors: Vectors, places: Sequence[int], texts: Sequence[str], representative: int | None = None
) -> Cohesion:
    """The medoid (most alike to the others; among equals the shorter text, then the first by text) unless one is given."""
    import numpy as np

    rows = np.array(places, dtype=np.int64)
    similarity = vectors.similarities(rows, rows)
    count = len(places)
    sums = similarity.sum(axis=1) - similarity.diagonal()
    if representative is None:
        order = sorted(range(count), key=lambda n: (-round(float(sums[n]), 9), len(texts[places[n]]), texts[places[n]]))
        at = order[0]
    else:
        at = list(places).index(representative)
    cohesion = float(sums.sum() / (count * (count - 1))) if count > 1 else 1.0
    distances = 1.0 - similarity[at]
    distances[at] = 0.0
    return Cohesion(places[at], cohesion, tuple(float(one) for one in distances))
