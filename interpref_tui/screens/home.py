"""Home: what the study holds, how far the runs are, what they score, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.containers import VerticalScroll
from textual.widgets import Static

from interpref_db.study.run_status import RunStatusReader
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.text.output import one_line, sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.number_table import NumberTable
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.tables import Table
    from interpref_tui.app.app import InterprefApp
    from interpref_tui.services.import_process import Import

WIDE = 100  # columns from which pass rates have bars
EVERY = 2.0  # seconds between looks at what other processes did


class HomeScreen(StudyScreen):
    """The first screen."""

    AUTO_FOCUS: ClassVar[str | None] = ""  # the pass rates, as soon as there are any

    BINDINGS: ClassVar[list[BindingType]] = bindings("home")

    def compose(self) -> ComposeResult:
        yield TitleLine("Home")
        with VerticalScroll(id="home", can_focus=False):
            yield NumberTable(id="counts")
            yield Static("", id="rates-title", classes="-hidden", markup=False)
            yield NumberTable(id="rates")
            yield Static("", id="leaders-title", classes="-hidden", markup=False)
            yield NumberTable(id="leaders")
            yield Static("", id="live", classes="-hidden", markup=False)
            yield Static("", id="progress", markup=False)
            yield Static("", id="next", markup=False)
        yield NoticeLine()
        yield KeyLine(also=("go",))

    def on_mount(self) -> None:
        self._version = -1
        self.query_one("#counts", NumberTable).show_header = False
        for table in self.query(NumberTable):
            table.add_class("-hidden")
        self._watch = RunStatusReader(self.study.places)
        self._import: Import | None = None  # what is being taken in
        self._live = ""  # the numbers come when the screen is resumed, which it is at once
        self.set_interval(EVERY, self._look_again)

    def on_screen_resume(self) -> None:
        self._look(first=True)

    def _look_again(self) -> None:
        if self._import is not None and self._import.ended:
            self._imported(*self._import.outcome())
        if self.is_current:
            self._look(first=False)
            self._look_live()

    def _imported(self, said: str, details: str) -> None:
        """Say what an import took in, wherever one is by now; M has what was refused."""
        self._import = None
        self.title_more("")
        if self.is_current:
            self.interpref.log_message(said, "information", details)
            self.query_one(NoticeLine).tell(f"{said} (M: more)" if "refused" in said else said, 20)
        else:
            self.app.notify(sanitize(said), markup=False, timeout=8)

    def action_import(self) -> None:
        """Take files in, in a process of its own."""
        from interpref_tui.forms.import_form import asking_import
        from interpref_tui.screens.dialogs.form import FormScreen
        from interpref_tui.services.import_process import Import

        asking = asking_import(self.study.path)

        def answered(values: dict[str, str] | None) -> None:
            if values is None:
                return
            try:
                self._import = Import(asking.command(values))
            except (OSError, ValueError) as error:
                self.tell(f"cannot be started: {error}")
            else:
                self.title_more("importing …")

        if self._import is not None:
            self.tell("one import at a time: the one that was started is still going")
        else:
            self.app.push_screen(FormScreen.of(asking), answered)

    @work(thread=True, exclusive=True, group="live", exit_on_error=False)
    def _look_live(self) -> None:
        """Runs that are going at this moment, in whatever process."""
        from interpref_tui.presenters.run_summary import live_line

        going = [status for status in self._watch.all() if status.is_running]
        lines = [live_line(status, self.size.width - 6) for status in going]
        if self.is_attached:
            self.app.call_from_thread(self._show_live, lines)

    def _show_live(self, lines: list[Text]) -> None:
        text = Text("\n", no_wrap=True, overflow="ellipsis").join([Text("Going now", "bold"), *lines])
        if text.plain != self._live:
            self._live = text.plain
            shown = self.query_one("#live", Static)
            shown.update(text)
            shown.set_class(not lines, "-hidden")

    def on_number_table_opened(self, event: NumberTable.Opened) -> None:
        if event.behind is not None:
            from interpref_tui.screens.drilldown import DrilldownScreen

            self.app.push_screen(DrilldownScreen(event.behind))

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _look(self, *, first: bool) -> None:
        """Read the study; draw only when something changed, so that nothing is sent when idle."""
        from interpref_db.lists import query
        from interpref_db.scores.pass_rates import pass_rates
        from interpref_db.scores.tables import home

        try:
            version = self.study.version()
            if version == self._version and not first:
                return
            self._version = version
            counts = self.study.row("counts") or {}
            with self.study.reading() as cursor:
                runs = query.rows(cursor, "runs", limit=12)
            scored = pass_rates(self.study)
            first_tables = (home.counts(counts), home.rates(scored, bars=self.size.width >= WIDE))
            self.app.call_from_thread(self._show, counts, runs, scored, first_tables)
            if first:
                self.app.call_from_thread(self._look_live)
            # The leaderboard needs the arrays, which take a moment to load: the rest stands already.
            self.app.call_from_thread(self._show_table, "leaders", home.leaders(self.study))
        except Exception as error:
            self.app.call_from_thread(self.tell, one_line(error))

    def _show_table(self, name: str, table: Table) -> None:
        """Put a table in its place, the cursor where it was; without rows it takes no room."""
        shown = self.query_one(f"#{name}", NumberTable)
        at = shown.cursor_coordinate
        shown.show_numbers(table)
        shown.move_cursor(row=at.row, column=at.column)
        shown.set_class(not table.rows, "-hidden")
        for title in self.query(f"#{name}-title").results(Static):
            title.update(Text(table.title, "bold"))
            title.set_class(not table.rows, "-hidden")

    def _show(
        self, counts: dict[str, Any], runs: list[dict[str, Any]], scored: list[RunScore], tables: tuple[Table, Table]
    ) -> None:
        for name, table in zip(("counts", "rates"), tables, strict=True):
            self._show_table(name, table)
        if self.focused is None and self.is_current:
            self.query_one("#rates" if tables[1].rows else "#counts", NumberTable).focus()
        unfinished = [
            run
            for run in runs
            if (run["answered"] < run["expected"] or run["errors"])
            and run["state"] not in ("running", "waiting", "stopping")
        ]
        progress = self.query_one("#progress", Static)
        progress.update(_progress(unfinished) if unfinished else "")
        progress.set_class(not unfinished, "-hidden")
        self.query_one("#next", Static).update(_next(self.interpref, counts, runs, scored))


def _progress(runs: list[dict[str, Any]]) -> Text:
    text = Text("Unfinished runs\n", "bold")
    for run in runs:
        text.append(f"  {sanitize(run['name'])}: {run['answered']}/{run['expected']} items answered", "")
        text.append(f", {run['errors']} failed" if run["errors"] else "")
        text.append(f", {run['state']}\n" if run["state"] in ("stopped", "killed", "broken") else "\n")
    return text


def _next(app: InterprefApp, counts: dict[str, Any], runs: list[dict[str, Any]], scored: list[RunScore]) -> Text:
    """What to do next, by what there is."""
    from interpref_tui.presenters.empty_states import empty_text, key_for_action, lines

    if not any(counts.get(kind) for kind in ("histories", "preferences", "comparisons")):
        ways = (
            ("home.import", "takes files in from here"),
            (
                "import {study} FILE...",
                "the same on the command line: takes chats, preferences, items and comparisons; the format is told by the content",
            ),
            ("demo", "opens a study with everything in it, to look around first"),
            ("app.help", "shows the keys of a screen"),
        )
        return lines(app, "This study is empty. What to do next:", ways)
    if counts.get("comparisons") and not counts.get("items"):
        return lines(app, "Comparisons alone.", (("go.scores", "has every number of them"),))
    if not counts.get("items"):
        return empty_text(app, "items", narrowed=False)
    if not runs:
        start = key_for_action(app, "runs.generate")
        return lines(app, "No runs yet.", (("go.runs", f"goes to the runs, where {start} has a model answer"),))
    if not scored:
        judge = key_for_action(app, "runs.judge")
        there = f"goes to the runs, where {judge} judges one (overlap needs no model)"
        return lines(app, "Nothing is judged yet.", (("go.runs", there),))
    if any(run["sample"] for run in runs):
        said = "Sample runs and judges were written by people to show the program; they are no results."
        return Text(said, "italic")
    return Text()
