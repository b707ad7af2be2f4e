"""Home: what the study holds, how far the runs are, what they score, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from interpref_tui.output import inert
from interpref_tui.screens.base import StudyScreen
from interpref_tui.widgets.lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from interpref_db.scores import Scored

EVERY = 2.0  # seconds between looks at what other processes did


class HomeScreen(StudyScreen):
    """The first screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("2", "app.go('histories')", "Histories", id="home.histories"),
        Binding("3", "app.go('items')", "Items", id="home.items"),
        Binding("4", "app.go('runs')", "Runs", id="home.runs"),
        Binding("5", "app.go('verdicts')", "Verdicts", id="home.verdicts"),
        Binding("9", "app.go('export')", "Export", id="home.export"),
    ]

    def compose(self) -> ComposeResult:
        yield TitleLine("Home")
        with VerticalScroll(id="home"):
            yield Static("…", id="counts", markup=False)
            yield Static("", id="scores", markup=False)
            yield Static("", id="progress", markup=False)
            yield Static("", id="next", markup=False)
        yield NoticeLine()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._version = -1
        self._look(first=True)
        self.set_interval(EVERY, lambda: self._look(first=False) if self.is_current else None)

    def on_screen_resume(self) -> None:
        self._look(first=True)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _look(self, *, first: bool) -> None:
        """Read the study; draw only when something changed, so that nothing is sent when idle."""
        from interpref_db import lists
        from interpref_db.scores import pass_rates

        try:
            version = self.study.version()
            if version == self._version and not first:
                return
            self._version = version
            counts = self.study.row("counts") or {}
            with self.study.reading() as cursor:
                runs = lists.rows(cursor, "runs", limit=12)
            scored = pass_rates(self.study)
        except Exception as error:
            self.app.call_from_thread(self.tell, " ".join(str(error).split())[:300])
            return
        self.app.call_from_thread(self._show, counts, runs, scored)

    def _show(self, counts: dict[str, Any], runs: list[dict[str, Any]], scored: list[Scored]) -> None:
        self.query_one("#counts", Static).update(_counts(counts))
        self.query_one("#scores", Static).update(_scores(scored, self.size.width) if scored else "")
        unfinished = [run for run in runs if run["answered"] < run["expected"] or run["errors"]]
        self.query_one("#progress", Static).update(_progress(unfinished) if unfinished else "")
        self.query_one("#next", Static).update(_next(counts, runs, scored))


def _counts(counts: dict[str, Any]) -> Text:
    text = Text()
    for name, number in counts.items():
        if not number:
            continue
        text.append(f"{number:,}", "bold")
        text.append(f" {name}   ")
    return text


def _scores(scored: list[Scored], width: int) -> Table:
    """Pass rates, best first, with how many are judged, the interval, and a bar."""
    title = "Pass rate (all four orders right; blind guessing passes 6.25 %)"
    table = Table(box=None, title=title, title_justify="left", title_style="bold", padding=(0, 1))
    for heading in ("run", "judge"):
        table.add_column(heading, no_wrap=True)
    for heading in ("judged", "pass rate", " 95 % "):
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    table.add_column("", no_wrap=True, min_width=20 if width >= 100 else 8)
    for one in sorted(scored, key=lambda one: -(one.numbers.passed.rate or 0))[:16]:
        passed = one.numbers.passed
        rate = "–" if passed.rate is None else f"{100 * passed.rate:.1f}"
        between = f"{100 * (passed.low or 0):.0f}–{100 * (passed.high or 0):.0f}" if passed.n else ""
        sample = "  sample" if one.sample else ""
        table.add_row(
            Text(inert(one.run)),
            Text(inert(one.judge) + sample),
            f"{passed.n}/{one.expected}",
            rate,
            between,
            bar(passed.rate, passed.low, passed.high, 20 if width >= 100 else 8),
        )
    return table


def bar(rate: float | None, low: float | None, high: float | None, width: int) -> Text:
    """A rate as a bar with its interval: █ up to the rate, ─ over the interval."""
    if rate is None or low is None or high is None:
        return Text("")
    cells = []
    for cell in range(width):
        middle = (cell + 0.5) / width
        cells.append("─" if low <= middle <= high else "█" if middle < rate else "·")
    return Text("".join(cells))


def _progress(runs: list[dict[str, Any]]) -> Text:
    text = Text("Unfinished runs\n", "bold")
    for run in runs:
        text.append(f"  {inert(run['name'])}: {run['answered']}/{run['expected']} items answered", "")
        text.append(f", {run['errors']} failed\n" if run["errors"] else "\n")
    return text


def _next(counts: dict[str, Any], runs: list[dict[str, Any]], scored: list[Scored]) -> Text:
    """What to do next, by what there is."""
    text = Text("", "")
    if not counts.get("histories") and not counts.get("preferences"):
        text.append("Nothing here yet. ", "bold")
        text.append("Import something: interpref import STUDY FILE...   or look around first: interpref demo")
    elif not counts.get("items"):
        text.append("No items yet. ", "bold")
        text.append("interpref pair STUDY pairs preferences by topic into items")
    elif not runs:
        text.append("No runs yet. ", "bold")
        text.append("4 Runs, then n, starts a generation")
    elif not scored:
        text.append("Nothing is judged yet. ", "bold")
        text.append("4 Runs, then J, judges a run (overlap needs no model)")
    elif any(run["sample"] for run in runs):
        text.append("Sample runs and judges were written by people to show the program; they are no results.", "italic")
    return text
