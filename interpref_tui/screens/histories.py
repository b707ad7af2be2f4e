"""Histories: the list, and one history as a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.containers import Horizontal

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.record_screen import ThroughScreen
from interpref_tui.screens.study_screen import StudyScreen, flag
from interpref_tui.text.blocks import Pane
from interpref_tui.text.output import inert
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, Listing, RowList
from interpref_tui.widgets.reader.conversation import Conversation, blocks_of
from interpref_tui.widgets.reader.reader_group import Readers
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_db.lists.query import Key
    from interpref_tui.text.blocks import Block

WIDE = 120  # columns from which the conversation stands beside the list

COLUMNS = (
    Column("opening", "opening"),
    Column("turns", "turns", 6, right=True),
    Column("characters", "chars", 9, right=True, show=lambda value: f"{value:,}"),
    Column("language", "lang", 5),
    Column("source", "source", 10),
    Column("confidential", "conf", 4, show=flag),
)


class HistoriesScreen(StudyScreen):
    """Every history of the study, searched in all its turns."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("histories")

    def compose(self) -> ComposeResult:
        yield TitleLine("Histories")
        with Horizontal(classes="split"):
            yield Listing(RowList(self.study, "histories", COLUMNS, remembered=True))
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
        marked = self.query_one(RowList).looked_for
        self.app.call_from_thread(self._show, blocks_of(turns), marked)

    def _show(self, blocks: list[Block], marked: str) -> None:
        conversation = self.query_one(Conversation)
        conversation.look_for("")
        conversation.show(blocks)
        conversation.look_for(marked)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(HistoryScreen(event.row, rows.looked_for, rows.keys, rows.cursor))


class HistoryScreen(ThroughScreen):
    """One history, whole."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("history")
    listed = "histories"

    def __init__(self, row: dict[str, Any], marked: str = "", keys: Sequence[Key] | None = None, at: int = 0) -> None:
        super().__init__(row, keys, at)
        self._marked = marked
        self._turns: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        yield TitleLine("History")
        yield Readers(1, turns=True)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.show_row()

    def show_row(self) -> None:
        row = self._row
        confidential = "  CONFIDENTIAL" if row.get("confidential") else ""
        parts = (row["id"], self.where, f"{row['turns']} turns", inert(row.get("source") or "") + confidential)
        self.title_more("  ".join(part for part in parts if part))
        self._read(row)

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self, row: dict[str, Any]) -> None:
        from interpref_db.records.evidence import evidence_of

        turns = self.study.rows("show_turns", history=row["key"])
        self.app.call_from_thread(self._show_turns, row, turns, blocks_of(turns))
        evidence = evidence_of(self.study, row["id"], turns)
        self.app.call_from_thread(self._show_evidence, row, evidence)

    def _show_evidence(self, row: dict[str, Any], evidence: dict[int, str]) -> None:
        if row is self._row and self.is_attached:
            self.query_one(Conversation).show_evidence(evidence)

    def _show_turns(self, row: dict[str, Any], turns: list[dict[str, Any]], blocks: list[Block]) -> None:
        if row is not self._row:
            return
        self._turns = turns
        readers = self.query_one(Readers)
        readers.show([Pane("", blocks)])
        readers.look_for(self._marked)

    def action_copy(self) -> None:
        self.interpref.copy_text(self.query_one(Readers).text)

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._text())

    def action_copy_all(self) -> None:
        self.interpref.copy_text(self._text())

    def _text(self) -> str:
        """The whole history as Markdown."""
        return "\n\n".join(f"## {turn['role']}\n\n{turn['content']}" for turn in self._turns)
