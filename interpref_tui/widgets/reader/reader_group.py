"""Up to four texts beside each other: they scroll together, words that differ and words of preferences are marked, one search
looks into all of them, one can have all the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.text import Text
from textual import on, work
from textual.containers import Grid, Horizontal, Vertical
from textual.widgets import Input, Label, Static
from textual.worker import get_current_worker

from interpref_tui.keys.actions import bindings
from interpref_tui.text.highlights import Highlights, marks_of
from interpref_tui.widgets.focus import focus_immediately
from interpref_tui.widgets.reader.conversation import Conversation
from interpref_tui.widgets.reader.text_reader import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_tui.text.blocks import Pane

WIDE, MIDDLE = 180, 110  # columns from which four, and two, stand beside each other

Together = Literal["turn", "share", "apart"]
_TOGETHER: dict[Together, str] = {
    "turn": "they scroll together, turn by turn",
    "share": "they scroll together, by how far they are",
    "apart": "each scrolls by itself",
}


@dataclass(slots=True)
class _Box:
    """The widgets of a pane."""

    around: Vertical
    title: Static
    reader: Reader
    at: tuple[int, int] = field(default=(0, 0))  # hits of the search, and the one we are at


class ReaderGroup(Vertical):
    """`show` gives it its panes. As many stand beside each other as the width has room for, the others a key away."""

    DEFAULT_CSS = """
    ReaderGroup { height: 1fr; }
    ReaderGroup > Grid { height: 1fr; grid-gutter: 0 1; grid-size: 1 1; }
    ReaderGroup .pane-title { height: 1; padding: 0 1; }
    ReaderGroup > .search { height: 1; display: none; background: $surface; }
    ReaderGroup.-searching > .search { display: block; }
    ReaderGroup .search Label { width: auto; color: $accent; }
    ReaderGroup .search .count { padding: 0 1; }
    ReaderGroup .search Input { height: 1; border: none; padding: 0; background: $surface; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("side")

    def __init__(
        self,
        most: int = 4,
        *,
        turns: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        """At most so many panes; with `turns`, they are conversations."""
        super().__init__(id=id, classes=classes)
        self.panes: list[Pane] = []
        self.pane = 0
        self.zoomed = self.differences = self.preferences = False
        self.together: Together = "turn"
        self._timer: Timer | None = None
        self._asked_here = False  # a search that came with the text is left with it, not ended by escape
        kind = Conversation if turns else Reader
        self._boxes = [
            _Box(Vertical(classes="pane"), Static("", classes="pane-title", markup=False), kind()) for _ in range(most)
        ]

    def compose(self) -> ComposeResult:
        with Grid():
            for box in self._boxes:
                with box.around:
                    yield box.title
                    yield box.reader
        with Horizontal(classes="search"):
            yield Label("/", markup=False)
            yield Input(placeholder="search here; enter keeps it (n N go on), esc ends it", select_on_focus=False)
            yield Label("", classes="count", markup=False)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show(self, panes: Sequence[Pane], *, keep: bool = False, focus: bool = True) -> None:
        """Show these panes; with `keep`, from the places where we are."""
        self.panes = list(panes)
        self.pane = min(self.pane, max(0, len(self.panes) - 1)) if keep else 0
        for box, pane in zip(self._boxes, self.panes, strict=False):
            box.reader.show(pane.blocks, keep=keep)
        self.place_panes(focus=focus)
        self.mark()

    def retitle(self, number: int, title: str) -> None:
        self.panes[number].title = title
        self._draw_titles()

    @property
    def reader(self) -> Reader:
        """The reader that keys are about."""
        return self._boxes[self.pane].reader

    @property
    def text(self) -> str:
        """The text that keys are about, whole and as it came."""
        return self.reader.text if self.panes else ""

    def readers(self) -> list[Reader]:
        return [box.reader for box, _ in zip(self._boxes, self.panes, strict=False)]

    # -- where it stands ---------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.place_panes(focus=any(box.reader.has_focus for box in self._boxes))

    @property
    def single_pane(self) -> bool:
        """Whether one pane has all the room."""
        return self.zoomed or self.size.width < MIDDLE

    def place_panes(self, *, focus: bool = True) -> None:
        """As many panes as the width has room for; the others a key away."""
        count = len(self.panes)
        room = 1 if self.single_pane else 4
        grid = self.query_one(Grid)
        grid.display = bool(count)
        columns = min(count, room, 4 if self.size.width >= WIDE or count == 3 else 2) or 1
        rows = -(-min(count, room) // columns) or 1
        grid.styles.grid_size_columns, grid.styles.grid_size_rows = columns, rows
        # In two and two, what belongs together (a model's two answers) has a column.
        order = (0, 2, 1, 3) if (columns, rows, len(self._boxes)) == (2, 2, 4) else tuple(range(len(self._boxes)))
        for place, number in enumerate(order):
            box = self._boxes[number].around
            box.set_class(number >= count or (room == 1 and number != self.pane), "-hidden")
            if grid.children[place] is not box:
                grid.move_child(box, before=place)
        self._draw_titles()
        if focus:
            self.focus_pane()

    def focus_pane(self) -> None:
        if self.panes:
            self.screen.set_focus(self.reader, scroll_visible=False)

    def _draw_titles(self) -> None:
        for number, (box, pane) in enumerate(zip(self._boxes, self.panes, strict=False)):
            text = Text(no_wrap=True, overflow="ellipsis")
            if self.single_pane and len(self.panes) > 1:
                for place, other in enumerate(self.panes):
                    text.append(f" {other.short or place + 1} ", "reverse" if place == number else "")
                text.append("  ")
            elif len(self.panes) > 1:
                text.append("› " if number == self.pane else "  ")
            text.append(pane.title)
            if self.single_pane and len(self.panes) > 1:
                text.append("   tab: the next one", "dim")
            box.title.update(text)
            box.title.display = bool(pane.title)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for number, box in enumerate(self._boxes):
            if event.widget is box.reader:
                self.pane = number
                self._draw_titles()
                self._draw_count()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        if action in ("pane", "zoom", "together"):
            return len(self.panes) > 1
        if action == "differences":
            return any(pane.partner is not None for pane in self.panes)
        if action == "preferences":
            return any(pane.preference for pane in self.panes)
        return True

    def action_pane(self, by: int) -> None:
        self.pane = (self.pane + by) % len(self.panes)
        self.place_panes()

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.place_panes()

    # -- scrolling together ------------------------------------------------------------------------------------------

    def action_together(self) -> None:
        modes: tuple[Together, ...] = ("turn", "share", "apart")
        if all(len(pane.blocks) < 2 for pane in self.panes):
            modes = ("share", "apart")
        self.together = modes[(modes.index(self.together) + 1) % len(modes)] if self.together in modes else "apart"
        self.reader.post_message(Reader.Notice(self.reader, _TOGETHER[self.together]))

    @on(Reader.Moved)
    def _moved(self, event: Reader.Moved) -> None:
        event.stop()
        moved = event.reader
        if self.together == "apart" or len(self.panes) < 2:
            return
        number, share = moved.progress
        for reader in self.readers():
            if reader is moved:
                continue
            if self.together == "turn" and len(moved.blocks) > 1 and len(reader.blocks) > 1:
                reader.follow(number, share)
            else:
                reader.follow_share(moved.scroll_offset.y / max(1, moved.max_scroll_y))

    # -- marks -------------------------------------------------------------------------------------------------------

    def action_differences(self) -> None:
        self.differences = not self.differences
        self._say_marks()

    def action_preferences(self) -> None:
        self.preferences = not self.preferences
        self._say_marks()

    def _say_marks(self) -> None:
        self.mark()
        on = [("differences", self.differences), ("preference words", self.preferences)]
        names = [name for name, wanted in on if wanted]
        self.reader.post_message(
            Reader.Notice(self.reader, f"marked: {' and '.join(names)}" if names else "nothing is marked")
        )

    def mark(self) -> None:
        """Mark what is wanted; found in a thread, texts may be long."""
        if self.differences or self.preferences:
            texts = [[block.sanitized_text(reader.manner) for block in reader.blocks] for reader in self.readers()]
            self._find_marks(list(self.panes), texts, self.differences, self.preferences)
        else:
            for reader in self.readers():
                reader.mark("different", {})
                reader.mark("preference", {})

    @work(thread=True, exclusive=True, group="marks", exit_on_error=False)
    def _find_marks(self, panes: list[Pane], texts: list[list[str]], differences: bool, preferences: bool) -> None:
        worker = get_current_worker()
        found = marks_of(
            texts,
            [pane.partner for pane in panes] if differences else [None] * len(panes),
            [pane.preference for pane in panes] if preferences else [None] * len(panes),
        )
        if not worker.is_cancelled and self.is_attached:
            self.app.call_from_thread(self._take_marks, panes, found)

    def _take_marks(self, panes: list[Pane], found: list[Highlights]) -> None:
        if panes == self.panes:
            for reader, marks in zip(self.readers(), found, strict=True):
                reader.mark("different", marks.different)
                reader.mark("preference", marks.preference)

    @on(Reader.Reworded)
    def _reworded(self, event: Reader.Reworded) -> None:
        event.stop()
        self.mark()

    # -- searching ---------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        self._asked_here = True
        self.add_class("-searching")
        focus_immediately(self, self.query_one(Input))

    def look_for(self, text: str) -> None:
        """Mark a text in every pane and go to its first place in the one that keys are about."""
        self._look_for(text)
        if text:
            self.add_class("-searching")
            with self.prevent(Input.Changed):
                self.query_one(Input).value = text

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(0.1, lambda: self._look_for(event.value))

    def _look_for(self, text: str) -> None:
        for reader in self.readers():
            reader.look_for(text, go=reader is self.reader)

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        if event.value:
            if event.value != self.reader.wanted:
                self._look_for(event.value)
            self.focus_pane()
        else:
            self.end_search()

    @on(Reader.Found)
    def _found(self, event: Reader.Found) -> None:
        event.stop()
        for box in self._boxes:
            if box.reader is event.reader:
                box.at = (event.count, event.at)
        self._draw_count()

    def _draw_count(self) -> None:
        count, at = self._boxes[self.pane].at
        others = sum(box.at[0] for box, _ in zip(self._boxes, self.panes, strict=False)) - count
        more = f"  {others:,} beside" if others else ""
        wanted = bool(self.reader.wanted)
        self.query_one(".count", Label).update(f"{at:,}/{count:,}{more}" if wanted else "")

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_class("-searching") and self._asked_here:
            event.stop()
            event.prevent_default()
            self.end_search()

    def end_search(self) -> None:
        """Close the search and take its marks away."""
        self._asked_here = False
        if self._timer:
            self._timer.stop()
        self.remove_class("-searching")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        for reader in self.readers():
            reader.look_for("")
        self.focus_pane()
