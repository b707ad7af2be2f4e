"""Failures: counts by any two facets, narrowed by any category, down to each failed item with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.failure_cross_table import FailureCrossTable
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.number_table import NumberTable
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.failures.failures import Failures
    from interpref_db.tables import DrillDown


class FailuresScreen(StudyScreen):
    """A cross table. `r` and `c` choose the facets of rows and columns, `f` keeps only what the cell counts."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("failures")

    def __init__(self) -> None:
        super().__init__()
        self.crossing: FailureCrossTable | None = None
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
        from interpref_db.failures.failures import failures

        version = self.study.version()
        if version != self._version:
            self.app.call_from_thread(self._take, failures(self.study), version)

    def _take(self, found: Failures, version: int) -> None:
        self._version = version
        self._show((self.crossing or FailureCrossTable(found)).over(found))

    def _show(self, crossing: FailureCrossTable) -> None:
        self.crossing = crossing
        self.query_one(NumberTable).show_numbers(crossing.table())
        self.title_more(crossing.about)
        text = "{} (rows) by {} (columns)".format(*crossing.facets)
        self.show_nothing("failures", empty=not crossing.all.all)
        self.query_one("#failures-about", Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    def _become(self, after: FailureCrossTable) -> None:
        """Show this, as a step that can be taken back."""
        before = self.crossing
        if before is None or after == before:
            return

        def show(crossing: FailureCrossTable) -> None:
            # What was counted since stays.
            self._show(crossing.over(self.crossing.all if self.crossing else crossing.all))

        name = "failures by other facets" if after.facets != before.facets else "which failures are counted"
        self.interpref.steps.done(name, lambda: show(before), lambda: show(after), there=lambda: self.is_attached)
        show(after)

    def action_rows(self) -> None:
        if self.crossing:
            self._become(self.crossing.other_rows())

    def action_columns(self) -> None:
        if self.crossing:
            self._become(self.crossing.other_columns())

    def action_run(self) -> None:
        """Only one run by one judge, the next one each time, then all again."""
        if self.crossing:
            self._become(self.crossing.other_run())

    def action_filter(self) -> None:
        """Keep what the cell under the cursor counts; other facets can then be crossed."""
        if self.crossing:
            at = self.query_one(NumberTable).cursor_coordinate
            self._become(self.crossing.only(at.row, at.column))

    def action_clear(self) -> None:
        if self.crossing:
            self._become(self.crossing.everything())

    def on_number_table_opened(self, event: NumberTable.Opened) -> None:
        if event.behind is None or self.crossing is None:
            self.tell("no failure has both categories")
            return
        self._open(event.behind)

    def _open(self, behind: DrillDown) -> None:
        from interpref_tui.screens.drilldown import DrilldownScreen

        self.app.push_screen(DrilldownScreen(behind, self.crossing.shown.by_key() if self.crossing else None))
