"""What is said when the window is too small to draw anything in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from interpref_tui.screens.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult


class WindowTooSmall(Dialog[None]):
    """Stands over everything until the window is large enough; what is under it stays as it is."""

    DEFAULT_CSS = """
    WindowTooSmall { background: $background; align: center middle; }
    WindowTooSmall > Static { width: 100%; height: auto; content-align: center middle; text-align: center; }
    """

    def __init__(self, least: tuple[int, int]) -> None:
        super().__init__()
        self._least = least

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def on_mount(self) -> None:
        self._say()

    def on_resize(self) -> None:
        self._say()

    def on_screen_resume(self) -> None:
        """What stood over this is gone; the window may have grown meanwhile."""
        if self.app.size.width >= self._least[0] and self.app.size.height >= self._least[1]:
            self.dismiss()

    def _say(self) -> None:
        width, height = self.app.size
        least = f"{self._least[0]} x {self._least[1]}"
        self.query_one(Static).update(
            Text(f"{width} x {height} is too small:\nat least {least},\nbest 80 x 24", "bold")
        )
