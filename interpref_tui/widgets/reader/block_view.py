"""Blocks of text under each other, of any number and length: only what is in view is laid out and drawn."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from interpref_tui.text.blocks import Block, Row, TextRendering

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 400  # blocks whose lines are kept


class BlockView(ScrollView):
    """Lays out and draws blocks. Marks differ by more than colour: words that differ are bold and underlined, those of a
    preference bold and reversed, hits reversed, the hit that one is at bold and underlined on a ground of its own.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reader--head", "reader--here-head", "reader--note", "reader--different", "reader--preference", "reader--hit",
        "reader--here", "reader--user", "reader--other",
    }  # fmt: skip
    DEFAULT_CSS = """
    BlockView {
        height: 1fr; background: $background; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; padding: 0 1;
        scrollbar-gutter: stable;
        & > .reader--head { text-style: bold; }
        & > .reader--here-head { text-style: bold reverse; }
        & > .reader--note { color: $foreground 70%; text-style: italic; }
        & > .reader--different { color: $warning; text-style: bold underline; }
        & > .reader--preference { color: $success; text-style: bold reverse; }
        & > .reader--hit { text-style: reverse; }
        & > .reader--here { color: $accent; text-style: bold underline reverse; }
        & > .reader--user { color: $secondary; }
        & > .reader--other { color: $primary; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self.blocks: list[Block] = []
        self.manner = TextRendering()
        self._here = 0  # the block that was jumped to
        self._heights: list[int] = []
        self._tops: list[int] = [0]
        self._rows: dict[int, list[Row]] = {}
        self._width = 0
        self._settling = False

    def marks_in(self, number: int, row: Row) -> Sequence[tuple[int, int, str]]:
        """What is marked in a row: (from, to, kind)."""
        raise NotImplementedError

    # -- laying out --------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._width:
            self._lay_out_again()

    def _lay_out_again(self) -> None:
        """The same blocks drawn anew, from the same place in the text."""
        number, row = self.place
        share = row / max(1, self._heights[number]) if self._heights else 0
        self._lay_out(0)
        if self._heights:
            self._rows_of(number)
            self._go(self._tops[number] + int(share * self._heights[number]))

    def _lay_out(self, y: int) -> None:
        self._width = self.scrollable_content_region.width
        self._rows = {}
        self._heights = [block.estimate(self._width) for block in self.blocks]
        # The size is told when what is in view is measured: a guess that is too high would bring a scrollbar for a moment.
        self._tops = list(accumulate(self._heights, initial=0))
        if self.blocks and self._width > 0:
            self._go(y)
        else:
            self._settle_tops()
        self.refresh()

    def _settle_tops(self) -> None:
        self._tops = list(accumulate(self._heights, initial=0))
        self.virtual_size = Size(max(1, self._width), self._tops[-1])

    def _go(self, y: float) -> None:
        """Scroll there at once, with everything around it laid out."""
        self._settle(int(y))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._settling and round(old_value) != round(new_value):
            self._settle(round(new_value))

    def _settle(self, y: int) -> None:
        """Lay out what is in view and a page around it, and keep what is in view where it is."""
        if self._width <= 0 or not self.blocks:
            return
        self._settling = True
        try:
            y = max(0, min(y, self._tops[-1]))
            number = self._block_at(y)
            inside = y - self._tops[number]
            before, laid = number, 0
            while before > 0 and laid < self.size.height * 2:
                before -= 1
                laid += self._measure(before)
            after, laid = number, -inside
            while after < len(self.blocks) and laid < self.size.height * 2:
                laid += self._measure(after)
                after += 1
            self._settle_tops()
            y = self._tops[number] + min(inside, max(0, self._heights[number] - 1))
            self.scroll_to(y=min(y, self.max_scroll_y), animate=False, force=True, immediate=True)
        finally:
            self._settling = False
        self.refresh()

    def _block_at(self, y: int) -> int:
        return max(0, min(bisect_right(self._tops, y) - 1, len(self.blocks) - 1))

    def _measure(self, number: int) -> int:
        self._heights[number] = len(self._rows_of(number))
        return self._heights[number]

    def _rows_of(self, number: int) -> list[Row]:
        rows = self._rows.get(number)
        if rows is None:
            gutter = 2 if self.blocks[number].role else 0
            rows = self.blocks[number].laid_out(max(4, self._width - gutter), self.manner, len(self.blocks))
            while len(self._rows) >= KEPT:
                del self._rows[next(iter(self._rows))]
            self._rows[number] = rows
            if self._heights[number] != len(rows):
                self._heights[number] = len(rows)
                self._settle_tops()
        return rows

    def _change(self, number: int) -> None:
        """A block is drawn anew, its head staying in view."""
        self._rows.pop(number, None)
        self._measure(number)
        self._settle_tops()
        self._go(self._tops[number] if self.scroll_offset.y > self._tops[number] else self.scroll_offset.y)

    # -- where we are ------------------------------------------------------------------------------------------------

    @property
    def place(self) -> tuple[int, int]:
        """The block at the top of the view, and the line within it."""
        y = int(self.scroll_offset.y)
        number = self._block_at(y)
        return number, y - self._tops[number]

    @property
    def progress(self) -> tuple[int, float]:
        """The block at the top of the view, and the share of it that is above."""
        number, inside = self.place
        return number, inside / max(1, self._heights[number]) if self._heights else 0.0

    @property
    def here(self) -> int:
        """The block that keys are about: the one jumped to while it is in view, else the first one in view."""
        top = int(self.scroll_offset.y)
        if (
            self._here < len(self.blocks)
            and self._tops[self._here] < top + self.size.height
            and self._tops[self._here + 1] > top
        ):
            return self._here
        number, inside = self.place
        last = inside >= self._heights[number] - 1 if self._heights else False
        return min(number + 1, len(self.blocks) - 1) if last else number

    @property
    def current(self) -> Block | None:
        return self.blocks[self.here] if self.blocks else None

    # -- drawing -----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        place = int(self.scroll_offset.y) + y
        if not self.blocks or place >= self._tops[-1] or self._width <= 0:  # drawn before it was told its size
            return Strip.blank(width, base)
        number = self._block_at(place)
        rows = self._rows_of(number)
        inside = place - self._tops[number]
        if inside >= len(rows):
            return Strip.blank(width, base)
        segments = list(self._segments(number, rows[inside], base))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"reader--{name}", partial=True)

    def _segments(self, number: int, row: Row, base: Style) -> list[Segment]:
        block = self.blocks[number]
        found = []
        if block.role and row.kind != "gap":
            sign = "▌ " if number == self.here else "│ "
            found.append(Segment(sign, base + self._style("user" if block.role == "user" else "other")))
        if row.kind != "text":
            name = ("here-head" if number == self.here and self.has_focus else "head") if row.kind == "head" else "note"
            return [*found, Segment(row.paragraph.text, base + self._style(name))]
        prefix = row.paragraph.rest if row.start else row.paragraph.first
        if prefix:
            found.append(Segment(prefix, base + Style(dim=True)))
        return found + self._styled(row, number, base)

    def _styled(self, row: Row, number: int, base: Style) -> list[Segment]:
        """The text of a row in pieces, each with what it is and what it is marked as."""
        text = row.paragraph.text[row.start : row.end]
        layers: list[tuple[int, int, Style]] = []
        for start, end, style in row.paragraph.styles:
            a, b = max(start, row.start) - row.start, min(end, row.end) - row.start
            if a < b:
                layers.append((a, b, Style.parse(style)))
        layers += [(a, b, self._style(kind)) for a, b, kind in self.marks_in(number, row)]
        edges = sorted({0, len(text), *(edge for a, b, _ in layers for edge in (a, b))})
        return [
            Segment(text[a:b], sum((layer for start, end, layer in layers if start <= a and b <= end), base))
            for a, b in pairwise(edges)
        ]
