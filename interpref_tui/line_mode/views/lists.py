"""Lists, a row a line: the next row, ten rows, a filter, a sort, and what opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.verdict_patterns import meaning_of
from interpref_db.lists import query
from interpref_db.lists.filter_language import format_filter
from interpref_tui.forms.filter_help import fields_text
from interpref_tui.line_mode.key_input import number
from interpref_tui.line_mode.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_db.lists.query import Key
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does

PAGE = 10
_LONGEST = 300  # characters of a text that stand in a row


def short(text: object) -> str:
    """A text as part of a row."""
    line = " ".join(str(text or "").split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _history(row: Mapping[str, Any]) -> str:
    secret = ", confidential" if row["confidential"] else ""
    return f"{row['id']}, {row['turns']} turns{secret}: {short(row['opening'])}"


def _item(row: Mapping[str, Any]) -> str:
    wishes = f"a: {short(row['a'])} b: {short(row['b']) or 'no preference'}"
    return f"{row['id']}: {short(row['query'])} {wishes} {row['runs']} runs"


def _judged_text(row: Mapping[str, Any]) -> str:
    said = f"{row['item']}, {row['run']} by {row['judge']}: {row['pattern']}, {meaning_of(row['pattern'])}"
    return f"{said}. {short(row['query'])}"


def said_row(kind: str, row: Mapping[str, Any]) -> str:
    """A row of any list: in words of its own, else what it has by name."""
    if kind in _SAID:
        return _SAID[kind](row)
    told = [f"{name} {short(row[name])}" for name in query.LIST_SPECS[kind].columns if row.get(name) not in (None, "")]
    return ", ".join(told)


_SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "histories": _history,
    "items": _item,
    "judged": _judged_text,
    "failures": _judged_text,
}


class ListPlace(View):
    """A list of the study. `opens` gives the place behind a row."""

    def __init__(
        self,
        shell: Shell,
        name: str,
        kind: str,
        opens: Callable[[Shell, dict[str, Any], ListPlace], View],
        asked: query.ListQuery | None = None,
    ) -> None:
        super().__init__(shell)
        self.name = name
        self._kind = kind
        self._opens = opens
        self.asked = asked or query.ListQuery()
        self._beginning = self.asked
        self.keys: list[Key] = []
        self.cursor = 0

    def on_enter(self) -> None:
        key = self.keys[self.cursor] if self.keys else None
        with self.study.reading() as cursor:
            self.keys = query.keys(cursor, self._kind, self.asked)
        self.cursor = self.keys.index(key) if key in self.keys else 0
        self.say(f"{self.name}: {len(self.keys):,}{self._query_text()}")
        self._say_row()

    def _query_text(self) -> str:
        """What the list is asked for, as the title of the screen says it."""
        asked = self.asked
        found = f" with /{format_filter(asked.terms)}" if asked.terms else ""
        found += "".join(f", {name} {value}" for name, value in asked.where.items())
        down = ", downwards" if asked.descending else ""
        return found + (f", sorted by {asked.sort}{down}" if asked.sort else down)

    def _rows(self, start: int, count: int) -> list[dict[str, Any]]:
        with self.study.reading() as cursor:
            return query.page(cursor, self._kind, self.keys[start : start + count])

    def _say_row(self) -> None:
        if not self.keys:
            self._say_nothing()
            return
        for row in self._rows(self.cursor, 1):
            self.say(f"{self.cursor + 1} of {len(self.keys):,}: {self._row_text(row)}{self._hit(row)}")

    def _say_nothing(self) -> None:
        """What would be here, and what puts it here."""
        from interpref_tui.presenters.empty_states import empty_state_text

        narrowed = self.asked != self._beginning
        self.say(empty_state_text(self._kind, self.study.path, self.shell.key_of, narrowed=narrowed))

    def _row_text(self, row: dict[str, Any]) -> str:
        return said_row(self._kind, row)

    def _hit(self, row: dict[str, Any]) -> str:
        """Where further in it has what was searched for."""
        if not self.asked.texts or query.LIST_SPECS[self._kind].hits is None:
            return ""
        with self.study.reading() as cursor:
            found = query.snippet_query(cursor, self._kind, [row["key"]], self.asked.texts[0])
        return "".join(f" It has: {short(text)}" for text in found.values())

    @property
    def row(self) -> dict[str, Any] | None:
        """The row where we are."""
        return next(iter(self._rows(self.cursor, 1)), None) if self.keys else None

    def actions(self) -> Mapping[str, Does]:
        return {
            "list.down": lambda said: self._move(number(said)),
            "list.up": lambda said: self._move(-number(said)),
            "list.page-down": lambda _: self._page(),
            "list.page-up": lambda _: self._move(-PAGE),
            "list.first": lambda _: self._go(0),
            "list.last": lambda _: self._go(len(self.keys) - 1),
            "list.open": lambda said: self._open(said),
            "list.search": self._search,
            "list.fields": lambda _: self.lines.read(fields_text(self._kind, query.LIST_SPECS[self._kind].fields)),
            "list.sort": self._sort,
            "list.reverse": lambda _: self._reverse(),
            "app.undo": lambda _: self.say(self.shell.steps.undo()),
            "app.redo": lambda _: self.say(self.shell.steps.redo()),
        }

    def help(self, keys: Any) -> list[str]:
        search, fields, sort = (self.shell.key_of(f"list.{name}") for name in ("search", "fields", "sort"))
        lines = super().help(keys)
        lines.append("a number behind down or up goes so many rows; behind enter, to that row")
        lines.append(f"{search} takes words or field:value, as {search}id:h1 (esc ends it); {fields} says every field")
        lines.append(f"{sort} and a column sorts by it")
        return lines

    def _move(self, by: int) -> None:
        self._go(self.cursor + by)

    def _go(self, place: int) -> None:
        if not self.keys:
            self._say_nothing()
            return
        if not 0 <= place < len(self.keys):
            self.say("that was the first" if place < 0 else "that was the last")
        self.cursor = max(0, min(place, len(self.keys) - 1))
        self._say_row()

    def _page(self) -> None:
        start = min(self.cursor + 1, max(0, len(self.keys) - 1))
        rows = self._rows(start, PAGE)
        for offset, row in enumerate(rows):
            self.say(f"{start + offset + 1} of {len(self.keys):,}: {self._row_text(row)}")
        self.cursor = max(self.cursor, start + len(rows) - 1)

    def _open(self, said: str) -> None:
        if said:
            place = number(said)
            if not 0 < place <= len(self.keys):
                raise ValueError(f"there is no row {said}: there are {len(self.keys):,}")
            self.cursor = place - 1
        row = self.row
        if row is not None:
            self.shell.open(self._opens(self.shell, row, self))
        else:
            self._say_nothing()

    # -- searching and sorting ---------------------------------------------------------------------------------------

    def _search(self, said: str) -> None:
        """A search or filter, as in the line under a list on the screens. Raises FilterError."""
        asked = query.with_filter(self._kind, said, self.asked)
        self.ask(asked, f"filter {said}" if said else "the end of a filter")

    def _sort(self, said: str) -> None:
        columns = query.LIST_SPECS[self._kind].columns
        wanted: str | None = query.ALIASES.get(said, said) if said not in columns else said
        if said and wanted not in columns:
            raise ValueError(f"{said!r} is none of {', '.join(columns)}")
        if not said:
            place = columns.index(self.asked.sort) + 1 if self.asked.sort in columns else 0
            wanted = columns[place] if place < len(columns) else None
        self._sort_by(wanted, descending=False)

    def _reverse(self) -> None:
        name = self.asked.sort or next(iter(query.LIST_SPECS[self._kind].columns))
        self._sort_by(name, descending=not self.asked.descending)

    def _sort_by(self, name: str | None, *, descending: bool) -> None:
        said = f"sort by {name}{', downwards' if descending else ''}" if name else "order as it came"
        self.ask(replace(self.asked, sort=name, descending=descending), said)

    def ask(self, asked: query.ListQuery, name: str) -> None:
        """Ask the list for something else: a step, by its name, that can be taken back."""
        before = self.asked

        def show(what: query.ListQuery) -> None:
            self.asked = what
            if self.shell.place is self:
                self.on_enter()

        if asked == before:
            self.on_enter()
            return
        self.shell.steps.done(name, lambda: show(before), lambda: show(asked))
        show(asked)

    def on_back(self) -> bool:
        if self.asked.terms:
            self._search("")
            return False
        return True

    def neighbour(self, by: int) -> dict[str, Any] | None:
        """The next row, or the one before; the cursor goes there."""
        if not 0 <= self.cursor + by < len(self.keys):
            return None
        self.cursor += by
        rows = self._rows(self.cursor, 1)
        return rows[0] if rows else None
