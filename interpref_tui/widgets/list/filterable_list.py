"""A list with its headings and the line under it in which one searches and filters as one types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from interpref_db.lists import query
from interpref_db.lists.filter_language import FilterError, completion_at
from interpref_tui.keys.actions import bindings
from interpref_tui.text.output import sanitize
from interpref_tui.text.row_layout import Column, align
from interpref_tui.widgets.focus import focus_immediately
from interpref_tui.widgets.list.row_list import IN_LISTING, RowList

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_tui.presenters.undo_stack import UndoStack
    from interpref_tui.widgets.list.list_state import ListState

PAUSE = 0.08  # seconds after a key in which another one may come before the list is asked
_KIND_WIDTHS = {"number": 8, "flag": 6, "text": 16}


class Headings(Widget):
    """The headings over a list, in the same widths; an arrow says what it is sorted by. A click sorts."""

    def __init__(self, rows: RowList) -> None:
        super().__init__()
        self._rows = rows

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        asked = self._rows.asked
        cells = []
        for column, width in zip(self._rows.columns, self._rows.widths(), strict=True):
            arrow = ("▼" if asked.descending else "▲") if column.name == asked.sort else ""
            cells.append(align(column.heading + arrow, width, right=column.right))
        text = set_cell_size(" " + " ".join(cells), self.size.width)
        return Strip([Segment(text, self.rich_style)], self.size.width)

    def on_click(self, event: events.Click) -> None:
        left = 1
        for column, width in zip(self._rows.columns, self._rows.widths(), strict=True):
            left += width + 1
            if event.x < left:
                listing = self.parent
                if isinstance(listing, FilterableList):
                    listing.sort_by(column.name)
                return


class FilterInput(Input):
    """The text of a filter. Tab completes what is being typed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("filter")

    def _listing(self) -> FilterableList:
        return next(node for node in self.ancestors if isinstance(node, FilterableList))

    def action_complete(self) -> None:
        self._listing().complete()

    def action_leave(self) -> None:
        self._listing().end_search()

    def action_down(self) -> None:
        self._listing().rows.action_move(1)

    def action_up(self) -> None:
        self._listing().rows.action_move(-1)

    def action_fields(self) -> None:
        self._listing().action_fields()


@dataclass(frozen=True, slots=True)
class _State:
    """What of a list can be taken back."""

    filter: str
    asked: query.ListQuery
    columns: tuple[Column, ...]


