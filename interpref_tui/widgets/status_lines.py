"""One-line widgets: the title on top, and a notice above the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from textual.timer import Timer


class TitleLine(Static):
    """Where we are: the screen's name and the study."""

    def __init__(self, title: str) -> None:
        super().__init__("", markup=False)
        self._title = title
        self._more = ""

    def on_mount(self) -> None:
        self._show()

    def tell(self, more: str) -> None:
        """Say more behind the title, e.g. how many rows there are."""
        if more != self._more:
            self._more = more
            self._show()

    def _crumbs(self) -> list[str]:
        """The titles of the screens that this one stands on: escape goes back through them."""
        below: list[str] = []
        if self.app.is_screen_installed(self.screen):
            return below  # a main screen stands on none, also while it is not the one that is shown
        for screen in self.app.screen_stack:
            if screen is self.screen:
                break
            below += [line._title for line in screen.query(TitleLine)]
        return below

    def _show(self) -> None:
        study = getattr(self.app, "study_name", "")
        text = Text(no_wrap=True, overflow="ellipsis")
        for crumb in self._crumbs():
            text.append(f" {crumb} ›", "dim")
        text.append(f" {self._title} ", "bold reverse")
        text.append(f"  {sanitize(self._more)}" if self._more else "")
        text.append(f"   {sanitize(study)}", "dim")
        self.update(text)


class NoticeLine(Static):
    """One line for what went wrong or was done, with the way out; gone after a while."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._timer: Timer | None = None

    def tell(self, text: str, seconds: float = 8.0) -> None:
        if self._timer is not None:  # of what was said before, which would end this too early
            self._timer.stop()
        self.update(Text(sanitize(text), no_wrap=True, overflow="ellipsis"))
        self.add_class("-shown")
        self._timer = self.set_timer(seconds, lambda: self.remove_class("-shown"))
