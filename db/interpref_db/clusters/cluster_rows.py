"""The clusters of a desk as rows: what a list of them shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpref_core.clustering.assignment import Cohesion
    from interpref_db.clusters.workspace import ClusterWorkspace


@dataclass(frozen=True, slots=True)
class Member:
    """One preference of a cluster. `distance` is 1 - similarity to the representative."""

    place: int
    id: str
    text: str
    distance: float
    representative: bool
    category: str | None
    subcategory: str | None


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster: `name` is what a person called it or None, `title` that or the representative's text. `category` and
    `subcategory` are those of most members. `cohesion` is the mean similarity of every two members (1 for one alone)."""

    cluster: str
    name: str | None
    title: str
    category: str | None
    subcategory: str | None
    cohesion: float
    members: tuple[Member, ...]
    touched: bool

    @property
    def size(self) -> int:
        return len(self.members)


class ClusterTable:
    """Rows of a desk's clusters; what has not changed since the last time is not computed again."""

    def __init__(self, desk: ClusterWorkspace) -> None:
        self._desk = desk
        self._kept: dict[tuple[object, ...], Cohesion] = {}

    def rows(self) -> list[ClusterRow]:
        """The clusters, largest first, then by title."""
        desk, kept = self._desk, self._kept
        self._kept = {}
        found: list[ClusterRow] = []
        for cluster, members in desk.clusters().items():
            key = (tuple(members), desk.book.state.representatives.get(cluster))
            standing = kept.get(key) or desk.standing(cluster, members)
            self._kept[key] = standing
            found.append(self._cluster_row(cluster, members, standing))
        return sorted(found, key=lambda one: (-one.size, one.title.casefold(), one.cluster))

    def _cluster_row(self, cluster: str, members: list[int], standing: Cohesion) -> ClusterRow:
        desk = self._desk
        categories = [desk.category(place) for place in members]
        rows = [
            Member(
                place, desk.known[place].id, desk.texts[place], distance, place == standing.representative, *category
            )
            for place, distance, category in zip(members, standing.distances, categories, strict=True)
        ]
        rows.sort(key=lambda one: (not one.representative, one.distance, one.text))
        most = Counter(one for one in categories if one[0]).most_common(1)
        name = desk.book.state.names.get(cluster) or None
        return ClusterRow(
            cluster,
            name,
            name or desk.texts[standing.representative],
            most[0][0][0] if most else None,
            most[0][0][1] if most else None,
            standing.cohesion,
            tuple(rows),
            cluster in desk.book.state.touched,
        )
