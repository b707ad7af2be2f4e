"""What the screens of runs share: how every run is, once a second, and starting, stopping, going on and trying again."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from textual import work

from interpref_db.study.run_status import RunStatus, RunStatusReader
from interpref_tui.forms import run_forms
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.services.runs.run_control import Control, StartCommand, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from interpref_tui.forms.form import CommandForm
    from interpref_tui.services.child_processes import ChildProcess

EVERY = 1.0  # seconds between looks
_SETTLES = 3  # looks after the end of a run in which the study is read again


class RunningScreen(StudyScreen):
    """A screen that follows runs. `looked` is called after each look."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, RunStatus] = {}
        self.known = run_forms.FormSuggestions()
        self._settling = 0

    @cached_property
    def watch_runs(self) -> RunStatusReader:
        """Reads how runs are; asked in threads."""
        return RunStatusReader(self.study.places)

    # Textual calls the handlers of subclasses and these.

    def on_mount(self) -> None:
        self._look()
        self._find_known()
        self.set_interval(EVERY, self._look_again)

    def on_screen_resume(self) -> None:
        self._look()
        self._find_known()

    def _look_again(self) -> None:
        if self.is_current or isinstance(self.app.screen, FormScreen):
            self._look()

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self) -> None:
        found = {status.id: status for status in self.watch_runs.all()}
        if self.is_attached:
            self.app.call_from_thread(self._saw, found)

    @work(thread=True, exclusive=True, group="known", exit_on_error=False)
    def _find_known(self) -> None:
        found = run_forms.load_suggestions(self.study, self.interpref.settings, self.watch_runs.all())
        if self.is_attached:
            self.app.call_from_thread(setattr, self, "known", found)

    def _saw(self, found: dict[str, RunStatus]) -> None:
        changed = found != self.statuses
        # Also one that began and ended between two looks.
        ended = any(not one.is_running and one != self.statuses.get(name) for name, one in found.items())
        self.statuses = found
        for child in self.interpref.children_at_work.all:
            if child.code is not None and not child.exit_reported:
                child.exit_reported = True
                self.tell(f"{child.title}: {child.exit_message}")
                changed = ended = True
        # What a run wrote last may be settled a moment after it said its last word.
        self._settling = _SETTLES if ended else max(0, self._settling - 1)
        self.looked(changed=changed, ended=self._settling > 0)

    def looked(self, *, changed: bool, ended: bool) -> None:
        """How runs are has been read; `changed` when anything is otherwise than before, `ended` when a run has just ended."""

    @property
    def at_work(self) -> list[RunStatus]:
        """The runs that are going, in whatever process, the last begun first."""
        return [status for status in self.statuses.values() if status.is_running]

    @property
    def starting_children(self) -> list[ChildProcess]:
        """What was started here, is going and has not said yet how far it is."""
        told = {status.facts.get("pid") for status in self.at_work}
        return [one for one in self.interpref.children_at_work.all if one.code is None and one.process.pid not in told]

    # -- starting ----------------------------------------------------------------------------------------------------

    def start(self, arguments: list[str], folder: Path | None = None) -> None:
        """Start a command and say so."""
        try:
            child = self.interpref.children_at_work.start(arguments, folder)
        except OSError as error:
            self.tell(f"cannot be started: {error.strerror or error}")
            return
        self.tell(f"started: {child.title}")
        self._look()

    def form(self, asking: CommandForm) -> None:
        """A form that starts a command."""

        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                self.start(asking.command(values))

        self.app.push_screen(FormScreen.of(asking), answered)

    def ask_generate(self, values: Mapping[str, str]) -> None:
        self.form(run_forms.asking_generate(self.study.path, self.known, self.interpref.settings, values))

    def ask_judge(self, values: Mapping[str, str]) -> None:
        self.form(run_forms.asking_judge(self.study.path, self.known, self.interpref.settings, values))

    def ask_compare(self, values: Mapping[str, str]) -> None:
        self.form(run_forms.asking_compare(self.study.path, self.known, self.interpref.settings, values))

    # -- stopping and going on ---------------------------------------------------------------------------------------

    @property
    def control(self) -> Control:
        return Control(self.study, self.known, self.interpref.settings)

    def do(self, what: str | StartCommand | CommandForm) -> None:
        """Say it, start it, or ask for it."""
        if isinstance(what, str):
            self.tell(what)
        elif isinstance(what, StartCommand):
            self.start(what.arguments, what.folder)
        else:
            self.form(what)

    def stop_run(self, status: RunStatus | None) -> None:
        """Stop a run cleanly, whoever started it; a second time, at once."""
        self.tell(stop(self.study, self.interpref.children_at_work, status))

    def resume(self, row: Mapping[str, Any] | None, status: RunStatus | None) -> None:
        """Go on with a run: by the command of its last session, else by a form filled from what the study knows."""
        self._decide(partial(self.control.resume, row, status))

    def retry(self, row: Mapping[str, Any] | None, status: RunStatus | None, *, errors: int = 0) -> None:
        """Ask what failed again, and nothing else."""
        self._decide(partial(self.control.retry, row, status, errors=errors))

    @work(thread=True, exclusive=True, group="control", exit_on_error=False)
    def _decide(self, decision: Callable[[], str | StartCommand | CommandForm]) -> None:
        """What is to be done may depend on what the study knows."""
        found = decision()
        if self.is_attached:
            self.app.call_from_thread(self.do, found)
