"""The train and test parts of a study's items: made, completed for new items, and read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.construction.train_test_split import Split, components, split_items
from interpref_core.ids import content_hash, utc_now
from interpref_db.errors import StudyError

if TYPE_CHECKING:
    from interpref_core.construction.train_test_split import Part
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class SplitReport:
    """How the items are parted. `groups` counts those that hang together, `largest` the items of the largest one; `without`
    are items in no part yet."""

    seed: int
    share: float
    train: int
    test: int
    without: int
    groups: int
    largest: int

    def to_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def _latest(study: Study) -> Split | None:
    row = study.row("split_latest")
    return Split(**{**row, "train": tuple(row["train"] or ()), "test": tuple(row["test"] or ())}) if row else None


def _groups(study: Study) -> list[list[str]]:
    items = {row["item"]: [row["a"], *([row["b"]] if row["b"] else [])] for row in study.rows("split_items")}
    return components(items, {row["preference"]: row["cluster"] for row in study.rows("split_clusters")})


def split_report(study: Study) -> SplitReport | None:
    """How the items are parted at present; None before there is a split."""
    split = _latest(study)
    if split is None:
        return None
    groups = _groups(study)
    there = {item for group in groups for item in group}
    train, test = len(there.intersection(split.train)), len(there.intersection(split.test))
    return SplitReport(
        split.seed, split.share, train, test, len(there) - train - test, len(groups), max(map(len, groups), default=0)
    )


def make_split(study: Study, *, seed: int | None = None, share: float | None = None) -> SplitReport:
    """Part the items: anew where seed or share are other than before, else only those that are new.

    Raises StudyError where there are no items, or no share was ever given.
    """
    before = _latest(study)
    groups = _groups(study)
    if not groups:
        raise StudyError("there are no items to split yet")
    if before is None and share is None:
        raise StudyError("which share of the items is for the test? give one, 0.2 for a fifth")
    seed = seed if seed is not None else before.seed if before else 0
    share = share if share is not None else before.share if before else 0.0
    same = before is not None and (before.seed, before.share) == (seed, share)
    kept: dict[str, Part] = {}
    if before is not None and same:
        kept.update((item, "train") for item in before.train)
        kept.update((item, "test") for item in before.test)
    parts = split_items(groups, seed=seed, share=share, before=kept)
    if parts != {item: part for item, part in kept.items() if item in parts}:
        _store(study, parts, seed, share, seq=before.seq + 1 if before else 1)
    found = split_report(study)
    if found is None:
        raise StudyError("the split was not stored")
    return found


def _store(study: Study, parts: dict[str, Part], seed: int, share: float, *, seq: int) -> None:
    train = tuple(sorted(item for item, part in parts.items() if part == "train"))
    test = tuple(sorted(item for item, part in parts.items() if part == "test"))
    time = utc_now()
    identifier = "split-" + content_hash(train, test, seed, share, time)[:20]
    split = Split(
        id=identifier, seed=seed, share=share, time=time, train=train, test=test, program=__version__, seq=seq
    )
    with study.writing("splitting items") as writer:
        writer.add([split], origin="split")
        writer.fold("split")
