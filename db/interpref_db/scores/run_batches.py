"""Runs a few at a time, for numbers that are counted from each run's texts: so memory follows the largest run, not their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from interpref_db.study.study import Study

_VERDICTS = 80_000  # of the runs of one portion


def portions_of_runs(study: Study, wanted: Collection[str] | None = None) -> list[list[str]]:
    """The runs that have verdicts (or those of them that are wanted), by name, in portions. Runs of one name stay together."""
    portions: list[list[str]] = []
    room, last = 0, None
    for row in study.rows("score_sizes"):
        if wanted is not None and row["run"] not in wanted:
            continue
        if not portions or (room <= 0 and row["name"] != last):
            portions.append([])
            room = _VERDICTS
        portions[-1].append(row["run"])
        room -= row["n"]
        last = row["name"]
    return portions
