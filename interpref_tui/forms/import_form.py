"""The form that takes files in: the same options as the command has, and the command that they are, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
