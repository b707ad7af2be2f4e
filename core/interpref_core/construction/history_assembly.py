"""Long histories (paper section 3.3.3): conversations of different preferences, one after the other, by a stored seed."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

Position = Literal["first", "middle", "last", "random"]
POSITIONS: tuple[Position, ...] = ("first", "middle", "last", "random")
CONVERSATIONS = 5

Apart = Literal["category", "subcategory", "preference"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A preference with the conversation that carries it."""

    preference: str
    text: str
    history: str
    category: str | None = None
    subcategory: str | None = None

    def group(self, apart: Apart) -> str:
        """What must differ between the conversations of one long history; a preference without it stands for itself."""
        known = {"category": self.category, "subcategory": self.subcategory and f"{self.category}/{self.subcategory}"}
        return known.get(apart) or f"\x1f{self.preference}"


@dataclass(frozen=True, slots=True)
class FillerDraw:
    """The fillers of an item and the place (from 1) of the target among them; `apart` says in what they differ."""

    fillers: tuple[Carrier, ...]
    place: int
    apart: Apart


class FillerSampler:
    """Draws fillers: the same for both sides of an item, so that its two histories differ in the target alone."""

    def __init__(self, carriers: list[Carrier]) -> None:
        # By text, so that the draw does not depend on identifiers, which differ from study to study.
        ordered = sorted(carriers, key=lambda one: (one.text, one.preference))
        self._groups: dict[Apart, dict[str, list[Carrier]]] = {}
        for apart in ("category", "subcategory", "preference"):
            groups: dict[str, list[Carrier]] = defaultdict(list)
            for one in ordered:
                groups[one.group(apart)].append(one)
            self._groups[apart] = dict(sorted(groups.items()))

    def draw(
        self,
        targets: tuple[Carrier | None, ...],
        *,
        seed: int,
        key: str,
        position: Position,
        count: int = CONVERSATIONS,
    ) -> FillerDraw | None:
        """Fillers and place for a pair whose conversations are `targets`; None where there are too few of them.

        Of other categories than the targets and each other; where there are not enough categories, of other types of
        preference; else simply other preferences. The same seed and key draw the same.
        """
        chance = random.Random(f"{seed}\x1f{key}")
        place = _place(position, count, chance)
        for apart in ("category", "subcategory", "preference"):
            fillers = self._draw(targets, count - 1, chance, apart)
            if fillers is not None:
                return FillerDraw(fillers, place, apart)
        return None

    def _draw(
        self, targets: tuple[Carrier | None, ...], wanted: int, chance: random.Random, apart: Apart
    ) -> tuple[Carrier, ...] | None:
        groups = self._groups[apart]
        taken = {one.group(apart) for one in targets if one}
        themselves = {one.preference for one in targets if one}
        names = [name for name in groups if name not in taken]
        if apart == "category":
            names = [name for name in names if not name.startswith("\x1f")]
            if any(one and one.category is None for one in targets):
                return None
        if len(names) < wanted:
            return None
        fillers: list[Carrier] = []
        for name in chance.sample(names, len(names)):
            candidates = [one for one in groups[name] if one.preference not in themselves]
            if candidates:
                fillers.append(candidates[chance.randrange(len(candidates))])
            if len(fillers) == wanted:
                return tuple(fillers)
        return None


def _place(position: Position, count: int, chance: random.Random) -> int:
    if position == "first":
        return 1
    if position == "last":
        return count
    return (count + 1) // 2 if position == "middle" else chance.randint(1, count)
