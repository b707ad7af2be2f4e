"""Numbers as sentences: each row of a table says its columns by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_tui.plain.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_db.tables import Table
    from interpref_tui.plain.place import Does

PAGE = 10


class TablesPlace(Place):
    """Tables one after the other; what they are is the subclass's."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._tables: Sequence[Table] = ()
        self._table = 0
        self._row = 0

    def tables(self) -> Sequence[Table]:
        raise NotImplementedError

    def arrive(self) -> None:
        self._tables = [one for one in self.tables() if one.rows]
        self._table = min(self._table, max(0, len(self._tables) - 1))
        if not self._tables:
            self.say(
                "there are no numbers yet: `interpref judge STUDY --run RUN --model overlap` judges without a model"
            )
        else:
            self._say_table()

    def _say_table(self) -> None:
        table = self._tables[self._table]
        self._row = 0
        self.say(f"table {self._table + 1} of {len(self._tables)}, {table.title or table.name}: {len(table.rows)} rows")
        for note in table.notes:
            self.say(note)
        self._rows(0, PAGE)

    def _rows(self, start: int, count: int) -> None:
        table = self._tables[self._table]
        for row in table.rows[start : start + count]:
            told = [
                value if name.isdigit() or not name else f"{name} {value}"
                for name, value in zip(table.columns, row, strict=False)
                if value
            ]
            self.say(", ".join(told))
        self._row = min(len(table.rows), start + count)
        if self._row < len(table.rows):
            self.say(f"({len(table.rows) - self._row} more rows: enter reads on)")

    def enter(self) -> None:
        if self._tables and self._row < len(self._tables[self._table].rows):
            self._rows(self._row, PAGE)
        else:
            self.say("that was the last row")

    def does(self) -> Mapping[str, Does]:
        return {"scores.next": lambda _: self._turn(1), "scores.previous": lambda _: self._turn(-1)}

    def _turn(self, by: int) -> None:
        if self._tables:
            self._table = (self._table + by) % len(self._tables)
            self._say_table()


class ScoresPlace(TablesPlace):
    """Every number of the study."""

    name = "scores"

    def tables(self) -> Sequence[Table]:
        from interpref_db.scoreboard import scoreboard, tables

        return tables(scoreboard(self.study))


class HomePlace(TablesPlace):
    """How much there is, what it scores."""

    name = "home"

    def tables(self) -> Sequence[Table]:
        from interpref_db.home_tables import counts, leaders, rates
        from interpref_db.scores import pass_rates

        found = self.study.row("counts") or {}
        return [counts(found), rates(pass_rates(self.study), bars=False), leaders(self.study)]

    def arrive(self) -> None:
        self.say(f"study {self.study.path.name}")
        found = self.study.row("counts") or {}
        if not any(found.values()):
            self.say(f"nothing is in it yet: `interpref import {self.study.path.name} FILE...` brings something in")
            return
        super().arrive()
