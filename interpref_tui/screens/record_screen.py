"""One row of a list on a screen of its own, from which one goes on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from interpref_db.lists import query
from interpref_tui.screens.study_screen import StudyScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_db.lists.query import Key


class RecordScreen(StudyScreen):
    """`listed` is the kind of the list. Whenever the row is another one, `show_row` is called."""

    listed: ClassVar[str]

    def __init__(self, row: dict[str, Any], keys: Sequence[Key] | None = None, at: int = 0) -> None:
        """`keys` are those of the list that it was opened from, in which the row stands `at` this place; without, it is alone."""
        super().__init__()
        self._row = row
        self._keys: Sequence[Key] = [row["key"]] if keys is None else keys
        self._at = at

    def show_row(self) -> None:
        """Show what is now the row."""
        raise NotImplementedError

    @property
    def where(self) -> str:
        """Which one of the list it is."""
        return f"({self._at + 1:,} of {len(self._keys):,})" if len(self._keys) > 1 else ""

    def action_step(self, by: int) -> None:
        if 0 <= self._at + by < len(self._keys):
            self._at += by
            self._step(self._at)
        else:
            self.tell("there is no further one in the list" if by > 0 else "it is the first of the list")

    @work(thread=True, exclusive=True, group="step", exit_on_error=False)
    def _step(self, at: int) -> None:
        with self.study.reading() as cursor:
            row = next(iter(query.page(cursor, self.listed, [self._keys[at]])), None)
        if self.is_attached:
            self.app.call_from_thread(self._take_row, at, row)

    def _take_row(self, at: int, row: dict[str, Any] | None) -> None:
        if row is None:
            self.tell("it is not in the study any more")
        elif at == self._at:
            self._row = row
            self.show_row()
