"""The form that writes files: the same options as the command has, and the command that they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.system.user_files import expand_home
from interpref_db.exporters import FORMATS, WHAT
from interpref_db.exporters.training import TRAINING, TrainingSelection
from interpref_tui.forms.option_fields import OptionField, require_fields, to_argv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.study.study import Study
    from interpref_tui.forms.form import Field

_ENDINGS = {"report": "html"}  # by what is exported; everything else begins as JSON lines
OPTIONS = (
    OptionField("what", "what", known=WHAT, all_there_are=True),
    OptionField("path", "file", "the file to write; its ending tells the format", called="output"),
    OptionField("format", "format", "by the file's name", known=FORMATS, all_there_are=True),
    OptionField("run", "run", "sft, dpo: whose responses; else all workflow runs"),
    OptionField("passed", "passed", "sft, dpo: yes takes only items that pass", "flag"),
    OptionField("judge", "judge", "sft, dpo: who decides what passes; else all"),
    OptionField("split", "split", "sft, dpo: only this part", known=("train", "test"), all_there_are=True),
    OptionField("models", "models", "comparisons: only of these two, models or runs", "many"),
    OptionField("include_confidential", "confidential", "no; yes writes those histories too, this once", "flag"),
)
_OF_TRAINING = ("run", "passed", "judge", "split")


def export_fields(what: str = "verdicts") -> list[Field]:
    """What an export asks."""
    at_first = {"what": what, "path": default_path(what)}
    return [option.field(at_first.get(option.name, "")) for option in OPTIONS]


def default_path(what: str) -> str:
    """The file that is offered for what is exported."""
    return f"{what}.{_ENDINGS.get(what, 'jsonl')}"


def export_command(study: str, values: Mapping[str, str]) -> list[str]:
    """The command that the fields are. Raises ValueError, which begins with the label of the field that is wrong."""
    from interpref_db.exporters.export import validate_request
    from interpref_db.exporters.file_endings import check_ending, format_of
    from interpref_db.exporters.output_file import ExportError

    require_fields(OPTIONS, values, "what", "path")
    words = to_argv(OPTIONS[1:], {**values, "models": ""})
    OPTIONS[0].words(values["what"])
    models = _models(values)
    what = values["what"]
    for option in OPTIONS:
        if option.name in _OF_TRAINING and what not in TRAINING and option.words(values[option.name]):
            raise ValueError(f"{option.label}: is for sft and dpo")
    try:
        chosen = values["format"] or format_of(Path(values["path"]), what)
        validate_request(what, chosen, models)
    except ExportError as error:
        raise ValueError(str(error)) from None
    try:
        check_ending(Path(values["path"]), what, chosen, explicit=bool(values["format"]))
    except ExportError as error:
        raise ValueError(f"file: {error}") from None
    return ["export", study, what, *words, *(["--models", *models] if models else [])]


def _arguments_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The fields as arguments of the export."""
    yes = {option.name: bool(option.words(values[option.name])) for option in OPTIONS if option.kind == "flag"}
    chosen = TrainingSelection(
        run=values["run"] or None,
        passed=yes["passed"],
        judge=values["judge"] or None,
        part=values["split"] or None,  # type: ignore[arg-type]  # checked to be train or test
    )
    return {
        "format": values["format"] or None,
        "models": _models(values),
        "include_confidential": yes["include_confidential"],
        "chosen_responses": chosen if values["what"] in TRAINING else None,
    }


def _models(values: Mapping[str, str]) -> tuple[str, str] | None:
    option = next(option for option in OPTIONS if option.name == "models")
    found = option.several(values["models"])
    if len(found) not in (0, 2):
        raise ValueError("models: two of them, with a space between")
    return (found[0], found[1]) if found else None


def write_export(study: Study, values: Mapping[str, str]) -> tuple[str, Path]:
    """Write what was asked for: what came of it as a line, and the folder of it. Raises ExportError, StudyError or ValueError."""
    from interpref_db.exporters import export

    export_command(str(study.path), values)
    report = export(study, values["what"], expand_home(values["path"]), streams=False, **_arguments_of(values))
    why = ", ".join(f"{n} {reason}" for reason, n in report.left_out_why.items())
    left = f"; left out: {why}" if why else ""
    said = f"{report.rows:,} {report.what} written to {report.path} ({report.format}){left}"
    return said, Path(report.path).absolute().parent
