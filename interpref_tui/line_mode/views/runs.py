"""Runs in lines: everything that models did or do; start it, watch it, stop it, go on with it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_db.lists import query
from interpref_db.lists.filter_language import format_filter
from interpref_tui.forms import run_forms
from interpref_tui.forms.form import CommandForm
from interpref_tui.line_mode.follow_run import follow_child, follow_run
from interpref_tui.line_mode.form_prompt import fill_command
from interpref_tui.line_mode.views.lists import ListPlace, short
from interpref_tui.line_mode.views.records import Part, SectionsView
from interpref_tui.presenters import run_summary
from interpref_tui.services.runs.request_rebuild import request_of
from interpref_tui.services.runs.resume_command import resume_command
from interpref_tui.services.runs.run_control import Control, StartCommand, errors_of, same_model_values, stop
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_db.study.run_status import RunStatus
    from interpref_tui.keys.keymap import KeyMap
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does, View
    from interpref_tui.services.child_processes import ChildProcess


class RunCommands:
    """Does to runs what a place asks for."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def known(self) -> run_forms.FormSuggestions:
        shell = self._shell
        return run_forms.load_suggestions(shell.study, shell.settings, shell.watch.all())

    @property
    def control(self) -> Control:
        return Control(self._shell.study, self.known, self._shell.settings)

    def status(self, identifier: str) -> RunStatus | None:
        """How a run is, or how its last session ended."""
        return next((one for one in self._shell.watch.all() if one.id == identifier), None)

    def do(self, what: str | StartCommand | CommandForm) -> None:
        """Say it, start it, or ask for it and start that; then watch."""
        if isinstance(what, CommandForm):
            arguments = fill_command(self._shell.lines, what)
            if arguments is None:
                return
            what = StartCommand(arguments)
        if isinstance(what, str):
            self._shell.lines.say(what)
            return
        child = self._shell.children.start(what.arguments, what.folder)
        self._shell.lines.say(f"started: {child.title}")
        follow_child(self._shell, child)

    def generate(self, values: Mapping[str, str]) -> None:
        self.do(run_forms.asking_generate(self._shell.study.path, self.known, self._shell.settings, values))

    def judge(self, run: str) -> None:
        self.do(run_forms.asking_judge(self._shell.study.path, self.known, self._shell.settings, {"run": run}))

    def compare(self, run: str) -> None:
        self.do(run_forms.asking_compare(self._shell.study.path, self.known, self._shell.settings, {"run": run}))

    def stop(self, status: RunStatus | None) -> None:
        """Stop a run; where it is not going but one that was started here is, that one."""
        children = self._shell.children
        going = [child for child in children.all if child.code is None]
        if (status is None or not status.is_running) and going:
            children.stop(going[-1])
            self._shell.lines.say(f"stopping {going[-1].title}; what is done is safe")
            follow_child(self._shell, going[-1])
            return
        self._shell.lines.say(stop(self._shell.study, children, status))
        if status is not None and status.is_running:
            follow_run(self._shell, status.id)


