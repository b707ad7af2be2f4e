"""Annotate: the assignments there are, and new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work

from interpref_core.annotation.labels import OPINION_MODES, QUEUE_ORDERS, TASKS
from interpref_core.system.user_files import expand_home
from interpref_db.errors import StudyError
from interpref_tui.forms.form import Field
from interpref_tui.forms.option_fields import OptionField, require_fields, to_argv
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import is_on_top
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.study_screen import StudyScreen, check_mark
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from interpref_core.annotation.labels import Assignment, OpinionMode, QueueOrder, Task
    from interpref_db.annotation.session import AnnotationSession
    from interpref_tui.services.annotation import AssignmentOptions

COLUMNS = (
    Column("task", "task", 8),
    Column("runs", "runs"),
    Column("order", "order", 11),
    Column("opinion", "opinion", 7),
    Column("adjudicate", "adjudication", 12, show=check_mark),
    Column("annotators", "people", 6, right=True),
    Column("labels", "labels", 7, right=True),
    Column("last", "last label", 20),
)
NARROW = tuple(column for column in COLUMNS if column.name not in ("opinion", "adjudicate", "last"))

_RUNS = OptionField("runs", "runs", "names with spaces between; all when empty", "many", called="run")
OPTIONS = (
    OptionField("annotator", "your name"),
    OptionField("task", "task", known=TASKS, all_there_are=True),
    _RUNS,
    OptionField("order", "order", known=QUEUE_ORDERS, all_there_are=True),
    OptionField("opinion", "AI opinion", known=OPINION_MODES, all_there_are=True),
    OptionField("judge", "judge", "whose opinion; else the one that has seen most"),
    OptionField("overlap", "overlap", "how many of those people label each entry", "whole"),
    OptionField("among", "people", "anna, ben, chen; else everyone labels everything"),
    OptionField("no_both_bad", "no “both bad”", "no; yes leaves compare three answers", "flag"),
    OptionField("gold", "gold", "the annotator whose labels count as right"),
    OptionField("gold_rate", "gold rate", "0.1: the share of gold entries in the queue", "share"),
    OptionField("guidelines", "guidelines", "a Markdown file, shown by the key g"),
    OptionField("seed", "seed", "0; draws orders and sides, the same for everyone", "integer"),
)


class AssignmentsScreen(StudyScreen):
    """What people are asked, and how far they are."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("assignments")

    def compose(self) -> ComposeResult:
        yield TitleLine("Annotate")
        yield FilterableList(RowList(self.study, "assignments", COLUMNS if self.app.size.width >= 100 else NARROW))
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def on_screen_resume(self) -> None:
        self.query_one(RowList).reload(keep=True)

    # -- starting ----------------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        at_first = {"annotator": self._annotator(), "task": "compare", "order": "random", "opinion": "after"}
        fields = [option.field(at_first.get(option.name, "")) for option in OPTIONS]
        note = "labels are safe on the disk at once; the same settings go on"
        self.app.push_screen(FormScreen("Annotate", fields, self._command, note), self._begin)

    def _annotator(self) -> str:
        from interpref_tui.services.annotation import whoami

        settings = self.interpref.settings
        return (settings.annotator if settings else None) or whoami()

    def _command(self, values: dict[str, str]) -> list[str]:
        wanted = self._assignment_options(values)
        command = ["annotate", str(self.study.path), "--annotator", values["annotator"], "--task", values["task"]]
        if wanted.task == "compare" and len(wanted.runs) == 2:
            command += ["--runs", *wanted.runs]
        else:
            command += [part for run in wanted.runs for part in ("--run", run)]
        usual = {"order": "random", "opinion": "after"}
        others = (option for option in OPTIONS[3:] if values[option.name] != usual.get(option.name, ""))
        return [*command, *to_argv(others, values)]

    def _assignment_options(self, values: dict[str, str]) -> AssignmentOptions:
        from interpref_tui.services.annotation import AssignmentOptions

        to_argv(OPTIONS, values)
        require_fields(OPTIONS, values, "annotator", "task", "order", "opinion")
        among = tuple(name.strip() for name in values["among"].split(",") if name.strip())
        if bool(values["overlap"]) != bool(among):
            raise ValueError("overlap: it needs the annotators' names, and they it")
        return AssignmentOptions(
            task=cast("Task", values["task"]),
            runs=tuple(_RUNS.several(values["runs"])),
            order=cast("QueueOrder", values["order"]),
            seed=int(values["seed"] or 0),
            overlap=int(values["overlap"]) if values["overlap"] else None,
            among=among,
            opinion=cast("OpinionMode", values["opinion"]),
            judge=values["judge"] or None,
            both_bad=values["no_both_bad"].casefold() != "yes",
            gold=values["gold"] or None,
            gold_rate=float(values["gold_rate"]) if values["gold_rate"] else None,
            guidelines=expand_home(values["guidelines"]) if values["guidelines"] else None,
        )

    def _begin(self, values: dict[str, str] | None) -> None:
        if values is not None:
            self._start(values["annotator"], self._assignment_options(values))

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
    def _start(self, annotator: str, wanted: AssignmentOptions | None, known: tuple[str, bool] = ("", False)) -> None:
        from interpref_db.annotation.session import AnnotationSession
        from interpref_tui.services.annotation import make_assignment, stored_assignment

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
        from interpref_tui.screens.annotation.annotate import AnnotateScreen
        from interpref_tui.services.annotation import AnnotatorPreferences

        if not is_on_top(self):
            session.close()
            self.interpref.notify(
                "the session was not begun: another screen was opened meanwhile", timeout=6, markup=False
            )
            return
        settings = self.interpref.settings
        confirm = settings.annotate.confirm if settings else False
        advance = settings.annotate.advance if settings else True
        self.app.push_screen(AnnotateScreen(session, AnnotatorPreferences(confirm=confirm, advance=advance)))

    @work(thread=True, exclusive=True, group="quality", exit_on_error=False)
    def action_quality(self) -> None:
        from interpref_tui.screens.annotation.agreement import AgreementScreen
        from interpref_tui.services.annotation import stored_assignment

        key = self.query_one(RowList).key
        if key is None:
            return
        one: Assignment = stored_assignment(self.study, str(key), adjudicate=False)
        screen: Any = AgreementScreen(self.study, one.task, one.runs, judge=one.judge, gold=one.gold, blind=False)
        self.app.call_from_thread(self._show_quality, screen)

    def _show_quality(self, screen: Screen[Any]) -> None:
        if is_on_top(self):
            self.app.push_screen(screen)
