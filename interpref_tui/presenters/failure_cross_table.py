"""Failures crossed by two of their facets and narrowed by any category: what the Failures screen and the line mode look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from interpref_db.failures.failures import Failures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.failure_categories import Facet
    from interpref_db.tables import Table


@dataclass(frozen=True, slots=True)
class FailureCrossTable:
    """A view of failures: the facets of rows and columns, the categories that are kept, the one run and judge (None for all).

    Each step gives another one, so that it can be taken back.
    """

    all: Failures
    facets: tuple[Facet, Facet] = ("mechanical", "preference kind")
    filters: Mapping[Facet, str] = field(default_factory=dict)
    of: tuple[str, str] | None = None

    def over(self, found: Failures) -> FailureCrossTable:
        """The same over other failures, by facets that they have."""
        present = found.facets()
        if not present:
            return replace(self, all=found)
        rows, columns = self.facets
        facets = (rows if rows in present else present[0], columns if columns in present else present[-1])
        return replace(self, all=found, facets=facets)

    @property
    def shown(self) -> Failures:
        """Those that are counted."""
        among = self.all
        if self.of is not None:
            among = Failures(tuple(one for one in among.all if (one.run, one.judge) == self.of))
        return among.having(self.filters)

    def table(self) -> Table:
        """The counts."""
        from interpref_db.failures.cross_table import cross_table

        return cross_table(self.shown, *self.facets)

    @property
    def about(self) -> str:
        """How many of how many, and what is kept."""
        kept = [f"{self.of[0]} by {self.of[1]}"] if self.of else []
        kept += [f"{facet}: {name}" for facet, name in self.filters.items()]
        return "  ".join([f"{len(self.shown.all):,} of {len(self.all.all):,}", *kept])

    def other_rows(self) -> FailureCrossTable:
        """By the next facet in rows."""
        return replace(self, facets=(self._next(self.facets[0]), self.facets[1]))

    def other_columns(self) -> FailureCrossTable:
        """By the next facet in columns."""
        return replace(self, facets=(self.facets[0], self._next(self.facets[1])))

    def other_run(self) -> FailureCrossTable:
        """Only one run by one judge, the next one each time, then all again."""
        known = sorted({(one.run, one.judge) for one in self.all.all})
        place = known.index(self.of) + 1 if self.of in known else 0
        return replace(self, of=known[place] if place < len(known) else None)

    def only(self, row: int, column: int) -> FailureCrossTable:
        """Only what a cell of the table counts; other facets can then be crossed."""
        from interpref_db.failures.cross_table import categories_of

        found = categories_of(self.shown, *self.facets, row=row, column=column)
        return replace(self, filters={**self.filters, **found})

    def everything(self) -> FailureCrossTable:
        """No categories kept."""
        return replace(self, filters={})

    def _next(self, facet: Facet) -> Facet:
        present = self.all.facets()
        return present[(present.index(facet) + 1) % len(present)] if facet in present else facet
