"""A desk with the vectors that the study's clusters were last made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, MODEL_THRESHOLD
from interpref_db.clusters.embeddings import vectors_of
from interpref_db.clusters.workspace import OFFLINE_VECTORS, ClusterWorkspace

if TYPE_CHECKING:
    from interpref_db.study.study import Study


def open_workspace(study: Study, by: str) -> tuple[ClusterWorkspace, str]:
    """The desk, and in one line what is to be known of its vectors ("" where all is well).

    Where the study lacks vectors of a model for some preferences, the offline ones are used.
    """
    row = study.row("cluster_last_vectors")
    wanted = row["vectors"] if row else None
    if wanted and not wanted.startswith("offline/"):
        from interpref_db.clusters.loading import preferences

        there = preferences(study)
        found = vectors_of(study, wanted, there)
        if found is not None:
            places = {one.id: place for place, one in enumerate(there)}
            return ClusterWorkspace(
                study,
                by,
                vectors=lambda known: found.take([places[one.id] for one in known]),
                made_with=wanted,
                threshold=MODEL_THRESHOLD,
            ), ""
        note = f"vectors of {wanted} are missing for some: distances are those of the offline vectors"
        return ClusterWorkspace(study, by, threshold=DEFAULT_THRESHOLD), note
    return ClusterWorkspace(study, by, made_with=OFFLINE_VECTORS), ""
