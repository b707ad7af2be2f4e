"""The form that takes files in: the same options as the command has, and the command that they are, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import IO, TYPE_CHECKING, Any

from interpref_core.system.user_files import expand_home
from interpref_tui.forms.form import Asking
from interpref_tui.forms.option_fields import Option, needed, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPTIONS = (
    Option("files", "files", "files or folders, with spaces between", "many"),
    Option("format", "format", "told by the content"),
    Option("run", "run", "evaluation logs: the run, if quotes do not tell"),
    Option("source", "source", "kept with the histories; else the format's name"),
    Option("confidential", "confidential", "no; yes: to no remote model, in no export", "flag"),
)


def asking_import(study: Path) -> Asking:
    """The form of an import."""
    note = "the format is told by the content; the same file again changes nothing"
    fields = [option.field() for option in OPTIONS]
    return Asking("Import into this study", fields, lambda values: import_command(study, values), note)


def import_command(study: Path, values: Mapping[str, str]) -> list[str]:
    """The command that the fields are. Raises ValueError, which begins with the label of the field that is wrong."""
    needed(OPTIONS, values, "files")
    paths = [expand_home(one) for one in OPTIONS[0].several(values["files"])]
    for path in paths:
        if not path.exists() and not set("*?[") & set(str(path)):
            raise ValueError(f"files: there is no {path}")
    names = [f"./{path}" if str(path).startswith("-") else str(path) for path in paths]
    return ["import", str(study), *names, *words_of(OPTIONS[1:], values)]


class Import:
    """An import that is going on. It outlives the screens: what it has begun is whole or not there at all."""

    def __init__(self, arguments: list[str]) -> None:
        """Start it. Raises OSError."""
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process is looked at
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "interpref_tui", *arguments, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=self._told,
            stderr=self._said,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def outcome(self) -> tuple[str, str]:
        """Once it has ended: one line, and what was said of each file, refusals with their places."""
        said = [line.removeprefix("interpref: ") for line in _text(self._said).splitlines() if line.strip()]
        try:
            report: dict[str, Any] = json.loads(_text(self._told))
        except ValueError:
            return (said[-1] if said else f"the import ended with code {self._process.returncode}"), "\n".join(said)
        parts = [f"{n:,} {name}" for name, n in report.items() if isinstance(n, int) and n]
        if report.get("rejected"):
            parts.append(f"{len(report['rejected']):,} refused")
        return f"imported: {', '.join(parts)}" if parts else "there was nothing to import", "\n".join(said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
