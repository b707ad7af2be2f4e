"""Lists, a row a line: the next row, ten rows, a search, a sort, and what opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.patterns import meaning_of
from interpref_db import lists
from interpref_tui.plain.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_db.lists import Key
    from interpref_tui.plain.place import Does
    from interpref_tui.plain.shell import Shell

PAGE = 10
_LONGEST = 300  # characters of a text that stand in a row


def _short(text: object) -> str:
    line = " ".join(str(text or "").split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _history(row: Mapping[str, Any]) -> str:
    secret = ", confidential" if row["confidential"] else ""
    return f"{row['id']}, {row['turns']} turns{secret}: {_short(row['opening'])}"


def _item(row: Mapping[str, Any]) -> str:
    wishes = f"a: {_short(row['a'])} b: {_short(row['b']) or 'no preference'}"
    return f"{row['id']}: {_short(row['query'])} {wishes} {row['runs']} runs"


def _run(row: Mapping[str, Any]) -> str:
    errors = f", {row['errors']} errors" if row["errors"] else ""
    state = f", {row['state']}" if row.get("state") else ""
    return f"{row['name']}, {row['model']}, {row['paradigm']}: {row['answered']} of {row['expected']}{state}{errors}"


def _judged(row: Mapping[str, Any]) -> str:
    said = f"{row['item']}, {row['run']} by {row['judge']}: {row['pattern']}, {meaning_of(row['pattern'])}"
    return f"{said}. {_short(row['query'])}"


SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "histories": _history,
    "items": _item,
    "runs": _run,
    "judged": _judged,
    "failures": _judged,
}


class ListPlace(Place):
    """A list of the study. `opens` gives the place behind a row."""

    def __init__(
        self, shell: Shell, name: str, kind: str, opens: Callable[[Shell, dict[str, Any], ListPlace], Place]
    ) -> None:
        super().__init__(shell)
        self.name = name
        self._kind = kind
        self._opens = opens
        self._asked = lists.Asked()
        self.keys: list[Key] = []
        self.cursor = 0

    def arrive(self) -> None:
        key = self.keys[self.cursor] if self.keys else None
        with self.study.reading() as cursor:
            self.keys = lists.keys(cursor, self._kind, self._asked)
        self.cursor = self.keys.index(key) if key in self.keys else 0
        asked = f" with {self._asked.search!r}" if self._asked.search else ""
        asked += f", sorted by {self._asked.sort}" if self._asked.sort else ""
        self.say(f"{self.name}: {len(self.keys):,}{asked}")
        self._say_row()

    def _rows(self, start: int, count: int) -> list[dict[str, Any]]:
        with self.study.reading() as cursor:
            return lists.page(cursor, self._kind, self.keys[start : start + count])

    def _say_row(self) -> None:
        if not self.keys:
            self.say("nothing is here")
            return
        for row in self._rows(self.cursor, 1):
            self.say(f"{self.cursor + 1} of {len(self.keys):,}: {self._said(row)}")

    def _said(self, row: dict[str, Any]) -> str:
        return SAID[self._kind](row)

    def does(self) -> Mapping[str, Does]:
        return {
            "list.down": lambda said: self._move(int(said or 1)),
            "list.up": lambda said: self._move(-int(said or 1)),
            "list.page-down": lambda _: self._page(),
            "list.page-up": lambda _: self._move(-PAGE),
            "list.first": lambda _: self._go(0),
            "list.last": lambda _: self._go(len(self.keys) - 1),
            "list.open": lambda said: self._open(said),
            "list.search": self._search,
            "list.sort": self._sort,
            "app.undo": lambda _: self.say(self.shell.steps.undo()),
            "app.redo": lambda _: self.say(self.shell.steps.redo()),
        }

    def help(self, keys: Any) -> list[str]:
        return [*super().help(keys), "a number behind down or up goes so many rows; behind enter, to that row"]

    def _move(self, by: int) -> None:
        self._go(self.cursor + by)

    def _go(self, place: int) -> None:
        if not self.keys:
            self.say("nothing is here")
            return
        if not 0 <= place < len(self.keys):
            self.say("that was the first" if place < 0 else "that was the last")
        self.cursor = max(0, min(place, len(self.keys) - 1))
        self._say_row()

    def _page(self) -> None:
        start = min(self.cursor + 1, max(0, len(self.keys) - 1))
        rows = self._rows(start, PAGE)
        for offset, row in enumerate(rows):
            self.say(f"{start + offset + 1} of {len(self.keys):,}: {self._said(row)}")
        self.cursor = max(self.cursor, start + len(rows) - 1)

    def _open(self, said: str) -> None:
        if said.isdigit() and 0 < int(said) <= len(self.keys):
            self.cursor = int(said) - 1
        rows = self._rows(self.cursor, 1)
        if rows:
            self.shell.go(self._opens(self.shell, rows[0], self))
        else:
            self.say("nothing is here")

    def _search(self, said: str) -> None:
        self._ask(replace(self._asked, search=said), f"search for {said!r}" if said else "end of the search")

    def _sort(self, said: str) -> None:
        columns = [name for name in lists.LISTS[self._kind].columns if name not in ("key",)]
        if said and said not in columns:
            raise ValueError(f"{said!r} is none of {', '.join(columns)}")
        if not said:
            place = columns.index(self._asked.sort) + 1 if self._asked.sort in columns else 0
            said = columns[place] if place < len(columns) else ""
        self._ask(replace(self._asked, sort=said or None), f"sort by {said}" if said else "order as it came")

    def _ask(self, asked: lists.Asked, name: str) -> None:
        before = self._asked

        def show(what: lists.Asked) -> None:
            self._asked = what
            self.arrive()

        self.shell.steps.done(name, lambda: show(before), lambda: show(asked))
        show(asked)

    def leave(self) -> bool:
        if self._asked.search:
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
