"""A list of rows that are at hand: searched, sorted and marked in memory, drawn as every other list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from textual.geometry import Size

from interpref_tui.widgets.list import Column, FilterableList, RowList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interpref_db.lists.filter_language import Kind
    from interpref_db.lists.query import Key, ListQuery
    from interpref_db.study.study import Study

MARK = "●"


class HeldList(RowList):
    """Rows with a `key` each; a `text` is what the search looks in, else all that is shown."""

    def __init__(self, columns: tuple[Column, ...], *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(cast("Study", None), "", columns, id=id)
        self._held: dict[Key, dict[str, Any]] = {}
        self._order: list[Key] = []
        self.marked: set[Key] = set()

    def show(self, rows: Sequence[dict[str, Any]], *, at: Key | None = None) -> None:
        """Show these rows in their order; the cursor stays on its row, or goes to `at`. Marks of rows that are gone go."""
        self._held = {row["key"]: row for row in rows}
        self.marked &= self._held.keys()
        self._arrange(at if at is not None else self.key)

    def reload(self, *, keep: bool = False) -> None:
        self._arrange(self.key if keep else None)

    def ask(self, asked: ListQuery, *, keep: bool = True) -> None:
        self.asked = asked
        self._arrange(self.key if keep else None)

    def _arrange(self, at: Key | None) -> None:
        words = self.asked.search.casefold().split()
        keys = [key for key, row in self._held.items() if all(word in self._searched(row) for word in words)]
        if (name := self.asked.sort) is not None:
            right = next((column.right for column in self.columns if column.name == name), False)
            keys.sort(key=lambda key: _sortable(self._held[key].get(name)), reverse=right != self.asked.descending)
        old = self.cursor
        self._order = keys
        self._shown = self._generation  # what is asked of rows at hand is found at once
        self.virtual_size = Size(1, len(keys))
        self.cursor = keys.index(at) if at in self._held and at in keys else max(0, min(old, len(keys) - 1))
        self.redraw_rows()
        self.post_message(self.Counted(self, len(keys), more=False))
        self._tell_highlighted()

    @property
    def keys(self) -> Sequence[Key]:
        return self._order

    @property
    def key(self) -> Key | None:
        return self._order[self.cursor] if 0 <= self.cursor < len(self._order) else None

    @property
    def count(self) -> int:
        return len(self._order)

    @property
    def fields(self) -> dict[str, Kind]:
        return {}

    @property
    def known(self) -> Sequence[str]:
        return ()

    @property
    def sortable(self) -> list[str]:
        return [column.name for column in self.columns if column.heading.strip()]

    def _searched(self, row: dict[str, Any]) -> str:
        text = row.get("text")
        return str(
            text if text is not None else " ".join(str(row.get(one.name) or "") for one in self.columns)
        ).casefold()

    def row_at(self, index: int) -> dict[str, Any] | None:
        if not 0 <= index < len(self.keys):
            return None
        row = self._held[self.keys[index]]
        return {**row, "mark": MARK if row["key"] in self.marked else ""}

    def mark(self, keys: Iterable[Key]) -> None:
        """Mark rows that are not marked, unmark those that are."""
        self.marked ^= set(keys) & self._held.keys()
        self.redraw_rows()

    def unmark(self) -> None:
        """Mark nothing."""
        self.marked.clear()
        self.redraw_rows()


def _sortable(value: Any) -> tuple[bool, Any]:
    """What has no value comes last; texts without regard to capitals."""
    return (value is None, value.casefold() if isinstance(value, str) else value if value is not None else 0)


class HeldListing(FilterableList):
    """A held list with its headings and the search under it, which takes words alone."""

    def filtered(self, text: str) -> ListQuery:
        return replace(self.rows.asked, search=text)
