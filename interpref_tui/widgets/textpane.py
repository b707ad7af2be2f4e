"""A text of any length in a pane: wrapped as it is scrolled to, its words marked, Markdown shown as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from interpref_tui.actions import bindings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from textual.binding import BindingType

Span = tuple[int, int]

_HEADING = re.compile(r"#{1,6} ")
_INLINE = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|`([^`\n]+)`")
_FENCE = ("```", "~~~")
_STEP = 400  # lines wrapped at a time


def paragraphs(text: str, marks: Sequence[tuple[Span, str]] = ()) -> list[Text]:
    """The lines of a text, code and emphasis styled where they stand, with the marked spans styled on top."""
    whole = Text(text)
    place, fenced = 0, False
    for line in text.split("\n"):
        end = place + len(line)
        if line.lstrip().startswith(_FENCE):
            fenced = not fenced
            whole.stylize("dim", place, end)
        elif fenced:
            whole.stylize("italic", place, end)
        else:
            if _HEADING.match(line):
                whole.stylize("bold", place, end)
            for found in _INLINE.finditer(line):
                whole.stylize("bold" if found.group(1) else "italic", place + found.start(), place + found.end())
        place = end + 1
    for (start, stop), style in marks:
        whole.stylize(style, start, stop)
    return list(whole.split("\n", allow_blank=True))


class TextPane(ScrollView, can_focus=True):
    """Shows one inert text. `show` replaces it; the place is kept when only the marks change."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pane")

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.text = ""
        self._lines: list[Text] = []
        self._waiting: Iterator[Text] = iter(())
        self._marks: list[tuple[Span, str]] = []
        self._width = 0

    def show(self, text: str, marks: Sequence[tuple[Span, str]] = ()) -> None:
        """Show a text that is inert already."""
        if text != self.text:
            self.scroll_home(animate=False)
        self.text, self._marks = text, list(marks)
        self._begin()

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._width:
            self._begin()

    def _begin(self) -> None:
        """Wrap anew what is in view; the rest follows when there is time."""
        self._width = self.scrollable_content_region.width
        self._lines = []
        self._waiting = iter(paragraphs(self.text, self._marks))
        if self._width > 0:
            self._wrap_to(int(self.scroll_offset.y) + self.size.height + _STEP)
            self.call_later(self._wrap_rest)
        self.refresh()

    def _wrap_to(self, wanted: int) -> bool:
        """Wrap until there are so many lines; whether there is more to wrap."""
        console: Console = self.app.console
        while len(self._lines) < wanted:
            paragraph = next(self._waiting, None)
            if paragraph is None:
                self.virtual_size = Size(self._width, len(self._lines))
                return False
            self._lines += paragraph.wrap(console, max(1, self._width), overflow="fold", tab_size=4) or [Text()]
        self.virtual_size = Size(self._width, len(self._lines))
        return True

    def _wrap_rest(self) -> None:
        if self._wrap_to(len(self._lines) + _STEP):
            self.call_later(self._wrap_rest)

    def render_line(self, y: int) -> Strip:
        index = int(self.scroll_offset.y) + y
        base = self.rich_style
        if index >= len(self._lines):
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(segment.text, base + segment.style if segment.style else base)
            for segment in self._lines[index].render(self.app.console, end="")
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    @property
    def below(self) -> int:
        """Lines under what is in view."""
        return max(0, len(self._lines) - int(self.scroll_offset.y) - self.size.height)

    def action_scroll(self, by: int) -> None:
        self.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False)

    def action_top(self) -> None:
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.scroll_end(animate=False)
