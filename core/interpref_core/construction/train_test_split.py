"""Train and test parts of a benchmark that share no preference, and none that says the same as one of the other part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from interpref_core.ids import content_hash
from interpref_core.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Part = Literal["train", "test"]
PARTS: tuple[Part, Part] = ("train", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Record):
    """Which items are for training and which for the test. `share` is the share of items that the test should have.

    Of several splits the one with the greatest `seq` counts.
    """

    type: ClassVar[str] = "split"
    id: str
    seed: int
    share: float
    time: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    program: str | None = None
    seq: int = 0


def components(items: Mapping[str, Sequence[str]], same: Mapping[str, str]) -> list[list[str]]:
    """Items that hang together: they share a preference, or have preferences of one cluster, directly or through others.

    `items` names the preferences of each item, `same` the cluster of each preference that is in one. Sorted.
    """
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for item, preferences in items.items():
        for preference in preferences:
            cluster = same.get(preference)
            one, other = find(f"i {item}"), find(f"c {cluster}" if cluster else f"p {preference}")
            if one != other:
                parent[max(one, other)] = min(one, other)
    found: dict[str, list[str]] = {}
    for item in sorted(items):
        found.setdefault(find(f"i {item}"), []).append(item)
    return sorted(found.values())


def split_items(
    groups: Iterable[Sequence[str]], *, seed: int, share: float, before: Mapping[str, Part] | None = None
) -> dict[str, Part]:
    """The part of each item; items of one group are in one part.

    Groups are taken in an order that the seed decides, for the test until it has its share of the items; one that is too
    large for what is left goes to the training. Items of `before` stay where they were; a group that was in both parts by
    then is for training: so nothing that was trained on is tested.
    """
    known = before or {}
    groups = [list(group) for group in groups]
    parts: dict[str, Part] = {}
    wanted = round(share * sum(len(group) for group in groups))
    free = []
    for group in groups:
        was = {known[item] for item in group if item in known}
        if was:
            part: Part = "test" if was == {"test"} else "train"
            parts |= dict.fromkeys(group, part)
            wanted -= len(group) if part == "test" else 0
        else:
            free.append(group)
    for group in sorted(free, key=lambda group: content_hash(seed, min(group))):
        part = "test" if len(group) <= wanted else "train"
        parts |= dict.fromkeys(group, part)
        wanted -= len(group) if part == "test" else 0
    return parts
