"""Who gets what, in which order, shown how: everything follows from the stored seed, so nothing is reserved for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from interpref_core.annotation.labels import Assignment, Entry
    from interpref_core.records.base import Side

_ROUNDS = 40  # an assignment pattern is drawn for so many entries an annotator, then repeated


def seeded_hash(*parts: object) -> int:
    """A number that looks random and is the same on every machine: 64 bits of a hash of the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def left_side_for(seed: int, annotator: str, entry: Entry) -> Side:
    """Who stands left, drawn for each annotator and entry."""
    return "a" if seeded_hash("left", seed, annotator, entry.key) & 1 else "b"


def judge_order_for(seed: int, annotator: str, entry: Entry) -> int:
    """Which of the judge's four orders a match shows, 1-4."""
    return seeded_hash("order", seed, annotator, entry.key) % 4 + 1


@cache
def _pattern(annotators: int, overlap: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Which annotators get entry 0, 1, 2, ...: loads equal at the end, pairs of annotators meeting equally often.

    Each entry goes to those with the least to do; among them to the one that has met the others least.
    """
    loads = [0] * annotators
    met = [[0] * annotators for _ in range(annotators)]
    rows: list[tuple[int, ...]] = []
    for position in range(annotators * _ROUNDS):
        chosen: list[int] = []
        while len(chosen) < overlap:
            free = [one for one in range(annotators) if one not in chosen]
            best = min(
                free,
                key=lambda one: (
                    loads[one],
                    sum(met[one][other] for other in chosen),
                    seeded_hash(seed, position, one),
                ),
            )
            for other in chosen:
                met[best][other] += 1
                met[other][best] += 1
            loads[best] += 1
            chosen.append(best)
        rows.append(tuple(sorted(chosen)))
    return tuple(rows)


def assignment_filter(assignment: Assignment, annotator: str, positions: int) -> Callable[[int], bool]:
    """Whether the entry at a position is this annotator's: all of them, or k of the n named, balanced.

    What an entry's position gives does not depend on how many entries follow, so a study may grow. Raises ValueError
    for an annotator that is not among those named, or an overlap that they cannot give.
    """
    del positions
    if assignment.overlap is None:
        return lambda _: True
    names = sorted(assignment.among)
    if annotator not in names:
        raise ValueError(f"{annotator} is not among the annotators of this assignment ({', '.join(names)})")
    if not 0 < assignment.overlap <= len(names):
        raise ValueError(f"{assignment.overlap} of {len(names)} annotators cannot label each entry")
    pattern = _pattern(len(names), assignment.overlap, assignment.seed)
    mine = names.index(annotator)
    return lambda position: mine in pattern[position % len(pattern)]


def order_entries(assignment: Assignment, annotator: str, entries: Iterable[Entry]) -> list[Entry]:
    """One annotator's entries in their order: as they stand, or shuffled by the seed for this annotator.

    `informative` begins shuffled: which pair of runs comes next is decided as labels come (see `informative`).
    """
    if assignment.order == "fixed":
        return list(entries)
    return sorted(entries, key=lambda entry: seeded_hash("queue", assignment.seed, annotator, entry.key))


def interleave_gold(entries: Sequence[Entry], gold: set[str], rate: float) -> list[Entry]:
    """The entries with those whose keys are in `gold` spread so that they make about a share `rate` of what comes first.

    One gold entry in each stretch of 1/rate entries while there are any; none is shown twice. Raises ValueError unless
    0 < rate <= 1.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"a gold rate of {rate} is not in (0, 1]")
    golden = [entry for entry in entries if entry.key in gold]
    others = [entry for entry in entries if entry.key not in gold]
    queue: list[Entry] = []
    owed = 0.0
    while golden or others:
        owed += rate
        # The first one comes in the middle of the first stretch, not at its very start.
        if golden and (owed >= 0.5 or not others):
            queue.append(golden.pop(0))
            owed -= 1
        else:
            queue.append(others.pop(0))
    return queue
