"""Events and preferences as they are read from a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.clustering.events import CategoryAssignment, ClusterEvent, ClusterMembers

if TYPE_CHECKING:
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class KnownPreference:
    """A preference that can be clustered. `sources` counts the chunks of histories that show it."""

    id: str
    text: str
    category: str | None
    subcategory: str | None
    confidential: bool
    sources: int


def preferences(study: Study) -> list[KnownPreference]:
    """The preferences that can be clustered, by identifier."""
    return [KnownPreference(**row) for row in study.rows("cluster_preferences")]


def events(study: Study) -> list[ClusterEvent]:
    """Every decision about clusters, in the order they came."""
    return [_event(row) for row in study.rows("cluster_events")]


def _event(row: dict[str, Any]) -> ClusterEvent:
    groups, categories = row.pop("groups"), row.pop("categories")
    return ClusterEvent(
        by=row.pop("decided_by"),
        groups=tuple(
            ClusterMembers(
                cluster=one["cluster"], members=tuple(one["members"] or ()), representative=one["representative"]
            )
            for one in groups
        )
        if groups
        else None,
        categories=tuple(CategoryAssignment(**one) for one in categories) if categories else None,
        **row,
    )
