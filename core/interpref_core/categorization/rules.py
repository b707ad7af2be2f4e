"""Categories by rules: words and phrases that speak for a type. What nothing speaks for stays uncategorised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from interpref_core.system.user_files import parse_toml
from interpref_core.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FILE = "categories.toml"
STRONG, SOME = 3, 1
_ENOUGH = 2  # points that a type needs
_SURE = 6  # points from which more would not make it surer
_GAP = r"(?:\S+\s+){0,4}"


class RulesError(Exception):
    """Rules that cannot be used; one line that names the file."""


@dataclass(frozen=True, slots=True)
class Category:
    """A main category and the type in it, how sure that is (0 to 1), and the words that spoke for it."""

    category: str
    subcategory: str
    confidence: float
    because: tuple[str, ...] = ()


class Rules:
    """Patterns by type. `of` gives the type that most speaks for; between equals, the one that speaks first."""

    def __init__(self, patterns: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Raises ValueError for a type that the taxonomy does not have."""
        self._category = {kind: category for category, kinds in taxonomy().items() for kind in kinds}
        unknown = [kind for kind in patterns if kind not in self._category]
        if unknown:
            raise ValueError(f"there is no type {unknown[0]!r} in the taxonomy")
        self._points: dict[str, list[tuple[str, int]]] = {}
        for kind, lists in patterns.items():
            for name, points in (("strong", STRONG), ("some", SOME)):
                for pattern in lists.get(name, ()):
                    self._points.setdefault(pattern, []).append((kind, points))
        self._compiled = [(pattern, _literal(pattern), _compile_pattern(pattern)) for pattern in self._points]

    def scores(self, text: str) -> dict[str, tuple[int, int, list[str]]]:
        """Of each type that anything speaks for: points, where the first word of them stands, and what speaks for it.

        Of two patterns of one type that overlap, the longer one counts: "night owl" is not also "night".
        """
        plain = " ".join(text.casefold().replace("’", "'").split())
        found: dict[str, list[tuple[int, int, int, str]]] = {}
        for pattern, literal, compiled in self._compiled:
            if literal in plain and (match := compiled.search(plain)) is not None:
                for kind, points in self._points[pattern]:
                    found.setdefault(kind, []).append((match.start(), match.end(), points, match.group()))
        return {kind: _count_hits(hits) for kind, hits in found.items()}

    def of(self, text: str) -> Category | None:
        """The category of a preference; None rather than a guess."""
        ranked = sorted(
            (
                (-points, first, kind, why)
                for kind, (points, first, why) in self.scores(text).items()
                if points >= _ENOUGH
            )
        )
        if not ranked:
            return None
        points, second = -ranked[0][0], -ranked[1][0] if len(ranked) > 1 else 0
        confidence = (points - second / 2) / points * min(1.0, (points + 1) / _SURE)
        _, _, kind, why = ranked[0]
        return Category(self._category[kind], kind, round(confidence, 3), tuple(why))


def _count_hits(hits: Iterable[tuple[int, int, int, str]]) -> tuple[int, int, list[str]]:
    taken: list[tuple[int, int]] = []
    total, why = 0, []
    for start, end, points, text in sorted(hits, key=lambda hit: (-hit[2], hit[0] - hit[1], hit[0])):
        if any(start < last and end > first for first, last in taken):
            continue
        taken.append((start, end))
        total += points
        why.append(text)
    return total, min(start for start, _ in taken), why


def _literal(pattern: str) -> str:
    """The longest part of a pattern that a text must have: most texts do not, and need no closer look."""
    return max(re.split(r"[*\s-]+", pattern.casefold()), key=len)


def _compile_pattern(pattern: str) -> re.Pattern[str]:
    plain = " ".join(pattern.casefold().split())
    parts = [
        part if part == "*" else re.escape(part).replace(r"\*", r"[\w-]*").replace(r"\-", "[- ]")
        for part in plain.split(" ")
    ]
    text = r"\s+".join(parts).replace(r"*\s+", _GAP)
    return re.compile(rf"\b{text}\b" if plain.replace("*", "").isascii() else text)


@cache
def rules(folder: Path | None = None) -> Rules:
    """The rules: the folder's where it has them, else ours. Raises RulesError."""
    path = folder / FILE if folder else None
    try:
        if path is not None and path.is_file():
            text = path.read_text(encoding="utf-8-sig")
        else:
            path, text = None, (files("interpref_core.categorization") / FILE).read_text(encoding="utf-8")
        return Rules(parse_toml(text))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RulesError(f"the rules {path or FILE} cannot be used: {' '.join(str(error).split())}") from None
