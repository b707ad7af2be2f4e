"""A history as a conversation: some twenty turns are mounted, more when they are reached; long turns are cut on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Group
from rich.markdown import Markdown
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from interpref_tui.actions import bindings
from interpref_tui.output import inert

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType

WINDOW = 20  # turns mounted at a time
LONGEST = 12_000  # characters of a turn that are shown
FORMATTED = 6_000  # characters up to which a turn is shown as Markdown
_SIGNS = {"user": "▷ user", "assistant": "◁ assistant", "system": "· system", "tool": "⚙ tool"}


def body(text: str, marked: str = "", *, formatted: bool = True) -> RenderableType:
    """A text of a model or file as it is drawn: inert, as Markdown if it is short, with what is searched for marked."""
    shown = inert(text[:LONGEST], lines=True)
    if marked or not formatted or len(shown) > FORMATTED:
        plain = Text(shown)
        if marked:
            plain.highlight_words([marked], "reverse", case_sensitive=False)
        if len(text) > LONGEST:
            plain.append(f"\n… {len(text) - LONGEST:,} more characters: e opens it whole", "dim italic")
        return plain
    return Markdown(shown, hyperlinks=False)


class Turn(Static, can_focus=True):
    """One turn."""

    def __init__(self, number: int, turn: dict[str, Any], marked: str) -> None:
        super().__init__("", markup=False, classes=f"-{turn['role']}" if turn["role"] in _SIGNS else None)
        self.number = number
        self.text: str = turn["content"]
        self._turn = turn
        self._marked = marked

    def on_mount(self) -> None:
        role = self._turn["role"]
        head = Text(f"{_SIGNS.get(role, inert(role))}  {self.number}", "bold")
        if self._turn.get("time"):
            head.append(f"  {inert(self._turn['time'])}", "dim")
        self.update(Group(head, body(self.text, self._marked)))


class Conversation(VerticalScroll, can_focus=True):
    """Turns from top to bottom. `show` replaces them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("text")

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._turns: list[dict[str, Any]] = []
        self._mounted = 0
        self._marked = ""
        self._filling = False

    async def show(self, turns: list[dict[str, Any]], marked: str = "") -> None:
        """Show these turns (role, content, time), from the first that holds what is marked, if any."""
        await self.remove_children()
        self._turns, self._marked, self._mounted = turns, marked, 0
        await self._more()
        self.scroll_home(animate=False)
        if marked:
            await self._find_marked()

    async def _find_marked(self) -> None:
        """Scroll to the first turn that holds the marked text."""
        wanted = self._marked.lower()
        for number, turn in enumerate(self._turns, start=1):
            if wanted in turn["content"].lower():
                while self._mounted < number:
                    await self._more()
                found = next((one for one in self.query(Turn) if one.number == number), None)
                if found:
                    self.call_after_refresh(self.scroll_to_widget, found, animate=False, top=True)
                return

    async def _more(self) -> None:
        """Mount the next window of turns."""
        if self._filling:
            return
        self._filling = True
        try:
            last = min(len(self._turns), self._mounted + WINDOW)
            added = [Turn(n + 1, self._turns[n], self._marked) for n in range(self._mounted, last)]
            await self.query(".more").remove()
            await self.mount(*added)
            self._mounted = last
            if last < len(self._turns):
                await self.mount(Static(f"… {len(self._turns) - last} more turns", classes="more", markup=False))
        finally:
            self._filling = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._mounted < len(self._turns) and new_value + self.size.height * 2 > self.virtual_size.height:
            self.call_later(self._more)

    @property
    def current(self) -> Turn | None:
        """The turn in focus, or the first one in view."""
        if isinstance(self.app.focused, Turn):
            return self.app.focused
        top = self.scroll_offset.y
        return next((one for one in self.query(Turn) if one.virtual_region.bottom > top), None)

    def action_scroll(self, by: int) -> None:
        self.scroll_relative(y=by, animate=False)

    def action_turn(self, by: int) -> None:
        turns = list(self.query(Turn))
        if not turns:
            return
        here = self.current
        place = turns.index(here) if here in turns else 0
        focused = isinstance(self.app.focused, Turn)
        target = turns[max(0, min(len(turns) - 1, place + by if focused or by < 0 else place))]
        target.focus(scroll_visible=False)
        self.scroll_to_widget(target, animate=False, top=True)

    def action_top(self) -> None:
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.scroll_end(animate=False)
