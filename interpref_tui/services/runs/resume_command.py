"""The command that goes on with a run, or tries again what failed of it: from its last session, else from what the study holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.text.lenient_json import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_db.study.run_status import RunStatus

_WITH_VALUE = {"--item", "--limit", "--batch-out"}
_ALONE = {"--retry-failed"}
_PARAMETERS = {"temperature": "--temperature", "max_tokens": "--max-tokens", "seed": "--seed"}


def resume_command(status: RunStatus, study: Path, *, items: Sequence[str] = (), failed: bool = False) -> list[str]:
    """The command line of the last session, on the study as it is called here: all that is left, or what is named alone.

    Empty when that command line is not known.
    """
    if len(status.command) < 2:
        return []
    kept = _study_named(_without(status.command), status, study)
    chosen = [part for item in items for part in ("--item", item)]
    return [*kept, *chosen, *(["--retry-failed"] if failed else [])]


def folder_of(status: RunStatus) -> Path | None:
    """Where the last session was started, if it is still there: its command may name files from there."""
    folder = Path(status.text("folder"))
    return folder if status.text("folder") and folder.is_dir() else None


def _without(command: Sequence[str]) -> list[str]:
    """A command line without what narrowed it."""
    kept: list[str] = []
    skip = False
    for part in command:
        if skip:
            skip = False
        elif part in _WITH_VALUE:
            skip = True
        elif part not in _ALONE and not any(part.startswith(f"{name}=") for name in _WITH_VALUE):
            kept.append(part)
    return kept


def _study_named(command: list[str], status: RunStatus, study: Path) -> list[str]:
    """The command with the study's own path, wherever it was called from."""
    here = study.resolve()
    folder = Path(status.text("folder") or ".")
    for place, part in enumerate(command[1:], 1):
        if Path(part).name == study.name and (folder / part).resolve() == here:
            return [*command[:place], str(here), *command[place + 1 :]]
    # The study has moved since: it is the first argument that is none of an option.
    place = next((n for n, part in enumerate(command) if n and part.endswith(study.suffix or ".duckdb")), 1)
    return [*command[:place], str(here), *command[place + 1 :]]


def fields_of(row: Mapping[str, Any]) -> dict[str, str]:
    """What the study says of how a run or judging was asked, by the field of its form: the model, its parameters, and how."""
    provider, model = row.get("provider"), str(row.get("model") or "")
    parameters = read_object(row.get("parameters"))
    named = "/" in model or provider not in ("openai", "llama_cpp", "replay")
    found = {"model": model if named else f"{provider}/{model}"}
    for name in _PARAMETERS:
        if parameters.get(name) is not None:
            found[name] = f"{parameters[name]:g}" if isinstance(parameters[name], float) else str(parameters[name])
    if parameters.get("on_overflow"):
        found["on_overflow"] = str(parameters["on_overflow"])
    if parameters.get("choice"):
        found["verdict_by"] = "probabilities"
        found.pop("max_tokens", None)  # one, whatever is asked for
    prompt = read_object(row.get("prompt"))
    if row.get("kind") == "judge" and prompt.get("name") not in (None, "judge", "judge-choice"):
        found["prompt"] = str(prompt["name"])
    if row.get("strip_openings"):
        found["strip_openings"] = "yes"
    return found
