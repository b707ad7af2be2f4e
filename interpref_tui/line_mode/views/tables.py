"""Numbers as sentences: each row of a table says its columns by name."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from interpref_tui.line_mode.key_input import number
from interpref_tui.line_mode.view import View
from interpref_tui.presenters.empty_states import empty_state_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_db.failures.failures import Failure
    from interpref_db.tables import Table
    from interpref_tui.line_mode.view import Does
    from interpref_tui.presenters.failure_cross_table import FailureCrossTable

PAGE = 10
_LOOKS = 0.2  # seconds between looks at an import


class TablesView(View):
    """Tables one after the other; what they are is the subclass's. A cell opens what it counts."""

    # Actions of the screen that go to the next table and the one before.
    next, previous = "scores.next", "scores.previous"

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._tables: Sequence[Table] = ()
        self._table = 0
        self._said = 0  # rows that were said of this table
        self._row = -1  # where we are; nowhere yet
        self._column = 0

    def tables(self) -> Sequence[Table]:
        raise NotImplementedError

    def on_enter(self) -> None:
        self._tables = [one for one in self.tables() if one.rows]
        self._table = min(self._table, max(0, len(self._tables) - 1))
        if not self._tables:
            self.say(empty_state_text("scores", self.study.path, self.shell.key_of, narrowed=False))
        else:
            self._say_table()

    def on_return(self) -> None:
        """Where we were in the table, which may have changed meanwhile."""
        table, row, column = self._table, self._row, self._column
        self._tables = [one for one in self.tables() if one.rows]
        if table < len(self._tables) and 0 <= row < len(self._tables[table].rows):
            self._said = len(self._tables[table].rows)
            self.say(f"{self.name}, table {table + 1}: {self._tables[table].title}")
            self._go(row)
            self._column = column
        else:
            self.on_enter()

    def _say_table(self) -> None:
        table = self._tables[self._table]
        self._said, self._row, self._column = 0, -1, 0
        self.say(f"table {self._table + 1} of {len(self._tables)}, {table.title or table.name}: {len(table.rows)} rows")
        for note in table.notes:
            self.say(note)
        self._rows(PAGE)

    def _rows(self, count: int) -> None:
        """Say so many more rows."""
        table = self._tables[self._table]
        end = min(len(table.rows), self._said + count)
        for row in range(self._said, end):
            self.say(self._words(table, row))
        self._said = end
        if end < len(table.rows):
            self.say(f"({len(table.rows) - end} more rows: enter reads on)")

    def _words(self, table: Table, row: int) -> str:
        told = [
            value if name.isdigit() or not name else f"{name} {value}"
            for name, value in zip(table.columns, table.rows[row], strict=False)
            if value
        ]
        return ", ".join(told)

    def on_enter_key(self) -> None:
        if not self._tables:
            self.on_enter()
        elif self._row >= 0:
            self._open()
        elif self._said < len(self._tables[self._table].rows):
            self._rows(PAGE)
        else:
            self.say(
                f"that was the last row; {self.shell.key_of('numbers.down')} goes to the first, enter opens it then"
            )

    def actions(self) -> Mapping[str, Does]:
        return {
            "numbers.down": lambda said: self._go(self._row + number(said)),
            "numbers.up": lambda said: self._go(self._row - number(said)),
            "numbers.top": lambda _: self._go(0),
            "numbers.bottom": lambda _: self._go(len(self._tables[self._table].rows) - 1 if self._tables else 0),
            "numbers.right": lambda _: self._cell(1),
            "numbers.left": lambda _: self._cell(-1),
            "numbers.open": lambda _: self.on_enter_key(),
            self.next: lambda _: self._turn(1),
            self.previous: lambda _: self._turn(-1),
        }

    def _go(self, place: int) -> None:
        table = self._tables[self._table] if self._tables else None
        if table is None or not 0 <= place < len(table.rows):
            self.say("that was the first row" if place < 0 else "that was the last row")
            return
        self._row = place
        self.say(f"{place + 1} of {len(table.rows)}: {self._words(table, place)}")

    def _cell(self, by: int) -> None:
        """Another column of the row; enter opens what its number counts."""
        if not self._tables:
            return
        table = self._tables[self._table]
        self._row = max(0, self._row)
        if not 0 <= self._column + by < len(table.columns):
            self.say("that was the last column" if by > 0 else "that was the first column")
            return
        self._column += by
        self.say(f"{table.columns[self._column] or 'this'}: {table.rows[self._row][self._column] or 'nothing'}")

    def _open(self) -> None:
        table = self._tables[self._table]
        found = table.opens(self._row, self._column)
        if found is None:
            self.say(
                f"nothing stands behind this; {self.shell.key_of('numbers.right')} goes to the next number of the row"
            )
            return
        from interpref_tui.line_mode.views.drilldown import behind_place

        self.shell.open(behind_place(self.shell, found, self.evidence(table)))

    def evidence(self, table: Table) -> Mapping[str, Failure] | None:  # noqa: ARG002 - it depends on the table
        """Why items failed, for tables of failures."""
        return None

    def _turn(self, by: int) -> None:
        if self._tables:
            self._table = (self._table + by) % len(self._tables)
            self._say_table()


