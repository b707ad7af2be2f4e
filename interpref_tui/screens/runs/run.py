"""One run, judging or comparing: what it is, how it goes, what failed of it, what was found, what to do next."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from interpref_db.lists import query
from interpref_db.tables import DrillDown, Table
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters import run_summary
from interpref_tui.presenters.empty_states import key_for_action
from interpref_tui.presenters.run_summary import RunSummary, read_view
from interpref_tui.screens.runs.failed_calls import ErrorsScreen
from interpref_tui.screens.runs.run_actions import RunningScreen
from interpref_tui.services.runs.resume_command import resume_command
from interpref_tui.services.runs.run_control import errors_of
from interpref_tui.text.output import sanitize, truncate
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.number_table import NumberTable
from interpref_tui.widgets.scroll_area import ScrollArea
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from rich.text import Text
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.study.run_status import RunStatus

_SLOW = 5  # looks between two readings of the study while it is going
_ARRANGED = 0.1  # seconds after which the rows of a table have been counted
_WIDE = 110  # columns from which the histogram stands beside the rest


class RunScreen(RunningScreen):
    """Follows one row of the list `work`, by its key (KIND:ID)."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("run")

    def __init__(self, key: str) -> None:
        super().__init__()
        kind, _, identifier = key.partition(":")
        self._key = key
        self.view = RunSummary(kind, identifier)
        self._looks = 0
        self._drawn: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield TitleLine(
            {"generate": "Run", "judge": "Judging", "compare": "Comparison", "build": "Stage"}.get(
                self.view.kind, "Work"
            )
        )
        with ScrollArea(id="sheet"):
            with Horizontal(id="run-columns"):
                with Vertical():
                    yield Static("", id="run-about", markup=False)
                    yield Static("", id="run-now", markup=False)
                with Vertical(id="run-right"):
                    yield Static("", id="run-latency", markup=False)
                    yield Static("Errors", id="run-errors-title", classes="sheet-title", markup=False)
                    yield NumberTable(id="run-errors")
                    yield Static("Judged by", id="run-judgings-title", classes="sheet-title", markup=False)
                    yield NumberTable(id="run-judgings")
            yield Static("", id="run-next", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        for table in self.query(NumberTable):
            table.show_header = False
            table.add_class("-hidden")
        self._read()

    def on_resize(self) -> None:
        self.query_one("#run-columns").set_class(self.size.width < _WIDE, "-narrow")
        self._draw()

    def on_screen_resume(self) -> None:
        self._read()

    # -- reading and drawing -----------------------------------------------------------------------------------------

    @property
    def status(self) -> RunStatus | None:
        return self.statuses.get(self.view.id)

    def looked(self, *, changed: bool, ended: bool) -> None:
        self._looks += 1
        if changed:
            self._draw()
        going = self.status is not None and self.status.is_running
        if ended or (going and self._looks % _SLOW == 0) or (changed and not going):
            self._read()

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self) -> None:
        view = read_view(self.study, self.view.kind, self.view.id)
        if self.is_attached:
            self.app.call_from_thread(self._take, view)

    def _take(self, view: RunSummary) -> None:
        self.view = view
        self._draw()

    def _draw(self) -> None:
        """Draw what changed, and nothing else."""
        if not self.is_attached or not self.size.width:
            return
        view, status = self.view, self.status
        wide = self.size.width >= _WIDE
        width = (self.size.width - 6) // 2 if wide else self.size.width - 4
        self.title_more(self._title_text())
        self._put("run-about", run_summary.describe_run(view, status, width))
        self._put("run-now", run_summary.progress_text(view, status, width))
        lines = max(4, min(14, self.size.height - 18)) if wide else 6
        self._put("run-latency", run_summary.latencies(status, lines, min(width, 76)))
        self._put("run-next", run_summary.next_steps(view, status, partial(key_for_action, self.interpref)))
        self._table("run-errors", self._errors_table(width))
        self._table("run-judgings", self._judgings_table())

    def _title_text(self) -> str:
        """What the title says: the run, and who judges it or what it is compared with."""
        row = self.view.row
        if row is None:
            return self.status.text("title") if self.status else self.view.id
        between = {"judge": "by", "compare": "against"}.get(self.view.kind)
        return f"{row['run']} {between} {row['judge']}" if between else str(row["name"])

    def _put(self, name: str, text: Text) -> None:
        text.rstrip()
        if self._drawn.get(name) != text.plain:
            self._drawn[name] = text.plain
            shown = self.query_one(f"#{name}", Static)
            shown.update(text)
            shown.set_class(not text.plain, "-hidden")

    def _table(self, name: str, table: Table) -> None:
        if self._drawn.get(name) == str(table.rows):
            return
        self._drawn[name] = str(table.rows)
        shown = self.query_one(f"#{name}", NumberTable)
        at = shown.cursor_coordinate
        shown.show_numbers(table, room=self.size.width)
        shown.move_cursor(row=at.row, column=at.column)
        shown.set_class(not table.rows, "-hidden")
        self.query_one(f"#{name}-title").set_class(not table.rows, "-hidden")
        # What stands around a table is arranged before its rows are counted, at times, and would cut off the last: once more.
        self.set_timer(_ARRANGED, partial(shown.refresh, layout=True))
        if table.rows and (self.focused is None or isinstance(self.focused, ScrollArea)) and name == "run-errors":
            shown.focus()

    def _errors_table(self, width: int) -> Table:
        asked = errors_of(self.view.kind, self.view.id)
        rows, behind = [], []
        for one in self.view.errors:
            message = " ".join(str(one["message"]).split())
            rows.append((str(one["error"]), str(one["n"]), truncate(sanitize(message), max(20, width - 24))))
            behind.append((DrillDown("errors", str(one["error"]), where={**asked.where, "error": one["error"]}),))
        return Table(
            "errors",
            "Errors",
            ("error", "n", "message"),
            tuple(rows),
            tuple(behind),
            words=frozenset({"error", "message"}),
        )

    def _judgings_table(self) -> Table:
        rows = tuple(run_summary.judgings_text(one) for one in self.view.judgings)
        behind = tuple((DrillDown("work", "", where={"key": f"judge:{one['id']}"}),) for one in self.view.judgings)
        return Table(
            "judgings", "Judged by", ("judge", "judged", "passed", "between"), rows, behind, words=frozenset({"judge"})
        )

    def on_number_table_opened(self, event: NumberTable.Opened) -> None:
        if event.behind is None:
            return
        if event.behind.kind == "errors":
            self.app.push_screen(ErrorsScreen(query.ListQuery(where=event.behind.where)))
        elif event.behind.where["key"] != self._key:
            self.app.push_screen(RunScreen(event.behind.where["key"]))

    # -- actions -----------------------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        self.stop_run(self.status)

    def action_resume(self) -> None:
        self.resume(self.view.row, self.status)

    def action_retry(self) -> None:
        self.retry(self.view.row, self.status, errors=self.view.failed)

    def action_judge(self) -> None:
        self.ask_judge(self._asked_run())

    def action_compare(self) -> None:
        self.ask_compare(self._asked_run())

    def _asked_run(self) -> dict[str, str]:
        """The run that this is of; a stage of construction is of none."""
        row = self.view.row or {}
        return {"run": str(row.get("run") or "")} if self.view.kind != "build" else {}

    def action_errors(self) -> None:
        self.app.push_screen(ErrorsScreen(errors_of(self.view.kind, self.view.id)))

    def action_copy(self) -> None:
        command = resume_command(self.status, self.study.path) if self.status else []
        if command:
            self.interpref.copy_text(shlex.join(["interpref", *command]))
        else:
            self.tell("the command of this run is not known here; c opens a form that finds it again")
