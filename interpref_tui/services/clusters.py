"""Decisions about clusters, each with the words that say what came of it. StudyError where it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_db.clusters.workspace import ClusterWorkspace

FINEST, LOWEST, HIGHEST = 0.01, 0.0, 1.0  # steps of the threshold, and where it ends


def shift_threshold(threshold: float, steps: int) -> float:
    """A threshold so many of the finest steps away."""
    return round(min(HIGHEST, max(LOWEST, threshold + steps * FINEST)), 2)


def cut_at(desk: ClusterWorkspace, threshold: float) -> str:
    """Make the clusters of a threshold."""
    made = desk.cut(threshold)
    return f"cut at {threshold:.2f}" if made else f"the clusters stand as {threshold:.2f} cuts them"


def add_new(desk: ClusterWorkspace) -> str:
    """Let preferences that are in no cluster yet join theirs."""
    new = len(desk.new())
    made = desk.join_new()
    if not made:
        return "there is nothing new"
    joined = sum(len(group.members) for group in made.groups or () if group.representative is None)
    return f"{new:,} taken in, {joined:,} of them joined a cluster that there was"


def merge(desk: ClusterWorkspace, clusters: Sequence[str]) -> tuple[str, str | None]:
    """Make one cluster of several; the words, and the cluster that they are now."""
    made = desk.merge(clusters)
    kept = [group.cluster for group in made.groups or ()]
    return f"{len(set(clusters))} clusters are one; u undoes it", kept[0] if kept else None


def split_cluster(desk: ClusterWorkspace, cluster: str, away: Sequence[int]) -> str:
    """Take members out by their places; with none named, cut where the cluster's two halves meet."""
    made = desk.split(cluster, away)
    sizes = " and ".join(str(len(group.members)) for group in made.groups or ())
    return f"split into {sizes}; u undoes it"


def name(desk: ClusterWorkspace, cluster: str, called: str) -> str:
    """Call a cluster something; by nothing, its representative's own words."""
    desk.name(cluster, called)
    return "named" if called else "the name is gone"


def represent(desk: ClusterWorkspace, cluster: str, place: int) -> str:
    """Let a member stand for its cluster."""
    desk.represent(cluster, place)
    return "this one stands for the cluster now"


def categorise(desk: ClusterWorkspace, cluster: str, category: str, subcategory: str | None) -> str:
    """Set the category of all members."""
    made = desk.categorise(cluster, category, subcategory)
    return f"{len(made.categories or ())} preferences are {category}{f', {subcategory}' if subcategory else ''}"


def undo(desk: ClusterWorkspace) -> str:
    """Take the latest decision back."""
    return _taken_back(desk.undo(), "undone", "there is nothing to undo")


def redo(desk: ClusterWorkspace) -> str:
    """Take the latest undo back."""
    return _taken_back(desk.redo(), "done again", "there is nothing to do again")


def _taken_back(event: Any, what: str, nothing: str) -> str:
    return f"{what}: {event.event}" if event else nothing
