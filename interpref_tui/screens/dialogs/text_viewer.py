"""A text to read, over the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.containers import Vertical
from textual.widgets import Static

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog
from interpref_tui.text.blocks import Block
from interpref_tui.widgets.reader.text_reader import Reader

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class TextViewer(Dialog[None]):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("reading")

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="reading"):
            yield Static(Text(f"{self._title}   (j k scroll, esc closes)", "bold"), markup=False)
            yield Reader(id="reading-text")

    def on_mount(self) -> None:
        pane = self.query_one(Reader)
        pane.show([Block(self._text)])
        pane.focus()
