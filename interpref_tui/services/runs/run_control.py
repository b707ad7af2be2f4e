"""Stopping, going on and trying again: what is to be done with a run, in words, as a command or as a form to fill.

The screens and the line mode do what comes out, each in its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_db.lists import query as lists
from interpref_db.study.run_status import request_stop
from interpref_tui.forms.run_forms import asking_compare, asking_generate, asking_judge
from interpref_tui.services.runs.resume_command import fields_of, folder_of, resume_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from interpref_db.study.run_status import RunStatus
    from interpref_db.study.study import Study
    from interpref_tui.forms.form import CommandForm
    from interpref_tui.forms.run_forms import FormSuggestions
    from interpref_tui.services.child_processes import ChildProcess, ChildProcesses
    from interpref_tui.settings.model import Settings

GOES_ON = "Go on: the same model and parameters find the run again"
TRIES_AGAIN = "Try again: the same model and parameters find the run again"


@dataclass(frozen=True, slots=True)
class StartCommand:
    """A command to start, and where."""

    arguments: list[str]
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """Of one study. What can be done is said as a line, else it is a command to start or a form to fill."""

    study: Study
    known: FormSuggestions
    settings: Settings | None

    def resume(self, row: Mapping[str, Any] | None, status: RunStatus | None) -> str | StartCommand | CommandForm:
        """Go on with a run: by the command of its last session, else by a form filled from what the study knows."""
        if row is None and status is None:
            return "choose a run first"
        if status is not None and status.is_running:
            return "it is going already"
        if row is not None and row["state"] == "done":
            return "this run has nothing left to ask; choose one that is not finished"
        if status is not None and (command := resume_command(status, self.study.path)):
            return StartCommand(command, folder_of(status))
        return self._by_form(row, GOES_ON)

    def retry(
        self, row: Mapping[str, Any] | None, status: RunStatus | None, items: Sequence[str] = (), *, errors: int = 0
    ) -> str | StartCommand | CommandForm:
        """Ask failed items again, and nothing else: those named, or all that failed."""
        if status is not None and status.is_running:
            return "it is going already; what fails can be tried again when it has ended"
        if not items and not errors:
            return "nothing of this run has failed"
        if status is not None and (command := resume_command(status, self.study.path, items=items, failed=not items)):
            return StartCommand(command, folder_of(status))
        return self._by_form(row, TRIES_AGAIN)

    def try_one_again(
        self, row: Mapping[str, Any] | None, status: RunStatus | None
    ) -> str | StartCommand | CommandForm:
        """Ask the item of a failed call again, and nothing else."""
        if row is None:
            return "choose a failed call first"
        if row["state"] == "made good":
            return "it was made good: an answer came later"
        if status is None or not status.command:
            return f"the command is not known here; add to it: --item {row['item']}"
        return self.retry(None, status, [row["item"]])

    def _by_form(self, row: Mapping[str, Any] | None, title: str) -> str | CommandForm:
        if row is None:
            return "its command is not known here"
        query = {"generate": "run_facts", "judge": "judging_facts"}.get(row["kind"])
        facts = (self.study.row(query, id=row["id"]) if query else None) or {}
        asked = {name: facts.get(name) for name in ("parameters", "prompt", "strip_openings")}
        values = fields_of({**row, **asked}) | {
            "run": str(row["run"] or ""),
            "paradigm": str(row.get("paradigm") or ""),
        }
        about = (self.study.path, self.known, self.settings)
        if row["provider"] not in ("openai", "llama_cpp", "replay", "overlap"):
            return "nobody knows here how its model was asked: the answers were imported"
        if row["kind"] == "generate":
            return asking_generate(*about, values, title)
        return asking_judge(*about, values, title) if row["kind"] == "judge" else asking_compare(*about, values)


def stop(study: Study, children: ChildProcesses, status: RunStatus | None) -> str:
    """Stop a run cleanly, whoever started it; a second time, at once. What came of it, as a line."""
    if status is None or not status.is_running:
        return "this run is not going"
    child = child_of(children, status)
    try:
        if child is not None:
            children.stop(child)
        else:
            request_stop(study.places, status.id)
    except OSError as error:
        return f"it cannot be asked to stop: {error.strerror or error}"
    return f"stopping {status.text('title')}: what is under way may still come in; what is done is safe"


def errors_of(kind: str, identifier: str) -> lists.ListQuery:
    """The calls of a run, judging or comparing that failed and were not made good."""
    name = "run_id" if kind in ("generate", "build") else "judging"
    return lists.ListQuery(where={name: identifier, "state": "failed"})


def child_of(children: ChildProcesses, status: RunStatus) -> ChildProcess | None:
    """The child process that a status is of, if it was started here and is going."""
    return next((one for one in children.all if one.code is None and one.process.pid == status.facts.get("pid")), None)


def same_model_values(row: Mapping[str, Any], status: RunStatus | None) -> dict[str, str]:
    """The model and address of a row, for another run like it."""
    options = dict(zip(status.command, status.command[1:], strict=False)) if status else {}
    named = options.get("--model") or (f"openai/{row['model']}" if row["provider"] == "openai" else "")
    return {"model": named, "base_url": options.get("--base-url", "")} if named else {}
