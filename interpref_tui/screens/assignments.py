"""Annotate: the assignments there are, and new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work

from interpref_core.annotation.labels import OPINION_MODES, QUEUE_ORDERS, TASKS
from interpref_db.problems import StudyError
from interpref_tui.actions import bindings
from interpref_tui.forms.fields import Field
from interpref_tui.screens.base import StudyScreen, flag
from interpref_tui.screens.form import FormScreen
from interpref_tui.widgets.keyline import KeyLine
from interpref_tui.widgets.lines import NoticeLine, TitleLine
from interpref_tui.widgets.rows import Column, Listing, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_core.annotation.labels import Assignment, OpinionMode, QueueOrder, Task
    from interpref_db.annotating.session import AnnotationSession
    from interpref_tui.work.annotating import Wanted

COLUMNS = (
    Column("task", "task", 8),
    Column("runs", "runs"),
    Column("order", "order", 11),
    Column("opinion", "opinion", 7),
    Column("adjudicate", "adjudication", 12, show=flag),
    Column("annotators", "people", 6, right=True),
    Column("labels", "labels", 7, right=True),
    Column("last", "last label", 20),
)
NARROW = tuple(column for column in COLUMNS if column.name not in ("opinion", "adjudicate", "last"))


class AssignmentsScreen(StudyScreen):
    """What people are asked, and how far they are."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("assignments")

    def compose(self) -> ComposeResult:
        yield TitleLine("Annotate")
        yield Listing(RowList(self.study, "assignments", COLUMNS if self.app.size.width >= 100 else NARROW))
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def on_screen_resume(self) -> None:
        self.query_one(RowList).reload(keep=True)

    # -- starting ----------------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        fields = [
            Field("annotator", "your name", self._annotator()),
            Field("task", "task", "compare", " ".join(TASKS)),
            Field("runs", "runs", "", "names with spaces between; all when empty"),
            Field("order", "order", "random", " ".join(QUEUE_ORDERS)),
            Field("opinion", "AI opinion", "after", " ".join(OPINION_MODES)),
        ]
        note = "labels are safe on the disk at once; the same settings go on where you left"
        self.app.push_screen(FormScreen("Annotate", fields, self._command, note), self._begin)

    def _annotator(self) -> str:
        from interpref_tui.work.annotating import whoami

        settings = self.interpref.settings
        return (settings.annotator if settings else None) or whoami()

    def _command(self, values: dict[str, str]) -> list[str]:
        self._wanted(values)
        command = ["annotate", str(self.study.path), "--annotator", values["annotator"], "--task", values["task"]]
        runs = values["runs"].split()
        if runs:
            command += (
                ["--runs", *runs] if values["task"] == "compare" else [part for run in runs for part in ("--run", run)]
            )
        if values["order"] != "random":
            command += ["--order", values["order"]]
        if values["opinion"] != "after":
            command += ["--opinion", values["opinion"]]
        return command

    def _wanted(self, values: dict[str, str]) -> Wanted:
        from interpref_tui.work.annotating import Wanted

        for name, allowed in (("task", TASKS), ("order", QUEUE_ORDERS), ("opinion", OPINION_MODES)):
            if values[name] not in allowed:
                raise ValueError(f"{name}: one of {', '.join(allowed)}")
        if not values["annotator"]:
            raise ValueError("your name is needed: labels are kept under it")
        return Wanted(
            task=cast("Task", values["task"]),
            runs=tuple(values["runs"].split()),
            order=cast("QueueOrder", values["order"]),
            opinion=cast("OpinionMode", values["opinion"]),
        )

    def _begin(self, values: dict[str, str] | None) -> None:
        if values is not None:
            self._start(values["annotator"], self._wanted(values))

    def action_open(self) -> None:
        self._ask_name(adjudicate=False)

    def action_adjudicate(self) -> None:
        self._ask_name(adjudicate=True)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        del event
        self.action_open()

    def _ask_name(self, *, adjudicate: bool) -> None:
        key = self.query_one(RowList).key
        if key is None:
            self.action_new()
            return

        def named(values: dict[str, str] | None) -> None:
            if values is not None:
                self._start(values["annotator"], None, (str(key), adjudicate))

        title = "Adjudicate what people disagree about" if adjudicate else "Go on with this assignment"
        form = FormScreen(title, [Field("annotator", "your name", self._annotator())], None, "enter begins")
        self.app.push_screen(form, named)

    @work(thread=True, exclusive=True, group="session", exit_on_error=False)
    def _start(self, annotator: str, wanted: Wanted | None, known: tuple[str, bool] = ("", False)) -> None:
        from interpref_db.annotating.session import AnnotationSession
        from interpref_tui.work.annotating import make_assignment, stored_assignment

        try:
            assignment = (
                make_assignment(self.study, wanted)
                if wanted is not None
                else stored_assignment(self.study, known[0], adjudicate=known[1])
            )
            session = AnnotationSession(self.study, annotator, assignment)
        except StudyError as error:
            self.app.call_from_thread(self.tell, str(error))
            return
        self.app.call_from_thread(self._open, session)

    def _open(self, session: AnnotationSession) -> None:
        from interpref_tui.screens.annotate import AnnotateScreen
        from interpref_tui.work.annotating import Manner

        settings = self.interpref.settings
        confirm = settings.annotate.confirm if settings else False
        advance = settings.annotate.advance if settings else True
        self.app.push_screen(AnnotateScreen(session, Manner(confirm=confirm, advance=advance)))

    @work(thread=True, exclusive=True, group="quality", exit_on_error=False)
    def action_quality(self) -> None:
        from interpref_tui.screens.quality import QualityScreen
        from interpref_tui.work.annotating import stored_assignment

        key = self.query_one(RowList).key
        if key is None:
            return
        one: Assignment = stored_assignment(self.study, str(key), adjudicate=False)
        screen: Any = QualityScreen(self.study, one.task, one.runs, judge=one.judge, gold=one.gold, blind=False)
        self.app.call_from_thread(self.app.push_screen, screen)
