"""One history as a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.record_screen import RecordScreen
from interpref_tui.text.blocks import Pane
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.reader.conversation import Conversation, blocks_of
from interpref_tui.widgets.reader.reader_group import ReaderGroup
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.lists.query import Key
    from interpref_tui.text.blocks import Block


class HistoryScreen(RecordScreen):
    """One history, whole."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("history")
    listed = "histories"

    def __init__(self, row: dict[str, Any], marked: str = "", keys: Sequence[Key] | None = None, at: int = 0) -> None:
        super().__init__(row, keys, at)
        self._marked = marked
        self._turns: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        yield TitleLine("History")
        yield ReaderGroup(1, turns=True)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.show_row()

    def show_row(self) -> None:
        row = self._row
        confidential = "  CONFIDENTIAL" if row.get("confidential") else ""
        parts = (row["id"], self.where, f"{row['turns']} turns", sanitize(row.get("source") or "") + confidential)
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
        readers = self.query_one(ReaderGroup)
        readers.show([Pane("", blocks)])
        readers.look_for(self._marked)

    def action_copy(self) -> None:
        self.interpref.copy_text(self.query_one(ReaderGroup).text)

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._text())

    def action_copy_all(self) -> None:
        self.interpref.copy_text(self._text())

    def _text(self) -> str:
        """The whole history as Markdown."""
        return "\n\n".join(f"## {turn['role']}\n\n{turn['content']}" for turn in self._turns)
