"""Runs: everything that models did or do, in whatever process: start it, watch it, stop it, go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import Static

from interpref_db.lists import query
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.run_summary import live_line, state_text
from interpref_tui.screens.runs.run_actions import RunningScreen
from interpref_tui.services.runs.run_control import errors_of, same_model_values
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.study.run_status import RunStatus

_LIVE = 5  # lines of what is going at most
_SLOW = 4  # looks between two readings of the list while something is going


class RunsScreen(RunningScreen):
    """Runs, each followed by its judgings and comparisons; below, what is going at this moment."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("runs")

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0
        self._listed: set[str] = set()  # what was going when the list was read
        self._shown = ""
        self._followed: set[str] = set()  # what was started here and has been gone to

    def compose(self) -> ComposeResult:
        columns = (
            Column("label", "run, judge, comparison", show=_label),
            Column("model", "model", 18),
            Column("reach", "done", 13, right=True, show=self._done),
            Column("errors", "failed", 6, right=True, show=lambda value: str(value or "")),
            Column("standing", "state", 13, show=self._state),
        )
        yield TitleLine("Runs")
        yield FilterableList(RowList(self.study, "work", columns, id="runs"))
        yield Static("", id="running", classes="-hidden", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def on_screen_resume(self) -> None:
        self.query_one(RowList).reload(keep=True)

    def counted(self, event: RowList.Counted) -> None:
        super().counted(event)
        self._follow()

    def _follow(self) -> None:
        """Go to the row of what was just started here: the next key is about that."""
        from interpref_db.lists.search import LazyKeys

        mine = {child.process.pid for child in self.interpref.children_at_work.all}
        rows = self.query_one(RowList)
        keys = rows.keys
        near = keys.near if isinstance(keys, LazyKeys) else ()
        for status in self.statuses.values():
            if status.id in self._followed or status.facts.get("pid") not in mine:
                continue
            place = next((at for at, key in enumerate(near) if str(key).endswith(f":{status.id}")), None)
            if place is not None:
                self._followed.add(status.id)
                rows.go_to(place)

    # -- watching ----------------------------------------------------------------------------------------------------

    def looked(self, *, changed: bool, ended: bool) -> None:
        rows = self.query_one(RowList)
        self._looks += 1
        going = {one.id for one in self.at_work}
        new = not going <= self._listed
        self._listed |= going
        if ended or new or (self.at_work and self._looks % _SLOW == 0):
            rows.reload(keep=True)
        elif changed:
            rows.redraw_rows()
        lines = [live_line(status, self.size.width - 2) for status in self.at_work[:_LIVE]]
        lines += [Text(f"▶ {sanitize(child.title)}  starting") for child in self.starting_children[:2]]
        if len(self.at_work) > _LIVE:
            lines.append(Text(f"  and {len(self.at_work) - _LIVE} more"))
        text = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
        panel = self.query_one("#running", Static)
        panel.set_class(not lines, "-hidden")
        if text.plain != self._shown:
            self._shown = text.plain
            panel.update(text)

    def _state(self, standing: list[str]) -> str:
        status = self.statuses.get(standing[0])
        return state_text(status, standing[1])

    def _done(self, reach: list[str]) -> str:
        """How many of how many; of a run that is going, its calls: they are what moves."""
        status = self.statuses.get(reach[0])
        if status is not None and status.is_running:
            return f"{status.number('skipped') + status.number('done'):.0f}/{status.number('total'):.0f}"
        return f"{reach[1]}/{reach[2]}"

    # -- the row under the cursor ------------------------------------------------------------------------------------

    @property
    def _row(self) -> dict[str, Any] | None:
        return self.query_one(RowList).row

    def _status(self) -> RunStatus | None:
        row = self._row
        return self.statuses.get(row["id"]) if row else None

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        from interpref_tui.screens.runs.run import RunScreen

        self.app.push_screen(RunScreen(str(event.key)))

    def action_generate(self) -> None:
        row = self._row
        self.ask_generate({} if row is None or row["kind"] != "generate" else same_model_values(row, self._status()))

    def action_judge(self) -> None:
        row = self._row
        self.ask_judge(self._run_of(row))

    def action_compare(self) -> None:
        row = self._row
        self.ask_compare(self._run_of(row))

    def _run_of(self, row: dict[str, Any] | None) -> dict[str, str]:
        """The run of a row, where it is of one: stages of construction answer nothing."""
        return {"run": row["run"] or ""} if row and row["kind"] != "build" else {}

    def action_stop(self) -> None:
        """Stop the run under the cursor; where that is not going but one that was started here is, that one."""
        status = self._status()
        if status is None or not status.is_running:
            children = [child for child in self.interpref.children_at_work.all if child.code is None]
            if children:
                self.interpref.children_at_work.stop(children[-1])
                self.tell(f"stopping {children[-1].title}; what is done is safe")
                return
        self.stop_run(status)

    def action_resume(self) -> None:
        row = self._row
        if row is None:  # nothing of it is in the study yet: what was started here and failed
            failed = [child for child in self.interpref.children_at_work.all if child.code]
            if failed:
                self.start(failed[-1].arguments, failed[-1].folder)
                return
        self.resume(row, self._status())

    def action_retry(self) -> None:
        row = self._row
        self.retry(row, self._status(), errors=row["errors"] if row else 0)

    def action_errors(self) -> None:
        from interpref_tui.screens.runs.failed_calls import ErrorsScreen

        row = self._row
        self.app.push_screen(ErrorsScreen(errors_of(row["kind"], row["id"]) if row else query.ListQuery()))


def _label(label: list[str | None]) -> str:
    """A row's name: a run's own, a judging's under its run."""
    kind, name, judge = label
    if kind == "judge":
        return f"  judged by {judge}"
    if kind == "compare":
        return f"  against {judge}"
    return name or ""
