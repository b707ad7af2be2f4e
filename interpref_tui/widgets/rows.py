"""A list that is paged from the study: a million rows cost what fifty do.

It holds the keys of the rows in their order, fetches pages of 256 rows when they come into view, and draws only what is on
the screen. Whatever takes time happens in a thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label
from textual.worker import get_current_worker

from interpref_db import lists
from interpref_tui.actions import bindings
from interpref_tui.output import inert

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.lists import Key
    from interpref_db.study import Study

PAGE = 256
KEPT = 64  # pages held at most
FIRST = 500  # keys that are fetched at once; the rest follows


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field of the row, its heading, its width in cells (0: shares what is left), and how a value reads."""

    name: str
    heading: str
    width: int = 0
    right: bool = False
    show: Callable[[Any], str] = field(default=lambda value: "" if value is None else str(value))


IN_LISTING = ("list.search", "list.sort")


class RowList(ScrollView, can_focus=True):
    """The rows themselves. Posts Highlighted when the cursor moves, and Chosen on enter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--odd", "rows--waiting"}
    BINDINGS: ClassVar[list[BindingType]] = bindings("list", but=IN_LISTING)
    cursor: reactive[int] = reactive(0)

    class Highlighted(Message):
        """The cursor is on another row. `row` may still be on its way (None)."""

        def __init__(self, rows: RowList, key: Key | None, row: dict[str, Any] | None) -> None:
            super().__init__()
            self.rows, self.key, self.row = rows, key, row

    class Chosen(Message):
        """A row was opened."""

        def __init__(self, rows: RowList, key: Key, row: dict[str, Any]) -> None:
            super().__init__()
            self.rows, self.key, self.row = rows, key, row

    class Counted(Message):
        """The number of rows is known: `more` while it is only a lower bound."""

        def __init__(self, rows: RowList, count: int, more: bool) -> None:
            super().__init__()
            self.rows, self.count, self.more = rows, count, more

    class Failed(Message):
        """A query failed; one line."""

        def __init__(self, rows: RowList, text: str) -> None:
            super().__init__()
            self.rows, self.text = rows, text

    def __init__(
        self,
        study: Study,
        kind: str,
        columns: tuple[Column, ...],
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        asked: lists.Asked | None = None,
    ) -> None:
        super().__init__(id=id)
        self._study = study
        self.kind = kind
        self.columns = columns
        self.asked = asked or lists.Asked()
        self.keys: list[Key] = []
        self._pages: OrderedDict[int, list[dict[str, Any]]] = OrderedDict()
        self._wanted: set[int] = set()
        self._generation = 0
        self._keep: Key | None = None
        self._to_open = False

    def on_mount(self) -> None:
        self.reload()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, asked: lists.Asked) -> None:
        """Show what is asked for, from the top."""
        self.asked = asked
        self._keep, self._to_open = None, False
        self.reload()

    def reload(self, *, keep: bool = False) -> None:
        """Ask again; with `keep`, the cursor stays on its row."""
        self._keep = self.key if keep else None
        self._generation += 1
        self._fetch_keys(self._generation, self.asked)

    @work(thread=True, exclusive=True, group="keys", exit_on_error=False)
    def _fetch_keys(self, generation: int, asked: lists.Asked) -> None:
        worker = get_current_worker()
        try:
            with self._study.reading() as cursor:
                found = lists.keys(cursor, self.kind, asked, FIRST + 1)
                more = len(found) > FIRST
                if worker.is_cancelled:
                    return
                self.app.call_from_thread(self._take_keys, generation, found[:FIRST], more)
                if more:
                    found = lists.keys(cursor, self.kind, asked)
                    if not worker.is_cancelled:
                        self.app.call_from_thread(self._take_keys, generation, found, False)
        except Exception as error:
            if not worker.is_cancelled and self.is_attached:
                self.app.call_from_thread(self.post_message, self.Failed(self, _one_line(error)))

    def _take_keys(self, generation: int, keys: list[Key], more: bool) -> None:
        if generation != self._generation:
            return
        first = not self.keys or len(keys) <= FIRST
        self.keys = keys
        if first:
            self._pages.clear()
            self._wanted.clear()
        if self._keep is not None and self._keep in keys:
            self.cursor = keys.index(self._keep)
        elif first and self._keep is None:
            self.cursor = 0
            self.scroll_to(y=0, animate=False)
        self.cursor = max(0, min(self.cursor, len(keys) - 1))
        self.virtual_size = Size(1, len(keys))  # as wide as it is: it never scrolls sideways
        self.refresh()
        self.post_message(self.Counted(self, len(keys), more))
        self._tell_highlighted()

    @work(thread=True, group="pages", exit_on_error=False)
    def _fetch_page(self, generation: int, number: int, keys: list[Key]) -> None:
        try:
            with self._study.reading() as cursor:
                rows = lists.page(cursor, self.kind, keys)
            self.app.call_from_thread(self._take_page, generation, number, rows)
        except Exception as error:
            if self.is_attached:
                self.app.call_from_thread(self.post_message, self.Failed(self, _one_line(error)))

    def _take_page(self, generation: int, number: int, rows: list[dict[str, Any]]) -> None:
        self._wanted.discard(number)
        if generation != self._generation:
            return
        self._pages[number] = rows
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        self.refresh()
        if self.cursor // PAGE == number:
            self._tell_highlighted()
            if self._to_open:
                self.action_choose()

    def row_at(self, index: int) -> dict[str, Any] | None:
        """A row that is at hand; else None, and it is fetched."""
        if not 0 <= index < len(self.keys):
            return None
        number = index // PAGE
        page = self._pages.get(number)
        if page is None:
            if number not in self._wanted:
                self._wanted.add(number)
                self._fetch_page(self._generation, number, self.keys[number * PAGE : (number + 1) * PAGE])
            return None
        self._pages.move_to_end(number)
        place = index - number * PAGE
        return page[place] if place < len(page) else None

    @property
    def key(self) -> Key | None:
        """The key of the row under the cursor."""
        return self.keys[self.cursor] if 0 <= self.cursor < len(self.keys) else None

    @property
    def row(self) -> dict[str, Any] | None:
        """The row under the cursor, if it is at hand."""
        return self.row_at(self.cursor)

    # -- moving ------------------------------------------------------------------------------------------------------

    def watch_cursor(self, old: int, new: int) -> None:
        if old != new:
            self._to_open = False
            self._keep_in_view()
            self.refresh()
            self._tell_highlighted()

    def _keep_in_view(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def _tell_highlighted(self) -> None:
        self.post_message(self.Highlighted(self, self.key, self.row))

    def _go(self, index: int) -> None:
        self.cursor = max(0, min(index, len(self.keys) - 1))

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self.cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self.keys) - 1)

    def action_choose(self) -> None:
        row, key = self.row, self.key
        # A key that comes before its row is kept until the row is there.
        self._to_open = row is None
        if row is not None and key is not None:
            self.post_message(self.Chosen(self, key, row))

    def on_click(self, event: events.Click) -> None:
        index = int(self.scroll_offset.y) + event.y
        if index < len(self.keys):
            if index == self.cursor and event.chain > 1:
                self.action_choose()
            self._go(index)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.virtual_size = Size(1, len(self.keys))

    def widths(self) -> list[int]:
        """Cells of each column at the present width."""
        # One cell before the row for the cursor's mark, one between columns.
        # What the scrollbar covers is no room.
        room = self.scrollable_content_region.width - sum(column.width for column in self.columns) - len(self.columns)
        sharing = sum(1 for column in self.columns if not column.width)
        share = max(6, room // sharing) if sharing else 0
        return [column.width or share for column in self.columns]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = int(self.scroll_offset.y) + y
        base: Style = self.rich_style
        if index >= len(self.keys):
            return Strip.blank(width, base)
        row = self.row_at(index)
        name = "rows--cursor" if index == self.cursor else "rows--waiting" if row is None else "rows--odd"
        style = base + self.get_component_rich_style(name)
        mark = "›" if index == self.cursor else " "
        text = mark + ("…" if row is None else self.line_of(row))
        return Strip([Segment(set_cell_size(text, width), style)], width)

    def line_of(self, row: dict[str, Any]) -> str:
        """A row as one line of cells."""
        return " ".join(
            aligned(inert(column.show(row.get(column.name))), width, right=column.right)
            for column, width in zip(self.columns, self.widths(), strict=True)
        )


def aligned(text: str, width: int, *, right: bool = False) -> str:
    """A text in exactly so many cells, with an ellipsis where it was cut."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


