"""Any two runs that a judge saw over the same items, counted for all pairs at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.paired_tests import Paired, compare_paired, holm_adjust
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from interpref_db.study.study import Study

_AT_ONCE = 10_000  # rows fetched
_CELLS = 4_000_000  # runs x items of one multiplication


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Two runs by one judge over the same items; `adjusted` is Holm's p over all such pairs of that judge."""

    judge: str
    run_a: str
    run_b: str
    paired: Paired
    adjusted: float

    def to_json(self) -> dict[str, Any]:
        """An entry of the key `paired` of `score --json`."""
        named = {"judge": self.judge, "run_a": self.run_a, "run_b": self.run_b}
        return named | self.paired.to_json() | {"p_holm": self.adjusted}


def compare_run_pairs(study: Study, judges: Sequence[str] | None = None) -> list[PairedComparison]:
    """Every two runs that a judge saw over common items, in order of judges and runs."""
    found: list[PairedComparison] = []
    for judge, seen in sorted(_seen(study).items()):
        if judges is not None and judge not in judges:
            continue
        pairs = [(a, b, compare_paired(*counts)) for a, b, counts in seen.pairs()]
        adjusted = holm_adjust([paired.p for _, _, paired in pairs])
        found += [PairedComparison(judge, a, b, paired, p) for (a, b, paired), p in zip(pairs, adjusted, strict=True)]
    return found


class _Seen:
    """What one judge saw: which runs passed which items, as numbers in the order in which names were met."""

    def __init__(self) -> None:
        from array import array

        self._runs: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._cells = array("q")  # run, item, passed of each row, one after the other

    def add(self, run: str, item: str, passed: bool) -> None:
        runs, items = self._runs, self._items
        self._cells.extend((runs.setdefault(run, len(runs)), items.setdefault(item, len(items)), passed))

    def pairs(self) -> Iterator[tuple[str, str, tuple[int, int, int, int]]]:
        """Two runs, the first by name first, with how many items both passed, only the first, only the second, neither."""
        import numpy as np

        both, only, neither = self._counts()
        names = sorted(self._runs)
        order = np.array([self._runs[name] for name in names])
        common = both + only + only.T + neither
        for n, (name, row) in enumerate(zip(names, order, strict=True)):
            for m in (np.flatnonzero(common[row, order[n + 1 :]]) + n + 1).tolist():
                column = order[m]
                cells = (both[row, column], only[row, column], only[column, row], neither[row, column])
                yield name, names[m], (int(cells[0]), int(cells[1]), int(cells[2]), int(cells[3]))

    def _counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Run by run: items that both passed; that the row passed and the column did not; that neither did."""
        import numpy as np

        cells = np.frombuffer(self._cells, np.int64).reshape(-1, 3)
        cells = cells[np.argsort(cells[:, 1], kind="stable")]
        runs = len(self._runs)
        both, only, neither = (np.zeros((runs, runs), np.int64) for _ in range(3))
        step = max(1, _CELLS // max(1, runs))
        for first in range(0, len(self._items), step):
            start, end = np.searchsorted(cells[:, 1], [first, first + step])
            run, item, passed = cells[start:end].T
            # Counts below 2 ** 24 are exact in these, and multiply fastest.
            right = np.zeros((runs, step), np.float32)
            wrong = np.zeros((runs, step), np.float32)
            right[run, item - first] = passed
            wrong[run, item - first] = 1 - passed
            both += np.rint(right @ right.T).astype(np.int64)
            only += np.rint(right @ wrong.T).astype(np.int64)
            neither += np.rint(wrong @ wrong.T).astype(np.int64)
        return both, only, neither


def _seen(study: Study) -> dict[str, _Seen]:
    found: dict[str, _Seen] = defaultdict(_Seen)
    with study.reading() as cursor:
        result = cursor.execute(sql("score_passed"))
        while rows := result.fetchmany(_AT_ONCE):
            for judge, run, item, passed in rows:
                found[judge].add(run, item, passed)
    return found
