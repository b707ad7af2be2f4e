"""What the screens of runs share: how every run is, once a second, and starting, stopping, going on and trying again."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from textual import work

from interpref_db.live import Status, Watch, ask_to_stop
from interpref_tui.screens import starting
from interpref_tui.screens.base import StudyScreen
from interpref_tui.screens.form import FormScreen
from interpref_tui.work.again import again, fields_of, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from interpref_tui.children import Child
    from interpref_tui.screens.form import Field

EVERY = 1.0  # seconds between looks
_SETTLES = 3  # looks after the end of a run in which the study is read again


class RunningScreen(StudyScreen):
    """A screen that follows runs. `looked` is called after each look."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, Status] = {}
        self.known = starting.Known()
        self._settling = 0

    @cached_property
    def watch_runs(self) -> Watch:
        """Reads how runs are; asked in threads."""
        return Watch(self.study.places)

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
        found = starting.known_of(self.study, self.interpref.settings, self.watch_runs.all())
        if self.is_attached:
            self.app.call_from_thread(setattr, self, "known", found)

    def _saw(self, found: dict[str, Status]) -> None:
        changed = found != self.statuses
        # Also one that began and ended between two looks.
        ended = any(not one.at_work and one != self.statuses.get(name) for name, one in found.items())
        self.statuses = found
        for child in self.interpref.children_at_work.all:
            if child.code is not None and not child.told:
                child.told = True
                self.tell(f"{child.title}: {child.last_words}")
                changed = ended = True
        # What a run wrote last may be settled a moment after it said its last word.
        self._settling = _SETTLES if ended else max(0, self._settling - 1)
        self.looked(changed=changed, ended=self._settling > 0)

    def looked(self, *, changed: bool, ended: bool) -> None:
        """How runs are has been read; `changed` when anything is otherwise than before, `ended` when a run has just ended."""

    @property
    def at_work(self) -> list[Status]:
        """The runs that are going, in whatever process, the last begun first."""
        return [status for status in self.statuses.values() if status.at_work]

    def child_of(self, status: Status) -> Child | None:
        """The child process that a status is of, if it was started here and is going."""
        for child in self.interpref.children_at_work.all:
            if child.code is None and child.process.pid == status.facts.get("pid"):
                return child
        return None

    @property
    def starting_children(self) -> list[Child]:
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

    def form(
        self, title: str, fields: list[Field], command: Callable[[dict[str, str]], list[str]], note: str = ""
    ) -> None:
        """A form that starts a command."""

        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                self.start(command(values))

        self.app.push_screen(FormScreen(title, fields, command, note, starting.estimate), answered)

    def ask_generate(self, values: Mapping[str, str], title: str = "New run: answer both sides of the items") -> None:
        fields = starting.generating(self.known, values, self.interpref.settings)
        self.form(title, fields, partial(starting.generate_command, self.study.path))

    def ask_judge(self, values: Mapping[str, str], title: str = "Judge a run in four orders") -> None:
        fields = starting.judging(self.known, values, self.interpref.settings)
        command = partial(starting.judge_command, self.study.path, self.known)
        self.form(title, fields, command, "overlap judges without a model, at once")

    def ask_compare(self, values: Mapping[str, str]) -> None:
        fields = starting.comparing(self.known, values, self.interpref.settings)
        command = partial(starting.compare_command, self.study.path, self.known)
        self.form("Compare two runs, each item in both orders", fields, command)

    # -- stopping and going on ---------------------------------------------------------------------------------------

    def stop_run(self, status: Status | None) -> None:
        """Stop a run cleanly, whoever started it; a second time, at once."""
        if status is None or not status.at_work:
            self.tell("this run is not going; what goes on is marked ▶")
            return
        child = self.child_of(status)
        try:
            if child is not None:
                self.interpref.children_at_work.stop(child)
            else:
                ask_to_stop(self.study.places, status.id)
        except OSError as error:
            self.tell(f"it cannot be asked to stop: {error.strerror or error}")
            return
        self.tell(f"stopping {status.text('title')}: what is under way may still come in; what is done is safe")

    def go_on(self, row: Mapping[str, Any] | None, status: Status | None) -> None:
        """Go on with a run: by the command of its last session, else by a form filled from what the study knows."""
        if row is None and status is None:
            self.tell("choose a run first")
        elif status is not None and status.at_work:
            self.tell("it is going already")
        elif row is not None and row["state"] == "done":
            self.tell("this run has nothing left to ask; choose one that is not finished")
        elif status is not None and (command := again(status, self.study.path)):
            self.start(command, folder_of(status))
        elif row is not None:
            self._by_form(row, "Go on: the same model and parameters find the run again")

    def try_again(
        self, row: Mapping[str, Any] | None, status: Status | None, items: Sequence[str] = (), *, errors: int = 0
    ) -> None:
        """Ask failed items again, and nothing else: those named, or all that failed."""
        if status is not None and status.at_work:
            self.tell("it is going already; what fails can be tried again when it has ended")
        elif not items and not errors:
            self.tell("nothing of this run has failed")
        elif status is not None and (command := again(status, self.study.path, items=items, failed=not items)):
            self.start(command, folder_of(status))
        elif row is not None:
            self._by_form(row, "Try again: the same model and parameters find the run again")

    def _by_form(self, row: Mapping[str, Any], title: str) -> None:
        values = fields_of(row) | {"run": str(row["run"] or ""), "paradigm": str(row.get("paradigm") or "")}
        if row["provider"] not in ("openai", "llama_cpp", "replay", "overlap"):
            self.tell("nobody knows here how its model was asked: the answers were imported")
        elif row["kind"] == "generate":
            self.ask_generate(values, title)
        elif row["kind"] == "judge":
            self.ask_judge(values, title)
        else:
            self.ask_compare(values)
