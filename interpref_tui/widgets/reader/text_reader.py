"""Reads texts of any length: keys to go about in them, a search, marked words, Markdown or as it was written."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from interpref_tui.keys.actions import bindings
from interpref_tui.text.blocks import OVERLAP, Block, TextRendering, marks_in_row, row_of
from interpref_tui.widgets.reader.block_view import BlockView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events
    from textual.binding import BindingType

    from interpref_tui.text.blocks import Row
    from interpref_tui.text.wrapping import Span

MOST_HITS = 10_000
AT_ONCE = 500_000  # characters that are searched at once


def places(wanted: str, blocks: Sequence[Block], manner: TextRendering) -> Iterator[tuple[int, Span]]:
    """Where blocks have a text, in any case: the number of the block and the place in its shown text."""
    if not wanted:
        return
    pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    found = ((number, span) for number, block in enumerate(blocks) for span in block.places_of(pattern, manner))
    yield from islice(found, MOST_HITS)


class Reader(BlockView, can_focus=True):
    """Blocks to read. `show` replaces them; `mark` marks words in them; `look_for` finds a text."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pane")

    class Moved(Message):
        """Somebody moved here: others that go along can follow."""

        def __init__(self, reader: Reader) -> None:
            super().__init__()
            self.reader = reader

    class Notice(Message):
        """Something to say about what was asked: one line."""

        def __init__(self, reader: Reader, text: str) -> None:
            super().__init__()
            self.reader, self.text = reader, text

    class Reworded(Message):
        """The shown texts changed, so that marks must be found anew."""

        def __init__(self, reader: Reader) -> None:
            super().__init__()
            self.reader = reader

    class Found(Message):
        """The hits of a search: how many, and which one we are at (from 1; 0 for none)."""

        def __init__(self, reader: Reader, count: int, at: int) -> None:
            super().__init__()
            self.reader, self.count, self.at = reader, count, at

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._marks: dict[str, Mapping[int, Sequence[Span]]] = {}
        self.hits: list[tuple[int, Span]] = []
        self.wanted = ""
        self._at = -1

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show(self, blocks: Sequence[Block], *, keep: bool = False) -> None:
        """Show these blocks from the top; with `keep`, from where we are."""
        self.blocks = list(blocks)
        self._marks, self.hits, self._at, self._here = {}, [], -1, 0
        y = self.scroll_offset.y if keep else 0
        self._lay_out(y)
        if self.wanted:
            self.look_for(self.wanted, go=False)

    def mark(self, kind: str, spans: Mapping[int, Sequence[Span]]) -> None:
        """Mark words: `kind` is different or preference; spans by the number of the block, places in its shown text."""
        self._marks[kind] = spans
        self.refresh()

    @property
    def text(self) -> str:
        """The whole text of the block that keys are about, as it came."""
        return self.current.text if self.current else ""

    @property
    def below(self) -> int:
        """Lines under what is in view."""
        return max(0, self._tops[-1] - int(self.scroll_offset.y) - self.size.height)

    def follow(self, number: int, share: float) -> None:
        """Go where another reader is: to a block and a share of its height."""
        if self.blocks:
            number = min(number, len(self.blocks) - 1)
            self._measure(number)
            self._settle_tops()
            self._go(self._tops[number] + round(share * self._heights[number]))

    def follow_share(self, share: float) -> None:
        """Go to a share of the whole."""
        self._go(share * self.max_scroll_y)

    # -- searching ---------------------------------------------------------------------------------------------------

    def look_for(self, text: str, *, go: bool = True) -> None:
        """Mark every place of a text, in any case, and go to the first one from here on. Long texts are searched in a
        thread, and a newer search ends an older one."""
        self.wanted, self.hits, self._at = text[:OVERLAP], [], -1
        if text and sum(len(block.text) for block in self.blocks) > AT_ONCE:
            self._search(self.wanted, list(self.blocks), self.manner, go)
        else:
            self._take_hits(list(places(self.wanted, self.blocks, self.manner)), go)

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _search(self, wanted: str, blocks: list[Block], manner: TextRendering, go: bool) -> None:
        worker = get_current_worker()
        hits = []
        for hit in places(wanted, blocks, manner):
            if worker.is_cancelled:
                return
            hits.append(hit)
        if self.is_attached and not worker.is_cancelled:
            self.app.call_from_thread(self._take_found, wanted, blocks, hits, go)

    def _take_found(self, wanted: str, blocks: list[Block], hits: list[tuple[int, Span]], go: bool) -> None:
        if wanted == self.wanted and blocks == self.blocks:
            self._take_hits(hits, go)

    def _take_hits(self, hits: list[tuple[int, Span]], go: bool) -> None:
        self.hits = hits
        self.refresh_bindings()
        if hits and go:
            at = bisect_left(hits, (self.here, (0, 0)))
            self._show_hit(at if at < len(hits) else 0)
        else:
            self.refresh()
        self.post_message(self.Found(self, len(hits), self._at + 1))

    def _show_hit(self, at: int) -> None:
        self._at = at
        number, span = self.hits[at]
        self._here = number
        block = self.blocks[number]
        if block.show_place(span[0], self.manner):
            self._rows.pop(number, None)
        rows = self._rows_of(number)
        y = self._tops[number] + row_of(block, rows, span[0])
        top = int(self.scroll_offset.y)
        if not top <= y < top + self.size.height - 1:
            self._go(max(0, y - self.size.height // 3))
        self.refresh()
        self.post_message(self.Moved(self))

    def action_hit(self, by: int) -> None:
        if self.hits:
            self._show_hit((self._at + by) % len(self.hits))
            self.post_message(self.Found(self, len(self.hits), self._at + 1))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Keys that have nothing to do here are left to the screen."""
        return bool(self.hits) if action == "hit" else True

    # -- moving ------------------------------------------------------------------------------------------------------

    def action_scroll(self, by: int) -> None:
        self.scroll_relative(y=by, animate=False, immediate=True, force=True)
        self.post_message(self.Moved(self))

    def action_page(self, by: int) -> None:
        self.action_scroll(by * max(1, self.size.height - 1))

    def action_top(self) -> None:
        self._here = 0
        self._go(0)
        self.post_message(self.Moved(self))

    def action_bottom(self) -> None:
        self._go(self._tops[-1])
        self._go(self._tops[-1] - self.size.height)
        self.post_message(self.Moved(self))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-3)

    def action_window(self, by: int) -> None:
        number = self.here
        if self.blocks and self.blocks[number].move_window(by, self.manner):
            self._change(number)
            self._go(self._tops[number])

    # -- how it is shown ---------------------------------------------------------------------------------------------

    def action_markdown(self) -> None:
        self.manner = TextRendering(formatted=not self.manner.formatted, invisible=self.manner.invisible)
        self._lay_out_again()
        self.post_message(self.Notice(self, "as Markdown" if self.manner.formatted else "as it was written"))

    def action_invisible(self) -> None:
        """Show or hide characters that hide; long texts are made ready in a thread."""
        wanted = TextRendering(formatted=self.manner.formatted, invisible=not self.manner.invisible)
        if sum(len(block.text) for block in self.blocks if not block.is_ready(wanted)) > AT_ONCE:
            self._make_ready(wanted, list(self.blocks))
        else:
            self._show_in(wanted)

    @work(thread=True, exclusive=True, group="manner", exit_on_error=False)
    def _make_ready(self, wanted: TextRendering, blocks: list[Block]) -> None:
        worker = get_current_worker()
        for block in blocks:
            if worker.is_cancelled:
                return
            block.sanitized_text(wanted)
        if self.is_attached:
            self.app.call_from_thread(self._take_ready, wanted, blocks)

    def _take_ready(self, wanted: TextRendering, blocks: list[Block]) -> None:
        if blocks == self.blocks:
            self._show_in(wanted)

    def _show_in(self, manner: TextRendering) -> None:
        """Places in the text move, so marks are asked for again."""
        self.manner = manner
        marked = {**self._marks}
        self._marks = {}
        self._lay_out_again()
        self.look_for(self.wanted, go=False)
        told = "hidden characters are shown" if manner.invisible else "hidden characters are left out"
        self.post_message(self.Notice(self, told))
        if marked:
            self.post_message(self.Reworded(self))

    def marks_in(self, number: int, row: Row) -> list[tuple[int, int, str]]:
        block = self.blocks[number]
        found = []
        for kind in ("preference", "different"):
            found += marks_in_row(row, block, self._marks.get(kind, {}).get(number, ()), kind)
        first = bisect_left(self.hits, (number, (-1, -1)))
        last = bisect_left(self.hits, (number + 1, (-1, -1)))
        found += marks_in_row(row, block, [span for _, span in self.hits[first:last]], "hit")
        if self._at >= 0 and self.hits[self._at][0] == number:
            found += marks_in_row(row, block, [self.hits[self._at][1]], "here")
        return found