class ScoresPlace(TablesView):
    """Every number of the study."""

    name = "scores"

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._diverse = False
        self._board: Any = None

    def tables(self) -> Sequence[Table]:
        from interpref_db.scores.scoreboard import add_diversity, scoreboard, tables

        board = scoreboard(self.study)
        self._board = add_diversity(board, self.study) if self._diverse else board
        return tables(self._board)

    def evidence(self, table: Table) -> Mapping[str, Failure] | None:
        found: Mapping[str, Failure] | None = self._board.failures.by_key() if table.name == "failures" else None
        return found

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "scores.diversity": lambda _: self._diversity(),
            "scores.again": lambda _: self.on_enter(),
        }

    def _diversity(self) -> None:
        self.say("counting the self-BLEU of the histories")
        self._diverse = True
        self._tables = [one for one in self.tables() if one.rows]
        self._table = next((n for n, one in enumerate(self._tables) if one.name == "self-BLEU"), 0)
        self._say_table()


class FailuresPlace(TablesView):
    """What failed, by any two kinds of evidence, narrowed by any category."""

    name = "failures"

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._crossing: FailureCrossTable | None = None

    def tables(self) -> Sequence[Table]:
        from interpref_db.failures.failures import failures
        from interpref_tui.presenters.failure_cross_table import FailureCrossTable

        found = failures(self.study)
        self._crossing = (self._crossing or FailureCrossTable(found)).over(found)
        return [self._crossing.table()]

    def on_enter(self) -> None:
        self._tables = [one for one in self.tables() if one.rows]
        crossing = self._crossing
        if crossing is None or not crossing.all.all:
            self.say(empty_state_text("failures", self.study.path, self.shell.key_of, narrowed=False))
            return
        self.say("failures: " + crossing.about.replace("  ", ", "))
        self.say("{} in rows, {} in columns".format(*crossing.facets))
        if self._tables:
            self._say_table()

    def evidence(self, table: Table) -> Mapping[str, Failure] | None:  # noqa: ARG002 - there is one
        return self._crossing.shown.by_key() if self._crossing else None

    def actions(self) -> Mapping[str, Does]:
        of_tables = {name: does for name, does in super().actions().items() if name not in (self.next, self.previous)}
        return {
            "failures.rows": lambda _: self._become(lambda one: one.other_rows()),
            "failures.columns": lambda _: self._become(lambda one: one.other_columns()),
            "failures.filter": lambda _: self._become(lambda one: one.only(max(0, self._row), self._column)),
            "failures.clear": lambda _: self.shell.back() if self.on_back() else None,
            "failures.run": lambda _: self._become(lambda one: one.other_run()),
            "app.undo": lambda _: self.say(self.shell.steps.undo()),
            "app.redo": lambda _: self.say(self.shell.steps.redo()),
            **of_tables,
        }

    def _become(self, change: Callable[[FailureCrossTable], FailureCrossTable]) -> None:
        """Count otherwise, as a step that can be taken back."""
        before = self._crossing
        if before is None or (after := change(before)) == before:
            self.on_enter()
            return

        def show(crossing: FailureCrossTable) -> None:
            self._crossing = crossing
            if self.shell.place is self:
                self.on_enter()

        name = "failures by other facets" if after.facets != before.facets else "which failures are counted"
        self.shell.steps.done(name, lambda: show(before), lambda: show(after))
        show(after)

    def on_back(self) -> bool:
        if self._crossing is not None and self._crossing.filters:
            self._become(lambda one: one.everything())
            return False
        return True


class HomePlace(TablesView):
    """How much there is, what it scores."""

    name = "home"
    next = "home.pane"

    def actions(self) -> Mapping[str, Does]:
        of_tables = {name: does for name, does in super().actions().items() if name != self.previous}
        return {"home.import": lambda _: self._import(), **of_tables}

    def _import(self) -> None:
        """Take files in, in a process of its own, which goes on if one does not wait for it."""
        from interpref_tui.forms.import_form import asking_import
        from interpref_tui.line_mode.form_prompt import fill_command
        from interpref_tui.services.import_process import Import

        arguments = fill_command(self.lines, asking_import(self.study.path))
        if arguments is None:
            return
        going = Import(arguments)
        self.say("importing")
        try:
            while not going.ended:
                time.sleep(_LOOKS)
        except KeyboardInterrupt:
            self.say("no longer waited for; it goes on")
            return
        said, details = going.outcome()
        self.say(said)
        if details:
            self.lines.read(details)
        self.on_enter()

    def tables(self) -> Sequence[Table]:
        from interpref_db.scores.pass_rates import pass_rates
        from interpref_db.scores.tables.home import counts, leaders, rates

        found = self.study.row("counts") or {}
        return [counts(found), rates(pass_rates(self.study), bars=False), leaders(self.study)]

    def on_enter(self) -> None:
        self.say(f"study {self.study.path.name}")
        found = self.study.row("counts") or {}
        if not any(found.values()):
            self.say("nothing is in it yet")
            self.say(f"{self.shell.key_of('home.import')}: takes files in from here")
            self.say(empty_state_text("histories", self.study.path, self.shell.key_of, narrowed=False))
            return
        super().on_enter()
