"""Which columns a list shows and which it is sorted by; and what its filters can ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.containers import Vertical
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_tui.widgets.list.filterable_list import FilterableList


class ColumnsScreen(Dialog[None]):
    """Space shows or hides a column, `s` sorts by it. What is chosen is seen at once behind it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("columns")

    def __init__(self, listing: FilterableList) -> None:
        super().__init__()
        self._listing = listing

    def compose(self) -> ComposeResult:
        rows = self._listing.rows
        shown = {column.name for column in rows.columns}
        with Vertical(id="columns"):
            yield Static(
                Text("Columns   (space shows or hides, s sorts, S the other way, esc closes)", "bold"), markup=False
            )
            yield SelectionList[str](
                *(Selection(Text(column.heading), column.name, column.name in shown) for column in rows.offered)
            )

    def on_mount(self) -> None:
        self.query_one(SelectionList).focus()

    def on_selection_list_selected_changed(self, event: SelectionList.SelectedChanged[str]) -> None:
        self._listing.show_columns(list(event.selection_list.selected))

    def _highlighted_name(self) -> str | None:
        options = self.query_one(SelectionList)
        at = options.highlighted
        return str(options.get_option_at_index(at).value) if at is not None else None

    def action_sort(self) -> None:
        name = self._highlighted_name()
        if name:
            self._listing.sort_by(name)

    def action_reverse(self) -> None:
        self._listing.action_reverse()
