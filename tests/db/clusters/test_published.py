"""The paper's 1,214 preferences: near repetitions found without a model, pairs that differ in one word kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.clustering.events import PROGRAM
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_db.importers import import_files
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from pathlib import Path


def test_most_of_what_was_deduplicated_by_hand_stays_apart(shared_data: Path, tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        import_files(study, [shared_data / "published" / "history_map.json"])
        desk = ClusterWorkspace(study, PROGRAM)
        desk.join_new()
        clusters = desk.clusters()
        assert sum(map(len, clusters.values())) == len(desk.known) == 1213
        assert 1000 < len(clusters) < 1100
        assert max(map(len, clusters.values())) < 10
        of = {desk.texts[place]: cluster for cluster, members in clusters.items() for place in members}
        together = [text for text in of if "ketogenic diet, focusing on high" in text]
        assert len({of[text] for text in together}) == 1
        apart = [text for text in of if "possibly" in text and "proficient in English" in text]
        assert len({of[text] for text in apart}) == len(apart) > 1
