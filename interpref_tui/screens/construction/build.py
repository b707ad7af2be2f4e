"""Build: the funnel from conversations to items, what is behind each number, and the stages that make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_db.study.run_status import RunStatusReader
from interpref_tui.forms.build_forms import asking_stage, asking_stages
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.build_summary import NARROW_BAR, WIDE_BAR, child_line, facts, next_line, step_row
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column
from interpref_tui.widgets.list.memory_source import HeldList, HeldListing
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_core.construction.stages import StageName
    from interpref_db.construction.funnel import Funnel, Step
    from interpref_tui.forms.form import CommandForm
    from interpref_tui.widgets.list import RowList

EVERY = 1.0  # seconds between looks
WIDE = 110  # columns from which bars are long


def columns(bar_width: int) -> tuple[Column, ...]:
    """The columns of the steps, with bars so wide."""
    return (
        Column("what", "step", 13),
        Column("count", "there are", 9, right=True, show=lambda value: f"{value:,}"),
        Column("bar", "", bar_width),
        Column("note", ""),
        Column("stage", "made by", 12),
        Column("refused", "refused", 7, right=True, show=lambda value: f"{value:,}" if value else ""),
        Column("failed", "failed", 6, right=True, show=lambda value: f"{value:,}" if value else ""),
    )


class BuildScreen(StudyScreen):
    """The steps of construction. Enter opens what is counted; b runs the stage of a step, B everything up to items."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("build")

    def compose(self) -> ComposeResult:
        yield TitleLine("Build")
        yield HeldListing(HeldList(columns(NARROW_BAR), id="steps"))
        yield Static("", id="build-facts", markup=False)
        yield Static("", id="build-went", markup=False)
        yield Static("", id="build-next", markup=False)
        yield Static("", id="running", classes="-hidden", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def __init__(self) -> None:
        super().__init__()
        self._funnel: Funnel | None = None
        self._version = -1
        self._told: set[int] = set()
        self._shown = ""
        self._at = ""  # the step under the cursor when the screen was left

    def on_mount(self) -> None:
        self._version, self._shown = -1, ""
        self.steps.focus()
        self._count()
        self.set_interval(EVERY, self._look)

    @property
    def steps(self) -> HeldList:
        return self.query_one("#steps", HeldList)

    def on_screen_resume(self) -> None:
        if self._version >= 0:
            self._count()

    # -- looking -----------------------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="funnel", exit_on_error=False)
    def _count(self) -> None:
        from interpref_db.construction.funnel import funnel

        version = self.study.version()
        if version != self._version:
            found = funnel(self.study)
            self._version = version
            self.app.call_from_thread(self._show, found)

    def _show(self, found: Funnel) -> None:
        self._funnel = found
        self._show_steps()
        self.query_one("#build-next", Static).update(next_line(self.interpref, found))
        self._show_facts()

    def _show_steps(self) -> None:
        width = WIDE_BAR if self.size.width >= WIDE else NARROW_BAR
        if self._funnel is not None:
            self.steps.columns = columns(width)
            rows = [step_row(step, self._funnel.most, width) for step in self._funnel.steps]
            self.steps.show(rows, at=self._at or None)

    def on_resize(self) -> None:
        self._show_steps()

    def counted(self, event: RowList.Counted) -> None:
        """The steps are always the same."""

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        event.stop()
        self._at = str(event.key) if event.key is not None else self._at
        self._show_facts()

    def _show_facts(self) -> None:
        step = self._step()
        for name, line in zip(("facts", "went"), facts(step) if step else (Text(), Text()), strict=True):
            self.query_one(f"#build-{name}", Static).update(line)

    def _step(self) -> Step | None:
        found = self._funnel
        return next((step for step in found.steps if step.what == self.steps.key), None) if found else None

    def _look(self) -> None:
        """Show how the children are; the numbers follow while any of them is at work, and what others do."""
        if not self.is_current and not isinstance(self.app.screen, FormScreen):
            return
        children = [child for child in self.interpref.children_at_work.all if child.arguments[0] == "build"]
        for child in children:
            if child.code is not None and id(child) not in self._told:
                self._told.add(id(child))
                self.tell(f"{child.title}: {child.exit_message}")
        self._count()
        told = (
            {one.facts.get("pid"): one for one in RunStatusReader(self.study.places).all() if one.is_running}
            if children
            else {}
        )
        text = Text("\n").join(child_line(child, told.get(child.process.pid)) for child in children[-3:])
        panel = self.query_one("#running", Static)
        panel.set_class(not children, "-hidden")
        if text.plain != self._shown:
            self._shown = text.plain
            panel.update(text)

    # -- what is behind a number -------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        step = self._step()
        if step is None:
            return
        if step.what == "clusters":
            self._go("clusters")
        elif step.what == "verified":
            self.action_report()
        elif step.what == "categorised":
            self._categories()
        elif step.behind is not None and step.count:
            from interpref_tui.screens.drilldown import DrilldownScreen

            self.app.push_screen(DrilldownScreen(step.behind))
        else:
            self.tell(f"no {step.what} yet; {self._way_to(step)}")

    def _way_to(self, step: Step) -> str:
        return "import conversations first" if step.stage is None else f"b runs the stage {step.stage}"

    @work(thread=True, exclusive=True, group="report", exit_on_error=False)
    def action_report(self) -> None:
        """What the benchmark is like, as `build --only verify` says it."""
        from interpref_db.construction.verification.report import verify
        from interpref_tui.presenters.verification_report import report_lines

        self.app.call_from_thread(self.tell, "counting…")
        lines = report_lines(verify(self.study), shown=100)
        self.app.call_from_thread(self._read, "What the benchmark is like", "\n".join(lines))

    @work(thread=True, exclusive=True, group="report", exit_on_error=False)
    def _categories(self) -> None:
        from interpref_db.clusters.categories import category_counts
        from interpref_tui.presenters.verification_report import category_lines

        lines = list(category_lines(category_counts(self.study)))
        self.app.call_from_thread(self._read, "Categories", "\n".join(lines) or "no preferences yet")

    def _read(self, title: str, text: str) -> None:
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        self.app.push_screen(TextViewer(title, text))

    def action_refusals(self) -> None:
        """What the stage of this step did not take, and why."""
        from interpref_db.tables import DrillDown
        from interpref_tui.screens.drilldown import DrilldownScreen

        step = self._step()
        where = {"stage": step.stage} if step and step.stage and step.refused else {}
        title = f"refused by {step.stage}" if step and where else "refused"
        self.app.push_screen(DrilldownScreen(DrillDown("refusals", title, where)))

    def _go(self, name: str) -> None:
        """Go to another main screen, after this key: a screen cannot wait for itself to leave."""
        self.interpref.call_later(self.interpref.action_go, name)

    def action_clusters(self) -> None:
        self._go("clusters")

    # -- running stages ----------------------------------------------------------------------------------------------

    def action_stage(self) -> None:
        """Run the stage that makes this step."""
        step = self._step()
        if step is None or step.stage is None:
            self.tell("histories are imported: interpref import STUDY FILE...")
            return
        self._run(step.stage)

    def action_next(self) -> None:
        """Do what is to be done next."""
        found = self._funnel
        if found is None or found.next is None:
            return
        if found.next == "import":
            self.tell("interpref import STUDY FILE... brings conversations in")
        elif found.next == "annotate":
            self._go("annotate")
        else:
            self._run(found.next)  # type: ignore[arg-type]  # the others are stages

    def _run(self, stage: StageName) -> None:
        self._ask(asking_stage(self.study.path, self.interpref.settings, stage))

    def action_all(self) -> None:
        """Run everything from one step to another."""
        found = self._funnel
        first = "histories" if found and found.steps[0].count else "preferences"
        self._ask(asking_stages(self.study.path, self.interpref.settings, first))

    def _ask(self, asking: CommandForm) -> None:
        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                self._start(asking.command(values))

        self.app.push_screen(FormScreen.of(asking), answered)

    def _start(self, arguments: list[str]) -> None:
        try:
            child = self.interpref.children_at_work.start(arguments)
        except OSError as error:
            self.tell(f"cannot be started: {error.strerror or error}")
            return
        self.tell(f"started: {child.title}")
        self._look()

    def action_stop(self) -> None:
        """Stop what was started last here and is still going; twice stops it at once."""
        children = self.interpref.children_at_work
        going = [child for child in children.all if child.code is None and child.arguments[0] == "build"]
        if not going:
            self.tell("nothing that was started here is going; 4 Runs shows what others do")
            return
        children.stop(going[-1])
        self.tell(f"stopping {going[-1].title}; what is done is safe")
