"""Tables of numbers as text, each cell with the items behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.lists.query import Key
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class DrillDown:
    """The items behind a number: a list, and either values of its columns or the query that gives its keys. `sort` is the column
    that it is ordered by; `against` are two runs that the number is about, to be read beside each other."""

    kind: str
    title: str
    where: Mapping[str, Any] = field(default_factory=dict)
    query: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[Key, ...] | None = None
    sort: str | None = None
    against: tuple[str, str] | None = None

    def load_keys(self, study: Study) -> tuple[Key, ...] | None:
        """The keys of its list, or None where `where` says it all."""
        if self.query is None:
            return self.keys
        return tuple(row["key"] for row in study.rows(self.query, **self.parameters))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as text. `behind` gives, for each row, what its cells open: one for the whole row or one a cell."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    behind: tuple[tuple[DrillDown | None, ...], ...] = ()
    notes: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # columns of words; the others are numbers

    def opens(self, row: int, column: int) -> DrillDown | None:
        """What is behind a cell, or None."""
        among = self.behind[row] if row < len(self.behind) else ()
        return (among[column] if column < len(among) else among[-1]) if among else None


def format_percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def format_interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"
