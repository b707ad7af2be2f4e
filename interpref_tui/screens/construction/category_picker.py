"""Choosing a category: the types of the taxonomy under their main categories, or one of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.containers import Vertical
from textual.widgets import Static

from interpref_core.taxonomy import taxonomy
from interpref_tui.forms.form import Field
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.list import Column
from interpref_tui.widgets.list.memory_source import HeldList, HeldListing

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_tui.widgets.list import RowList

_OWN = "own"


class CategoryScreen(Dialog[tuple[str, str | None] | None]):
    """Gives back category and subcategory, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("category")

    def __init__(self, title: str, now: tuple[str | None, str | None]) -> None:
        super().__init__()
        self._title, self._now = title, now

    def compose(self) -> ComposeResult:
        with Vertical(id="category"):
            yield Static(Text(sanitize(self._title), "bold", no_wrap=True, overflow="ellipsis"), markup=False)
            yield HeldListing(HeldList((Column("category", "category", 22), Column("subcategory", "type")), id="types"))

    def on_mount(self) -> None:
        rows = [
            {"key": f"{category}\x1f{kind}", "category": category, "subcategory": kind}
            for category, kinds in taxonomy().items()
            for kind in kinds
        ]
        rows.append({"key": _OWN, "category": "one of your own", "subcategory": "…"})
        types = self.query_one(HeldList)
        types.show(rows, at=f"{self._now[0]}\x1f{self._now[1]}")
        types.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        if event.key != _OWN:
            self.dismiss((event.row["category"], event.row["subcategory"]))
            return

        def answered(values: dict[str, str] | None) -> None:
            if values and values["category"]:
                self.dismiss((values["category"], values["subcategory"] or None))

        fields = [
            Field("category", "category", self._now[0] or "", "the main category"),
            Field("subcategory", "type", self._now[1] or "", "within it; may be empty"),
        ]
        self.app.push_screen(FormScreen("A category of your own", fields, None, "enter sets it"), answered)