class FilterableList(Vertical):
    """A list, its headings, and the search line, which is there while it is used."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("list", only=IN_LISTING)

    def __init__(self, rows: RowList) -> None:
        super().__init__()
        self.rows = rows
        self.filter = ""
        self._usual = rows.columns
        self._timer: Timer | None = None
        self._candidates: list[str] = []
        self._searches = 0  # each is one step that can be taken back
        self._ready = False

    def compose(self) -> ComposeResult:
        self._offer_columns()
        if self.rows.remembered:
            self._restore()  # before the list asks for the first time
        yield Headings(self.rows)
        yield self.rows
        yield Static("", classes="search-hint", markup=False)
        with Horizontal(classes="search"):
            yield Label("/", markup=False)
            yield FilterInput(
                placeholder="words, or field:value; tab completes, enter keeps it, esc ends it", select_on_focus=False
            )

    def _offer_columns(self) -> None:
        """Whatever the list has and the screen does not show can be chosen."""
        names = {column.name for column in self.rows.columns}
        further = tuple(
            Column(name, name, _KIND_WIDTHS[kind], right=kind == "number")
            for name, kind in self.rows.fields.items()
            if name not in names and name in self.rows.known
        )
        self.rows.offered = (*self.rows.columns, *further)

    def on_mount(self) -> None:
        if self.filter:
            self.add_class("-searching")
            with self.prevent(Input.Changed):
                self.query_one(FilterInput).value = self.filter
        self._ready = True

    # -- searching and filtering -------------------------------------------------------------------------------------

    def action_search(self) -> None:
        self._searches += 1
        self.add_class("-searching")
        focus_immediately(self, self.query_one(FilterInput))
        self._hint()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, lambda: self.look_for(event.value, typing=True))
        self._hint()

    def look_for(self, text: str, *, typing: bool = False) -> bool:
        """Show the rows that a filter lets through. False, and one line where the eye is, when it is not one."""
        if self._timer:
            self._timer.stop()
        if text == self.filter:
            return True
        try:
            asked = self.filtered(text)
        except FilterError as error:
            if not typing or error.at < len(text.rstrip()):  # else it is not finished
                self._say(str(error), wrong=True)
            # The list shows what was whole before it, not what the beginning of this term asked for.
            self.look_for(text.rstrip().rpartition(" ")[0], typing=True)
            return False
        before = self._state
        self.filter = text
        if asked != self.rows.asked:
            self.rows.ask(asked)
        self._step(f"filter {text}" if text else "the end of a filter", before, ("filter", id(self), self._searches))
        return True

    def filtered(self, text: str) -> query.ListQuery:
        """What is asked for with this filter. Raises FilterError."""
        return query.with_filter(self.rows.kind, text, self.rows.asked)

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        if self.look_for(event.value):
            self.set_class(bool(event.value), "-searching")
            self._say("")
            self.rows.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_class("-searching"):
            event.stop()
            event.prevent_default()
            self.end_search()

    def end_search(self) -> None:
        """Close the search and show everything again, the cursor on the row where it was."""
        self._searches += 1  # taking back the end of a filter brings the filter back
        self.remove_class("-searching")
        self._say("")
        key = self.rows.key
        with self.prevent(Input.Changed):
            self.query_one(FilterInput).value = ""
        if self.filter:
            self.rows.wanted_key = key
        self.look_for("")
        self.rows.focus()

    # -- completing --------------------------------------------------------------------------------------------------

    def _say(self, text: str, *, wrong: bool = False) -> None:
        hint = self.query_one(".search-hint", Static)
        hint.update(Text(sanitize(text), no_wrap=True, overflow="ellipsis"))
        hint.set_class(bool(text), "-shown")
        hint.set_class(wrong, "-wrong")

    def _hint(self) -> None:
        """What could stand where the cursor is: fields at once, values when the study has been asked."""
        field = self.query_one(FilterInput)
        piece = completion_at(field.value, field.cursor_position, query.ALIASES)
        known = self.rows.fields
        if piece.field is None:
            self._offer([f"{name}:" for name in sorted(known) if name.startswith(piece.piece.lower())])
        elif known.get(piece.field) == "flag":
            self._offer([value for value in ("true", "false") if value.startswith(piece.piece.lower())])
        elif known.get(piece.field) == "number":
            self._candidates = []
            self._say(f"{piece.field}: 20, >20, <=20, 5..10, or several with commas")
        elif piece.field in known:
            self._find_values(piece.field, piece.piece)

    @work(thread=True, exclusive=True, group="values", exit_on_error=False)
    def _find_values(self, column: str, piece: str) -> None:
        study = self.rows.study
        with study.reading() as cursor:
            found = query.values(cursor, self.rows.kind, column, piece, 12)
        self.app.call_from_thread(self._offer, found)

    def _offer(self, candidates: list[str]) -> None:
        self._candidates = candidates
        if self.has_class("-searching"):
            self._say("  ".join(candidates))

    def complete(self) -> None:
        """Put the first of what could stand here in, or what all of them begin with."""
        if not self._candidates:
            return
        field = self.query_one(FilterInput)
        piece = completion_at(field.value, field.cursor_position, query.ALIASES)
        common = _beginning(self._candidates)
        value = common if len(common) > len(piece.piece) and len(self._candidates) > 1 else self._candidates[0]
        if piece.field is not None and not value.replace("-", "").replace("_", "").replace(".", "").isalnum():
            value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        start = piece.start - (field.value[piece.start - 1 : piece.start] == '"')
        field.value = field.value[:start] + value + field.value[field.cursor_position :]
        field.cursor_position = start + len(value)

    def action_fields(self) -> None:
        """What can be asked of this list."""
        from interpref_tui.forms.filter_help import fields_text
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        self.app.push_screen(TextViewer("Filters of this list", fields_text(self.rows.kind, self.rows.fields)))

    # -- sorting and columns -----------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next column; after the last, as it came."""
        names = self.rows.sortable
        asked = self.rows.asked
        place = names.index(asked.sort) + 1 if asked.sort in names else 0
        self._sort(names[place] if place < len(names) else None, descending=False)

    def action_reverse(self) -> None:
        """The other way round."""
        asked = self.rows.asked
        name = asked.sort or next(iter(self.rows.sortable), None)
        self._sort(name, descending=not asked.descending)

    def sort_by(self, name: str) -> None:
        """Sort by a column; if it is sorted by it already, the other way round."""
        asked = self.rows.asked
        if name in self.rows.sortable or name in self.rows.known:
            self._sort(name, descending=asked.sort == name and not asked.descending)

    def _sort(self, name: str | None, *, descending: bool) -> None:
        before = self._state
        self.rows.ask(replace(self.rows.asked, sort=name, descending=descending), keep=True)
        self.query_one(Headings).refresh()
        self._step(f"sort by {name}{', downwards' if descending else ''}" if name else "order as it came", before)

    def action_columns(self) -> None:
        from interpref_tui.screens.dialogs.columns import ColumnsScreen

        self.app.push_screen(ColumnsScreen(self))

    def show_columns(self, names: list[str]) -> None:
        """Show these columns, in the order in which the list offers them; none of them: those that it began with."""
        chosen = tuple(column for column in self.rows.offered if column.name in names)
        if chosen and chosen != self.rows.columns:
            before = self._state
            self.rows.columns = chosen
            self.rows.refresh()
            self.query_one(Headings).refresh()
            self._step("choice of columns", before, ("columns", id(self)))

    # -- taking back -------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> _State:
        return _State(self.filter, self.rows.asked, self.rows.columns)

    def _step(self, name: str, before: _State, kind: object = None) -> None:
        """Note what was done to the list, so that it can be taken back."""
        after = self._state
        steps: UndoStack | None = getattr(self.app, "steps", None)
        if steps is not None and self._ready and after != before:
            steps.done(
                name,
                lambda: self._become(before),
                lambda: self._become(after),
                kind=kind,
                there=lambda: self.is_attached,
            )

    def _become(self, state: _State) -> None:
        """The list as it was."""
        self.filter = state.filter
        self.rows.columns = state.columns
        self.set_class(bool(state.filter), "-searching")
        with self.prevent(Input.Changed):
            self.query_one(FilterInput).value = state.filter
        self._say("")
        self.rows.ask(state.asked, keep=True)
        self.query_one(Headings).refresh()

    # -- coming back -------------------------------------------------------------------------------------------------

    @property
    def place(self) -> ListState:
        """Where one is in the list."""
        from interpref_tui.widgets.list.list_state import ListState

        rows, usual = self.rows, self._usual
        columns = () if rows.columns == usual else tuple(column.name for column in rows.columns)
        return ListState(rows.key or rows.wanted_key, self.filter, rows.asked.sort, rows.asked.descending, columns)

    def _restore(self) -> None:
        """Filter, sort, columns and row as they were when the study was left."""
        from interpref_tui.app.session_state import place_of

        place = place_of(self.app, self.rows.kind)
        if place is None:
            return
        asked = self.rows.asked
        if place.sort in self.rows.known:
            asked = replace(asked, sort=place.sort, descending=place.descending)
        try:
            asked = query.with_filter(self.rows.kind, place.filter, asked)
        except FilterError:
            pass
        else:
            self.filter = place.filter
        self.rows.asked = asked
        self.rows.wanted_key = place.key
        columns = tuple(column for column in self.rows.offered if column.name in place.columns)
        self.rows.columns = columns or self.rows.columns


def _beginning(words: list[str]) -> str:
    """What all words begin with."""
    first, last = min(words), max(words)
    same = next((place for place, letter in enumerate(first) if last[place : place + 1] != letter), len(first))
    return first[:same]
