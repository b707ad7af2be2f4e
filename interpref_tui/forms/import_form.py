"""The form that takes files in: the same options as the command has, and the command that they are, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.system.user_files import expand_home
from interpref_tui.forms.form import CommandForm
from interpref_tui.forms.option_fields import OptionField, require_fields, to_argv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPTIONS = (
    OptionField("files", "files", "files or folders, with spaces between", "many"),
    OptionField("format", "format", "told by the content"),
    OptionField("run", "run", "evaluation logs: the run, if quotes do not tell"),
    OptionField("source", "source", "kept with the histories; else the format's name"),
    OptionField("confidential", "confidential", "no; yes: to no remote model, in no export", "flag"),
)


def asking_import(study: Path) -> CommandForm:
    """The form of an import."""
    note = "the format is told by the content; the same file again changes nothing"
    fields = [option.field() for option in OPTIONS]
    return CommandForm("Import into this study", fields, lambda values: import_command(study, values), note)


def import_command(study: Path, values: Mapping[str, str]) -> list[str]:
    """The command that the fields are. Raises ValueError, which begins with the label of the field that is wrong."""
    require_fields(OPTIONS, values, "files")
    paths = [expand_home(one) for one in OPTIONS[0].several(values["files"])]
    for path in paths:
        if not path.exists() and not set("*?[") & set(str(path)):
            raise ValueError(f"files: there is no {path}")
    names = [f"./{path}" if str(path).startswith("-") else str(path) for path in paths]
    return ["import", str(study), *names, *to_argv(OPTIONS[1:], values)]
