"""Failures: counts by any two facets, narrowed by any category, down to each failed item with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_tui.actions import bindings
from interpref_tui.screens.base import StudyScreen
from interpref_tui.widgets.keyline import KeyLine
from interpref_tui.widgets.lines import NoticeLine, TitleLine
from interpref_tui.widgets.numbers import NumberTable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_core.failures import Facet
    from interpref_db.failures import Failures
    from interpref_db.tables import Behind


class FailuresScreen(StudyScreen):
    """A cross table. `r` and `c` choose the facets of rows and columns, `f` keeps only what the cell counts."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("failures")

    def __init__(self) -> None:
        super().__init__()
        self._all: Failures | None = None
        self._shown: Failures | None = None
        self._facets: tuple[Facet, Facet] = ("mechanical", "preference kind")
        self._filters: dict[Facet, str] = {}
        self._of: tuple[str, str] | None = None
        self._version = -1

    def compose(self) -> ComposeResult:
        yield TitleLine("Failures")
        yield Static("counting…", id="failures-about", classes="pane-title", markup=False)
        yield NumberTable(id="numbers")
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(NumberTable).focus()
        self._count()

    def on_screen_resume(self) -> None:
        if self._version >= 0:
            self._count()

    @work(thread=True, exclusive=True, group="count", exit_on_error=False)
    def _count(self) -> None:
        from interpref_db.failures import failures

        version = self.study.version()
        if version != self._version:
            self.app.call_from_thread(self._take, failures(self.study), version)

    def _take(self, found: Failures, version: int) -> None:
        self._all, self._version = found, version
        present = found.facets()
        if present:
            rows, columns = self._facets
            self._facets = (rows if rows in present else present[0], columns if columns in present else present[-1])
        self._show()

    def _show(self) -> None:
        from interpref_db.failure_tables import cross_table
        from interpref_db.failures import Failures

        if self._all is None:
            return
        among = self._all
        if self._of is not None:
            among = Failures(tuple(one for one in among.all if (one.run, one.judge) == self._of))
        self._shown = among.having(self._filters)
        self.query_one(NumberTable).show_numbers(cross_table(self._shown, *self._facets))
        kept = [f"{self._of[0]} by {self._of[1]}"] if self._of else []
        kept += [f"{facet}: {name}" for facet, name in self._filters.items()]
        self.title_more("  ".join([f"{len(self._shown.all):,} of {len(self._all.all):,}", *kept]))
        text = Text(f"{self._facets[0]} (rows) by {self._facets[1]} (columns)", no_wrap=True, overflow="ellipsis")
        self.show_nothing("failures", empty=not self._all.all)
        self.query_one("#failures-about", Static).update(text)

    def _next(self, facet: Facet) -> Facet:
        present = self._all.facets() if self._all else ()
        return present[(present.index(facet) + 1) % len(present)] if facet in present else facet

    def _become(self, facets: tuple[Facet, Facet], filters: dict[Facet, str], of: tuple[str, str] | None) -> None:
        """Show these, as a step that can be taken back."""
        before = (self._facets, self._filters, self._of)
        after = (facets, filters, of)
        name = "failures by other facets" if facets != before[0] else "which failures are counted"
        if after == before:
            return

        def show(state: tuple[tuple[Facet, Facet], dict[Facet, str], tuple[str, str] | None]) -> None:
            self._facets, self._filters, self._of = state
            self._show()

        self.interpref.steps.done(name, lambda: show(before), lambda: show(after), there=lambda: self.is_attached)
        show(after)

    def action_rows(self) -> None:
        self._become((self._next(self._facets[0]), self._facets[1]), self._filters, self._of)

    def action_columns(self) -> None:
        self._become((self._facets[0], self._next(self._facets[1])), self._filters, self._of)

    def action_run(self) -> None:
        """Only one run by one judge, the next one each time, then all again."""
        known = sorted({(one.run, one.judge) for one in self._all.all}) if self._all else []
        place = known.index(self._of) + 1 if self._of in known else 0
        self._become(self._facets, self._filters, known[place] if place < len(known) else None)

    def action_filter(self) -> None:
        """Keep what the cell under the cursor counts; other facets can then be crossed."""
        from interpref_db.failure_tables import categories_of

        if self._shown is None:
            return
        table = self.query_one(NumberTable)
        at = table.cursor_coordinate
        found = categories_of(self._shown, *self._facets, row=at.row, column=at.column)
        self._become(self._facets, self._filters | found, self._of)

    def action_clear(self) -> None:
        self._become(self._facets, {}, None)

    def on_number_table_opened(self, event: NumberTable.Opened) -> None:
        if event.behind is None or self._shown is None:
            self.tell("no failure has both categories")
            return
        self._open(event.behind)

    def _open(self, behind: Behind) -> None:
        from interpref_tui.screens.behind import BehindScreen

        self.app.push_screen(BehindScreen(behind, self._shown.by_key() if self._shown else None))
