"""Build in lines: the way from conversations to items, step by step, and the stages that make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_tui.forms.build_forms import asking_stage, asking_stages
from interpref_tui.line_mode.key_input import number
from interpref_tui.line_mode.view import View
from interpref_tui.line_mode.views.runs import RunCommands
from interpref_tui.presenters.build_summary import facts
from interpref_tui.presenters.empty_states import command_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.construction.stages import StageName
    from interpref_db.construction.funnel import Funnel, Step
    from interpref_tui.forms.form import CommandForm
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does


class BuildPlace(View):
    """The steps of construction."""

    name = "build"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._at = 0
        self._funnel: Funnel | None = None

    def on_enter(self) -> None:
        from interpref_db.construction.funnel import funnel

        found = self._funnel = funnel(self.study)
        for place, step in enumerate(found.steps, start=1):
            parts = [f"{step.count:,}", *([step.note] if step.note else [])]
            parts += [f"{step.refused:,} refused"] if step.refused else []
            parts += [f"{step.failed:,} failed"] if step.failed else []
            self.say(f"{place} of {len(found.steps)}, {step.what}: {', '.join(parts)}")
        if found.next == "import":
            self.say(f"next: {found.why}: {command_of(self.study.path, 'import {study} FILE...')}")
        elif found.next == "annotate":
            self.say(f"next: {self.shell.key_of('go.annotate')}: {found.why} (task query)")
        elif found.next:
            self.say(f"next: {self.shell.key_of('build.next')}: {found.why}")
        self.say(f"you are at {self._step.what}")

    def on_return(self) -> None:
        self._funnel = None
        self.say(f"build, at {self._step.what}: {self._step.count:,}")

    @property
    def _step(self) -> Step:
        if self._funnel is None:
            from interpref_db.construction.funnel import funnel

            self._funnel = funnel(self.study)
        return self._funnel.steps[self._at]

    def actions(self) -> Mapping[str, Does]:
        return {
            "build.next": lambda _: self._next(),
            "build.stage": lambda _: self._stage(),
            "build.all": lambda _: self._all(),
            "build.stop": lambda _: self._stop(),
            "build.clusters": lambda _: self.shell.open_target("clusters"),
            "build.refusals": lambda _: self._refusals(),
            "build.report": lambda _: self._report(),
            "list.down": lambda said: self._go(self._at + number(said)),
            "list.up": lambda said: self._go(self._at - number(said)),
            "list.open": lambda said: self._open(said),
        }

    def _go(self, place: int) -> None:
        steps = self._funnel.steps if self._funnel else ()
        if not 0 <= place < len(steps):
            self.say("that was the first step" if place < 0 else "that was the last step")
            return
        self._at = place
        self.say(f"{place + 1} of {len(steps)}, {self._step.what}: {self._step.count:,}")
        for line in facts(self._step):
            if line.plain:
                self.say(line.plain)

    def _open(self, said: str) -> None:
        """What is behind a step's number."""
        if said:
            self._go(number(said) - 1)
        step = self._step
        if step.what == "clusters":
            self.shell.open_target("clusters")
        elif step.what == "verified":
            self._report()
        elif step.what == "categorised":
            self._categories()
        elif step.behind is not None and step.count:
            from interpref_tui.line_mode.views.drilldown import behind_place

            self.shell.open(behind_place(self.shell, step.behind))
        else:
            key = self.shell.key_of("build.stage")
            way = "import conversations first" if step.stage is None else f"{key} runs the stage {step.stage}"
            self.say(f"no {step.what} yet; {way}")

    def _report(self) -> None:
        from interpref_db.construction.verification.report import verify
        from interpref_tui.presenters.verification_report import report_lines

        self.lines.read("\n".join(report_lines(verify(self.study), shown=100)))

    def _categories(self) -> None:
        from interpref_db.clusters.categories import category_counts
        from interpref_tui.presenters.verification_report import category_lines

        self.lines.read("\n".join(category_lines(category_counts(self.study))) or "no preferences yet")

    def _refusals(self) -> None:
        from interpref_db.tables import DrillDown
        from interpref_tui.line_mode.views.drilldown import behind_place

        step = self._step
        where = {"stage": step.stage} if step.stage and step.refused else {}
        title = f"refused by {step.stage}" if where else "refused"
        self.shell.open(behind_place(self.shell, DrillDown("refusals", title, where)))

    # -- running stages ----------------------------------------------------------------------------------------------

    def _stage(self) -> None:
        step = self._step
        if step.stage is None:
            self.say(f"histories are imported: {command_of(self.study.path, 'import {study} FILE...')}")
        else:
            self._run(step.stage)

    def _next(self) -> None:
        found = self._funnel
        if found is None or found.next is None:
            self.say("everything is made")
        elif found.next == "import":
            self.say(command_of(self.study.path, "import {study} FILE...") + " brings conversations in")
        elif found.next == "annotate":
            self.shell.open_target("annotate")
        else:
            self._run(found.next)  # type: ignore[arg-type]  # the others are stages

    def _run(self, stage: StageName) -> None:
        self._ask(asking_stage(self.study.path, self.shell.settings, stage))

    def _all(self) -> None:
        found = self._funnel
        first = "histories" if found and found.steps[0].count else "preferences"
        self._ask(asking_stages(self.study.path, self.shell.settings, first))

    def _ask(self, asking: CommandForm) -> None:
        before = len(self.shell.children.all)
        RunCommands(self.shell).do(asking)
        if len(self.shell.children.all) == before:
            self.on_return()
        elif not self.lines.has_typed_ahead:
            self.on_enter()

    def _stop(self) -> None:
        if any(child.code is None for child in self.shell.children.all):
            RunCommands(self.shell).stop(None)
        else:
            self.say(f"nothing that was started here is going; {self.shell.key_of('go.runs')} says what others do")
