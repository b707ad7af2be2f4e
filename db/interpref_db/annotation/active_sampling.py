"""The most informative next comparison: the pair of runs whose label reduces the uncertainty of the scores most.

Nothing is gained by it for a rate or a win rate, and those get biased by it: the weight of each draw is stored.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from interpref_core.annotation.queue import seeded_hash
from interpref_core.metrics.bradley_terry import information
from interpref_core.metrics.win_matrix import WinCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.annotation.labels import Assignment, Entry, Label
    from interpref_db.study.study import Study

_PRIOR = 1.0


class PairSampler:
    """Keeps the counts of all labels so far and draws the next entry by them."""

    def __init__(self, study: Study, assignment: Assignment, annotator: str) -> None:
        self._seed, self._annotator = assignment.seed, annotator
        self._place = {run: place for place, run in enumerate(assignment.runs)}
        size = len(assignment.runs)
        self._wins, self._ties = np.zeros((size, size)), np.zeros((size, size))
        self._weights: dict[str, float] = {}
        for row in study.rows("annotate_everyone", task="compare", runs=list(assignment.runs)):
            if row["event"] == "label":
                self._count(row["run_a"], row["run_b"], row["answer"])

    def _count(self, run_a: str | None, run_b: str | None, answer: str | None) -> None:
        if run_a not in self._place or run_b not in self._place:
            return
        a, b = self._place[run_a], self._place[run_b]
        if answer == "a":
            self._wins[a, b] += 1
        elif answer == "b":
            self._wins[b, a] += 1
        elif answer in ("tie", "both bad"):
            self._ties[a, b] += 1
            self._ties[b, a] += 1

    def saw(self, label: Label) -> None:
        """A label was made here. A correction counts as one more: the choice only needs to be about right."""
        self._count(label.run_a, label.run_b, label.answer)

    def choose(self, waiting: Sequence[tuple[int, Entry]]) -> int | None:
        """The place of the entry to show next; among entries of the same pair of runs, by the seed."""
        if not waiting:
            return None
        models = tuple(self._place)
        gain = information(WinCounts(models, self._wins, self._ties), prior=_PRIOR)
        pairs = Counter((entry.run_a, entry.run_b) for _, entry in waiting)
        best = max(pairs, key=lambda pair: (gain[self._place[pair[0] or ""], self._place[pair[1] or ""]], pair))
        place, entry = min(
            ((place, entry) for place, entry in waiting if (entry.run_a, entry.run_b) == best),
            key=lambda one: seeded_hash("informative", self._seed, self._annotator, one[1].key),
        )
        self._weights[entry.key] = pairs[best] / len(waiting)
        return place

    def weight(self, entry: Entry) -> float | None:
        """Which share of the waiting entries were of the pair of runs that was drawn; None when it was not drawn."""
        return self._weights.get(entry.key)
