"""The list of judged items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from interpref_core.metrics.verdict_patterns import meaning_of
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.screens.verdict import VerdictScreen
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


WIDE = 100  # columns of the window from which a list has all of its own
COLUMNS = (
    Column("run", "run", 20),
    Column("judge", "judge", 14),
    Column("item", "item", 16),
    Column("pattern", "verdicts", 8),
    Column("query", "query"),
)
# Where there is little room, the query has it.
NARROW = (COLUMNS[0], replace(COLUMNS[1], width=10), replace(COLUMNS[2], width=8), *COLUMNS[3:])
FILTERS = ("run", "judge", "pattern")


class VerdictsScreen(StudyScreen):
    """Every judged item of every run."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("verdicts")

    def compose(self) -> ComposeResult:
        yield TitleLine("Verdicts")
        yield FilterableList(
            RowList(self.study, "judged", COLUMNS if self.app.size.width >= WIDE else NARROW, remembered=True)
        )
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._filters = 0
        self.query_one(RowList).focus()

    def action_filter(self) -> None:
        """Keep what shares the run, then the judge, then the pattern of the row under the cursor."""
        rows = self.query_one(RowList)
        if rows.row is None:
            return
        self._filters = self._filters % len(FILTERS) + 1
        where = {name: rows.row[name] for name in FILTERS[: self._filters]}
        rows.ask(replace(rows.asked, where=where))

    def action_clear(self) -> None:
        self._filters = 0
        rows = self.query_one(RowList)
        rows.ask(replace(rows.asked, where={}))

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        if event.row:
            self.tell_meaning(event.row["pattern"])

    def tell_meaning(self, pattern: str) -> None:
        """What the verdicts under the cursor mean, behind the count."""
        rows = self.query_one(RowList)
        filters = " ".join(f"{name}={value}" for name, value in rows.asked.where.items())
        self.title_more(f"{len(rows.keys):,}  {filters}  {pattern}: {meaning_of(pattern)}")

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(VerdictScreen(event.row, rows.keys, rows.cursor))
