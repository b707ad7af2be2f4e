"""How the labels so far agree: between people, with the judge, with gold; pace; what opinions did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.containers import VerticalScroll
from textual.widgets import Static

from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.agreement_report import pace_table, report_text
from interpref_tui.screens.dialogs.dialog import Dialog
from interpref_tui.text.output import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_core.annotation.labels import Task
    from interpref_db.study.study import Study


class AgreementScreen(Dialog[None]):
    """Computed in a thread from everybody's current labels. Gold accuracy is of everyone, or hidden for an annotator."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("quality")

    def __init__(
        self,
        study: Study,
        task: Task,
        runs: Sequence[str],
        *,
        judge: str | None = None,
        gold: str | None = None,
        blind: bool = True,
    ) -> None:
        """`blind` keeps gold accuracy from annotators."""
        super().__init__()
        self._study = study
        self._of: Task = task
        self._runs = runs
        self._judge = judge
        self._gold = gold
        self._blind = blind

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static("counting…", id="quality-text", markup=False)
            yield Static("", id="quality-pace", markup=False)

    def on_mount(self) -> None:
        self._count()

    def action_down(self) -> None:
        self.query_one("#help", VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one("#help", VerticalScroll).scroll_up(animate=False)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _count(self) -> None:
        from interpref_db.annotation.quality import quality

        try:
            report = quality(self._study, self._of, self._runs, judge=self._judge, gold=self._gold)
        except Exception as error:
            text = Text(one_line(error))
            self.app.call_from_thread(self.query_one("#quality-text", Static).update, text)
            return
        self.app.call_from_thread(self._show, report)

    def _show(self, report: dict[str, Any]) -> None:
        self.query_one("#quality-text", Static).update(report_text(report))
        self.query_one("#quality-pace", Static).update(pace_table(report, blind=self._blind))