class RunsPlace(ListPlace):
    """Runs, each followed by its judgings and comparisons."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "runs", "work", lambda shell, row, _: RunPlace(shell, row["key"]))
        self._runner = RunCommands(shell)

    def _row_text(self, row: dict[str, Any]) -> str:
        status = self._runner.status(row["id"])
        going = (
            f"{status.state}, {run_summary.progress_sentence(status)}"
            if status is not None and status.is_running
            else ""
        )
        errors = f", {row['errors']} failed" if row["errors"] else ""
        said = going or f"{row['done']} of {row['expected']}, {row['state']}{errors}"
        named = {"judge": f"{row['run']} judged by {row['judge']}"}
        named["compare"] = f"{row['run']} against {row['judge']}, by {row['model']}"
        named["generate"] = f"{row['name']}, {row['model']}, {row['paradigm']}"
        return f"{named.get(row['kind'], row['name'])}: {said}"

    def actions(self) -> Mapping[str, Does]:
        return {
            "runs.generate": lambda _: self._then(self._generate),
            "runs.judge": lambda _: self._then(lambda: self._runner.judge(self._run)),
            "runs.compare": lambda _: self._then(lambda: self._runner.compare(self._run)),
            "runs.stop": lambda _: self._then(lambda: self._runner.stop(self._status)),
            "runs.resume": lambda _: self._then(self._resume),
            "runs.retry": lambda _: self._then(self._retry),
            "runs.errors": lambda _: self._errors(),
            **super().actions(),
        }

    @property
    def _run(self) -> str:
        row = self.row
        return str(row["run"] or "") if row else ""

    @property
    def _status(self) -> RunStatus | None:
        row = self.row
        return self._runner.status(row["id"]) if row else None

    def _then(self, do: Any) -> None:
        """Do it, and say the list as it is then, unless a line waits that says what is wanted."""
        before = len(self.shell.children.all)
        do()
        if len(self.shell.children.all) == before:
            return
        self._be_at(self.shell.children.all[-1])
        if not self.lines.has_typed_ahead:
            self.on_enter()

    def _be_at(self, child: ChildProcess) -> None:
        """Be at the run that was started: the next key is about it."""
        started = [one for one in self.shell.watch.all() if one.facts.get("pid") == child.process.pid]
        key = f"{started[0].text('kind')}:{started[0].id}" if started else None
        with self.study.reading() as cursor:
            keys = query.keys(cursor, self._kind, self.asked)
        if key in keys:
            self.keys, self.cursor = keys, keys.index(key)

    def _generate(self) -> None:
        row = self.row
        like = row is not None and row["kind"] == "generate"
        self._runner.generate(same_model_values(row, self._status) if row is not None and like else {})

    def _resume(self) -> None:
        row = self.row
        failed = [child for child in self.shell.children.all if child.code]
        if row is None and failed:  # nothing of it is in the study yet: what was started here and failed
            self._runner.do(StartCommand(failed[-1].arguments, failed[-1].folder))
        else:
            self._runner.do(self._runner.control.resume(row, self._status))

    def _retry(self) -> None:
        row = self.row
        self._runner.do(self._runner.control.retry(row, self._status, errors=row["errors"] if row else 0))

    def _errors(self) -> None:
        row = self.row
        self.shell.open(ErrorsPlace(self.shell, errors_of(row["kind"], row["id"]) if row else query.ListQuery()))


class FactPrinter:
    """Says facts, a line each."""

    def __init__(self, place: View) -> None:
        self._place = place

    def add(self, name: str, value: str, style: str = "") -> None:  # noqa: ARG002 - there are no styles here
        if value:
            self._place.say(f"{name}: {value}")


class RunPlace(SectionsView):
    """One run, judging or comparing: what it is, how it goes, what failed of it, what was found, what to do next."""

    name = "run"
    down, up = "numbers.down", "numbers.up"

    def __init__(self, shell: Shell, key: str) -> None:
        super().__init__(shell)
        self._kind, _, self._id = key.partition(":")
        self._runner = RunCommands(shell)
        self._at = -1
        self._view = run_summary.RunSummary(self._kind, self._id)

    def on_enter(self) -> None:
        self._at = -1
        view = self._view = run_summary.read_view(self.study, self._kind, self._id)
        status = self._status
        row = view.row
        between = {"judge": "judged by", "compare": "against"}.get(self._kind)
        called = (
            f"{row['run']} {between} {row['judge']}" if row and between else str((row or {}).get("name") or self._id)
        )
        self.say(called)
        run_summary.write_run_facts(FactPrinter(self), view, status)
        state, share, count = run_summary.run_progress(view, status)
        self.say(f"{state}, {share:.0%}, {count}")
        if status is not None:
            run_summary.tell_session(FactPrinter(self), status)
            FactPrinter(self).add("latency", run_summary.latency_sentence(status))
        for number, part in enumerate(self.parts(), start=1):
            self.say(f"{number}: {part.title}")
        if status is not None and status.is_running:
            self.say("enter watches it")
        for action, does in run_summary.steps_of(view, status):
            self.say(f"{self.shell.key_of(action)}: {does}")

    @property
    def _status(self) -> RunStatus | None:
        return self._runner.status(self._id)

    def parts(self) -> Sequence[Part]:
        asked = errors_of(self._kind, self._id)
        found = []
        for one in self._view.errors:
            title = f"failed: {one['error']}, {one['n']} times: {short(one['message'])}"
            found.append(Part(title, opens=self._errors(query.ListQuery(where={**asked.where, "error": one["error"]}))))
        for one in self._view.judgings:
            judge, judged, rate, between = run_summary.judgings_text(one)
            passed = f"{rate} pass{f', {between}' if between else ''}"
            key = f"judge:{one['id']}"
            opens = None if self._kind == "judge" else self._judging(key)
            found.append(Part(f"judged by {judge}: {judged}, {passed}", passed, opens))
        return found

    def _errors(self, asked: query.ListQuery) -> Any:
        return lambda: ErrorsPlace(self.shell, asked)

    def _judging(self, key: str) -> Any:
        return lambda: RunPlace(self.shell, key)

    def on_enter_key(self) -> None:
        """Open the part where we are; at none, watch what goes on, or say everything again."""
        if 0 <= self._at < len(self.parts()):
            super().on_enter_key()
            return
        status = self._status
        if status is not None and status.is_running:
            follow_run(self.shell, self._id)
        if not self.lines.has_typed_ahead:
            self.on_enter()

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "run.stop": lambda _: self._runner.stop(self._status),
            "run.resume": lambda _: self._runner.do(self._runner.control.resume(self._row(), self._status)),
            "run.retry": lambda _: self._retry(),
            "run.judge": lambda _: self._runner.judge(self._run),
            "run.compare": lambda _: self._runner.compare(self._run),
            "run.errors": lambda _: self.shell.open(ErrorsPlace(self.shell, errors_of(self._kind, self._id))),
            "run.copy": lambda _: self._command(),
        }

    def help(self, keys: KeyMap) -> list[str]:
        return [line.replace("copy the command", "say the command") for line in super().help(keys)]

    @property
    def _run(self) -> str:
        return str((self._view.row or {}).get("run") or "")

    def _row(self) -> dict[str, Any] | None:
        """The row with the parameters that the run was asked with."""
        view = self._view
        return {**view.row, "parameters": view.facts.get("parameters")} if view.row else None

    def _retry(self) -> None:
        self._runner.do(self._runner.control.retry(self._row(), self._status, errors=self._view.failed))

    def _command(self) -> None:
        """Say the command: it is for a person who takes it from here."""
        status = self._status
        command = resume_command(status, self.study.path) if status else []
        self.say(shlex.join(["interpref", *command]) if command else "the command of this run is not known here")


class ErrorsPlace(ListPlace):
    """Calls that failed."""

    def __init__(self, shell: Shell, asked: query.ListQuery) -> None:
        super().__init__(shell, "failed calls", "errors", ErrorPlace, asked)
        self._runner = RunCommands(shell)

    def _row_text(self, row: dict[str, Any]) -> str:
        where = [f"{name} {row[name]}" for name in ("run", "item", "side", "order") if row.get(name)]
        return f"{', '.join(where)}: {row['error']}, {row['state']}: {short(row['message'])}"

    def actions(self) -> Mapping[str, Does]:
        return {
            "errors.all": lambda _: self._all(),
            "errors.retry": lambda _: self._retry(),
            **super().actions(),
        }

    def _query_text(self) -> str:
        asked = self.asked
        which = ["still failed" if asked.where.get("state") == "failed" else "whatever came of them"]
        which += [f"/{format_filter(asked.terms)}"] if asked.terms else []
        which += [str(asked.where["error"])] if asked.where.get("error") else []
        return f", {', '.join(which)}"

    def _all(self) -> None:
        """Between what is still failed and everything that ever was."""
        where = dict(self.asked.where)
        if where.pop("state", None) is None:
            where["state"] = "failed"
        self.ask(replace(self.asked, where=where), "which failed calls are shown")

    def _retry(self) -> None:
        row = self.row
        retry_one(self._runner, row)


def retry_one(runner: RunCommands, row: dict[str, Any] | None) -> None:
    """Ask the item of a failed call again, and nothing else."""
    status = runner.status(row["judging"] or row["run_id"]) if row else None
    runner.do(runner.control.try_one_again(row, status))


class ErrorPlace(SectionsView):
    """A failed call whole: what came back, what was asked."""

    name = "failed call"
    down, up = "sheet.down", "sheet.up"

    def __init__(self, shell: Shell, row: dict[str, Any], among: ListPlace) -> None:
        super().__init__(shell)
        self._among = among
        self._runner = RunCommands(shell)
        self._load(row)

    def _load(self, row: dict[str, Any]) -> None:
        self._row, self._at = row, 0
        status = self._runner.status(row["judging"] or "")
        self._request = request_of(self.study, self.shell.settings, row, status)

    def on_enter(self) -> None:
        for name in ("run", "judge", "item", "side", "order", "error", "status", "attempts", "time", "state"):
            if self._row.get(name) is not None:
                self.say(f"{name}: {self._row[name]}")
        self.say(f"{len(self.parts())} parts")

    def parts(self) -> Sequence[Part]:
        return [
            Part("the message", self._row["message"]),
            Part("what came back", self._row["answer"] or "nothing, or nothing that was kept"),
            *(Part(f"what was asked, {sanitize(name)}", content) for name, content in self._request),
        ]

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "error.retry": lambda _: retry_one(self._runner, self._row),
            "error.next": lambda _: self._step(1),
            "error.previous": lambda _: self._step(-1),
        }

    def _step(self, by: int) -> None:
        row = self._among.neighbour(by)
        if row is None:
            self.say("there is no further one")
            return
        self._load(row)
        self.on_enter()