class Headings(Widget):
    """The headings over a list, in the same widths."""

    def __init__(self, rows: RowList) -> None:
        super().__init__()
        self._rows = rows

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        text = " " + " ".join(
            aligned(column.heading, width, right=column.right)
            for column, width in zip(self._rows.columns, self._rows.widths(), strict=True)
        )
        return Strip([Segment(set_cell_size(text, self.size.width), self.rich_style)], self.size.width)


class Listing(Vertical):
    """A list with its headings and an incremental search under it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("list", only=IN_LISTING)

    def __init__(self, rows: RowList) -> None:
        super().__init__()
        self.rows = rows
        self._sort = -1
        self._timer: Any = None

    def compose(self) -> ComposeResult:
        yield Headings(self.rows)
        yield self.rows
        with Horizontal(classes="search"):
            yield Label("/", markup=False)
            yield Input(placeholder="search; enter keeps it, esc ends it", select_on_focus=False)

    def action_search(self) -> None:
        self.add_class("-searching")
        self.query_one(Input).focus()

    def action_sort(self) -> None:
        """Sort by the next column; after the last, as it came."""
        names = [column.name for column in self.rows.columns if column.name in lists.LISTS[self.rows.kind].columns]
        self._sort = self._sort + 1 if self._sort + 1 < len(names) else -1
        asked = self.rows.asked
        name = names[self._sort] if self._sort >= 0 else None
        self.rows.ask(replace(asked, sort=name))
        for column in self.rows.columns:
            if column.name == name:
                self.notify(f"sorted by {column.heading}", markup=False, timeout=2)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(0.15, lambda: self.look_for(event.value))

    def look_for(self, text: str) -> None:
        """Search the list for a text."""
        asked = self.rows.asked
        if text != asked.search:
            self.rows.ask(replace(asked, search=text))

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        self.look_for(event.value)
        self.rows.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_class("-searching"):
            event.stop()
            event.prevent_default()
            self.end_search()

    def end_search(self) -> None:
        """Close the search and show everything again."""
        self.remove_class("-searching")
        self.query_one(Input).value = ""
        self.look_for("")
        self.rows.focus()
