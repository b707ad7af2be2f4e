"""The list of histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.history import HistoryScreen
from interpref_tui.screens.study_screen import StudyScreen, check_mark
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.reader.conversation import Conversation, blocks_of
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_tui.text.blocks import Block

WIDE = 120  # columns from which the conversation stands beside the list

COLUMNS = (
    Column("opening", "opening"),
    Column("turns", "turns", 6, right=True),
    Column("characters", "chars", 9, right=True, show=lambda value: f"{value:,}"),
    Column("language", "lang", 5),
    Column("source", "source", 10),
    Column("confidential", "conf", 4, show=check_mark),
)


class HistoriesScreen(StudyScreen):
    """Every history of the study, searched in all its turns."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("histories")

    def compose(self) -> ComposeResult:
        yield TitleLine("Histories")
        with Horizontal(classes="split"):
            yield FilterableList(RowList(self.study, "histories", COLUMNS, remembered=True))
            yield Conversation(classes="pane beside")
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._timer: Timer | None = None
        self.query_one(RowList).focus()

    def on_resize(self) -> None:
        self.query_one(".beside").set_class(self.size.width < WIDE, "-hidden")

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """Follow the cursor a moment later, so that running over the list does not read every history."""
        if self._timer:
            self._timer.stop()
        if event.key is not None and self.size.width >= WIDE:
            key = event.key
            self._timer = self.set_timer(0.12, lambda: self._read(int(key)))
        elif not event.rows.count:
            self._show([], "")

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self, key: int) -> None:
        turns = self.study.rows("show_turns", history=key)
        marked = self.query_one(RowList).first_search_text
        self.app.call_from_thread(self._show, blocks_of(turns), marked)

    def _show(self, blocks: list[Block], marked: str) -> None:
        conversation = self.query_one(Conversation)
        conversation.look_for("")
        conversation.show(blocks)
        conversation.look_for(marked)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(HistoryScreen(event.row, rows.first_search_text, rows.keys, rows.cursor))
