"""The rows of a list that is paged from the study: a million cost what fifty do.

It fetches pages of 256 rows when they come into view and draws only what is on the screen, and of that only what changed.
Whatever takes time happens in a thread, and is given up when something newer is asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import set_cell_size
from textual import work
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from interpref_db.lists import query
from interpref_tui.keys.actions import bindings
from interpref_tui.text.output import one_line
from interpref_tui.text.row_layout import Column, cells_of, marked_spans, segments_of, widths_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

    from interpref_db.lists.filter_language import Kind
    from interpref_db.lists.query import Key
    from interpref_db.lists.search import ListSearch, SearchResult
    from interpref_db.study.study import Study

PAGE = 256
PATIENCE = 0.4  # seconds without an answer after which that is said
KEPT = 64  # pages held at most
DRAWN = 400  # lines that are kept as they were drawn
# Actions of the list with its frame.
IN_LISTING = ("list.search", "list.sort", "list.reverse", "list.columns", "list.fields")


class RowList(ScrollView, can_focus=True):
    """The rows themselves. Posts Highlighted when the cursor moves, and Chosen on enter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--odd", "rows--waiting", "rows--hit"}
    BINDINGS: ClassVar[list[BindingType]] = bindings("list", but=IN_LISTING)
    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor is on another row. `row` and `key` may still be on their way (None)."""

        def __init__(self, rows: RowList, key: Key | None, row: dict[str, Any] | None) -> None:
            super().__init__()
            self.rows, self.key, self.row = rows, key, row

    class Chosen(Message):
        """A row was opened."""

        def __init__(self, rows: RowList, key: Key, row: dict[str, Any]) -> None:
            super().__init__()
            self.rows, self.key, self.row = rows, key, row

    class Counted(Message):
        """The number of rows is known: `more` while it is only a lower bound, `share` of a search is done."""

        def __init__(self, rows: RowList, count: int, more: bool, share: float = 1.0) -> None:
            super().__init__()
            self.rows, self.count, self.more, self.share = rows, count, more, share

    class Waiting(Message):
        """What was asked last is not found yet, after a moment in which it mostly is."""

        def __init__(self, rows: RowList) -> None:
            super().__init__()
            self.rows = rows

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
        asked: query.ListQuery | None = None,
        remembered: bool = False,
    ) -> None:
        """A `remembered` list has its row, filter, sort and columns again when the study is opened the next time."""
        super().__init__(id=id)
        self.study = study
        self.kind = kind
        self.columns = columns
        self.offered = columns  # those that can be shown, first as the screen has them
        self.asked = asked or query.ListQuery()
        self.remembered = remembered
        self.wanted_key: Key | None = None  # the row to begin at
        self._found: SearchResult | None = None
        self._search: ListSearch | None = None
        self._pages: OrderedDict[int, list[dict[str, Any]]] = OrderedDict()
        self._asked_for: set[int] = set()
        self._generation = 0
        self._shown = -1  # the generation on the screen
        self._to_open = False
        self._drawn: dict[tuple[int, bool], Strip] = {}
        self._drawn_for: tuple[object, ...] = ()

    def on_mount(self) -> None:
        self.reload()

    def on_unmount(self) -> None:
        if self._search:
            self._search.stop()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, asked: query.ListQuery, *, keep: bool = False) -> None:
        """Show what is asked for, from the top, or with `keep` from the row under the cursor, if it is there still."""
        self.asked = asked
        self._to_open = False
        self.reload(keep=keep)

    def reload(self, *, keep: bool = False) -> None:
        """Ask again; with `keep`, the cursor stays on its row."""
        from interpref_db.lists.search import ListSearch

        kept = self.key if keep and self.key is not None else self.wanted_key
        self.wanted_key = None
        self._generation += 1
        if self._search:
            self._search.stop()
        self._search = ListSearch(self.study, self.kind, self.asked)
        self._run(self._search, self._generation, kept)
        self.set_timer(PATIENCE, partial(self._say_waiting, self._generation))

    def _say_waiting(self, generation: int) -> None:
        if generation == self._generation != self._shown:
            self.post_message(self.Waiting(self))

    @work(thread=True, group="keys", exit_on_error=False)
    def _run(self, search: ListSearch, generation: int, kept: Key | None) -> None:
        """Hand over each answer with the page that is to be seen first."""
        from interpref_db.lists.search import SearchCancelled

        try:
            for number, found in enumerate(search.answers()):
                with self.study.reading() as cursor:
                    place = found.place(cursor, kept) if kept is not None else None
                    kept = None if place is not None else kept
                    page = (place or 0) // PAGE
                    # The page on the screen is asked for again anyway once there are more rows.
                    rows = self._rows(cursor, found, page) if number == 0 or place is not None else None
                self.app.call_from_thread(self._take, generation, found, place, page, rows)
        except SearchCancelled:
            return
        except Exception as error:
            if generation == self._generation and self.is_attached:
                self.app.call_from_thread(self.post_message, self.Failed(self, one_line(error)))

    def _rows(self, cursor: Any, found: SearchResult, number: int) -> list[dict[str, Any]]:
        """The rows of a page, with the words around what is searched for where the row itself does not show them."""
        keys = found.keys(cursor, number * PAGE, (number + 1) * PAGE)
        rows = query.page(cursor, self.kind, keys)
        if self.asked.texts:
            hits = query.snippet_query(cursor, self.kind, keys, self.asked.texts[0])
            for row in rows:
                row["hit"] = hits.get(row["key"])
        return rows

    def _take(
        self, generation: int, found: SearchResult, place: int | None, page: int, rows: list[dict[str, Any]] | None
    ) -> None:
        if generation != self._generation or not self.is_attached:
            return
        first = self._shown != generation
        self._shown, self._found = generation, found
        if first:
            self._pages.clear()
            self._asked_for.clear()
        if rows is not None:
            self._keep_page(page, rows)
        self._drawn.clear()
        self.virtual_size = Size(1, found.count)  # as wide as it is: it never scrolls sideways
        if place is not None:
            self.cursor = place
            self.call_after_refresh(self._center)
        elif first:
            self.cursor = 0
            self.scroll_to(y=0, animate=False)
        self.cursor = max(0, min(self.cursor, found.count - 1))
        self.refresh()
        self.post_message(self.Counted(self, found.count, found.more, found.share))
        if first or place is not None:
            self._tell_highlighted()
        if first and self._to_open:
            self._to_open = False
            self.action_choose()

    def _center(self) -> None:
        self.scroll_to(y=max(0, self.cursor - self.size.height // 2), animate=False)

    @work(thread=True, group="pages", exit_on_error=False)
    def _fetch_page(self, generation: int, number: int, found: SearchResult) -> None:
        try:
            with self.study.reading() as cursor:
                rows = self._rows(cursor, found, number)
            self.app.call_from_thread(self._take_page, generation, number, rows)
        except Exception as error:
            if self.is_attached:
                self.app.call_from_thread(self.post_message, self.Failed(self, one_line(error)))

    def _take_page(self, generation: int, number: int, rows: list[dict[str, Any]]) -> None:
        self._asked_for.discard(number)
        if generation != self._generation:
            return
        self._keep_page(number, rows)
        self._drawn.clear()
        self.refresh()
        if self.cursor // PAGE == number:
            self._tell_highlighted()
            if self._to_open:
                self.action_choose()

    def _keep_page(self, number: int, rows: list[dict[str, Any]]) -> None:
        self._pages[number] = rows
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    def row_at(self, index: int) -> dict[str, Any] | None:
        """A row that is at hand; else None, and it is fetched."""
        if not 0 <= index < self.count or self._found is None:
            return None
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        # A page that was not full when it was read is read again once the list has grown.
        whole = page is not None and (len(page) >= min(PAGE, self.count - number * PAGE) or self._found.few is not None)
        if not whole and number not in self._asked_for:
            self._asked_for.add(number)
            self._fetch_page(self._generation, number, self._found)
        if page is None:
            return None
        self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    @property
    def count(self) -> int:
        """How many rows there are, as far as is known."""
        return self._found.count if self._found else 0

    @property
    def keys(self) -> Sequence[Key]:
        """The keys of all rows in their order."""
        from interpref_db.lists.search import LazyKeys

        return LazyKeys(self.study, self._found)

    @property
    def fields(self) -> dict[str, Kind]:
        """What a filter can ask of, and of what kind each is."""
        return query.LIST_SPECS[self.kind].fields

    @property
    def known(self) -> Sequence[str]:
        """The columns that there are, shown or not."""
        return query.LIST_SPECS[self.kind].columns

    @property
    def sortable(self) -> list[str]:
        """The columns on the screen that it can be sorted by."""
        return [column.name for column in self.columns if column.name in self.known]

    @property
    def key(self) -> Key | None:
        """The key of the row under the cursor, if it is at hand."""
        row = self.row
        return row["key"] if row else None

    @property
    def row(self) -> dict[str, Any] | None:
        """The row under the cursor, if it is at hand."""
        return self.row_at(self.cursor)

    @property
    def first_search_text(self) -> str:
        """The first text that is searched for."""
        return self.asked.texts[0] if self.asked.texts else ""

    # -- moving ------------------------------------------------------------------------------------------------------

    def watch_cursor(self, old: int, new: int) -> None:
        if old == new:
            return
        self._to_open = False
        top, height = int(self.scroll_offset.y), max(1, self.size.height)
        if top <= new < top + height:
            for index in (old, new):
                self.refresh(Region(0, index - top, self.size.width, 1))
        else:
            wanted = new if new < top else new - height + 1
            self.refresh()
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        self._tell_highlighted()

    def _tell_highlighted(self) -> None:
        row = self.row
        self.post_message(self.Highlighted(self, row["key"] if row else None, row))

    def go_to(self, index: int) -> None:
        """Put the cursor on a row."""
        self.cursor = max(0, min(index, self.count - 1))

    def jump_to(self, index: int) -> None:
        """Take the focus and put the cursor on a row."""
        self.focus()
        self.go_to(index)

    def action_move(self, by: int) -> None:
        self.go_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.go_to(self.cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.go_to(0)

    def action_last(self) -> None:
        self.go_to(self.count - 1)

    def action_choose(self) -> None:
        row, key = self.row, self.key
        # A key that comes before its row, or before what was asked last is found, is kept until it is there.
        self._to_open = row is None or self._shown != self._generation
        if row is not None and key is not None and not self._to_open:
            self.post_message(self.Chosen(self, key, row))

    def on_click(self, event: events.Click) -> None:
        index = int(self.scroll_offset.y) + event.y
        if index < self.count:
            if index == self.cursor and event.chain > 1:
                self.action_choose()
            self.go_to(index)

    def redraw_rows(self) -> None:
        """Draw every row again: what is in them has changed."""
        self._drawn.clear()
        self.refresh()

    # -- drawing -----------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.virtual_size = Size(1, self.count)
        if self.cursor >= int(self.scroll_offset.y) + self.size.height:
            self.scroll_to(y=self.cursor - self.size.height + 1, animate=False)

    def widths(self) -> list[int]:
        """Cells of each column at the present width."""
        return widths_of(self.columns, self.available_width)

    @property
    def available_width(self) -> int:
        """Cells for columns. Whether there is a scrollbar follows from the rows: it may come a moment later than they do."""
        return self.size.width - (self.styles.scrollbar_size_vertical if self.count > self.size.height else 0)

    def render_line(self, y: int) -> Strip:
        index = int(self.scroll_offset.y) + y
        width, base = self.size.width, self.rich_style
        if index >= self.count:
            return Strip.blank(width, base)
        drawn_for = (width, self.available_width, base, self.has_focus, self.columns)
        if drawn_for != self._drawn_for or len(self._drawn) > DRAWN:
            self._drawn_for = drawn_for
            self._drawn.clear()
        at_cursor = index == self.cursor
        strip = self._drawn.get((index, at_cursor))
        if strip is None:
            row = self.row_at(index)
            strip = self._line(row, at_cursor, base)
            if row is not None:
                self._drawn[index, at_cursor] = strip
        return strip

    def _line(self, row: dict[str, Any] | None, at_cursor: bool, base: Style) -> Strip:
        name = "rows--cursor" if at_cursor else "rows--waiting" if row is None else "rows--odd"
        style = base + self.get_component_rich_style(name)
        text = ("›" if at_cursor else " ") + (
            "…" if row is None else cells_of(row, self.columns, self.widths(), self.first_search_text)
        )
        line = set_cell_size(text, self.size.width)
        marks = marked_spans(line, self.asked.texts)
        hit = style + self.get_component_rich_style("rows--hit") if marks else style
        return Strip(segments_of(line, marks, style, hit), self.size.width)
