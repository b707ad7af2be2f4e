"""A question with a key for each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.widgets import Static

from interpref_tui.screens.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class ConfirmScreen(Dialog[str | None]):
    """Gives back the key that was pressed, one of the answers'."""

    def __init__(self, question: str, answers: dict[str, str]) -> None:
        super().__init__()
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        text = Text(self._question + "\n\n")
        for key, meaning in self._answers.items():
            text.append(f"  {key:<8}", "bold")
            text.append(f"{meaning}\n")
        with Vertical(id="help"):
            yield Static(text, markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in self._answers:
            self.dismiss(event.key)
