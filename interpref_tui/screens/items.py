"""The list of items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.item import ItemScreen
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

WIDE = 100  # columns of the window from which a list has all of its own
COLUMNS = (
    Column("id", "item", 18),
    Column("query", "query"),
    Column("a", "preference a"),
    Column("b", "preference b"),
    Column("category", "category", 14),
    Column("runs", "runs", 4, right=True),
)
# Where there is little room, the texts have it.
NARROW = (replace(COLUMNS[0], width=10), *COLUMNS[1:4], COLUMNS[5])


class ItemsScreen(StudyScreen):
    """Every item of the study."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("items")

    def compose(self) -> ComposeResult:
        yield TitleLine("Items")
        yield FilterableList(
            RowList(self.study, "items", COLUMNS if self.app.size.width >= WIDE else NARROW, remembered=True)
        )
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(ItemScreen(str(event.key), rows.keys, rows.cursor))
