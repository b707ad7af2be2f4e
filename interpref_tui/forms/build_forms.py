"""The forms that run stages of construction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from interpref_core.construction.stages import WORDS
from interpref_tui.forms.form import CommandForm, Field
from interpref_tui.forms.option_fields import YES_NO

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.construction.stages import StageName
    from interpref_tui.settings.model import Settings

WITHOUT_MODEL: tuple[str, ...] = ("dedupe", "categorise", "items", "verify")

_FROM = "histories preferences clusters pairs queries conversations"
_UNTIL = "preferences clusters pairs queries conversations items"
_MODEL = "openai/NAME, llama_cpp/PATH.gguf, ..."
_URL = "for openai/: http://HOST:PORT/v1"
_NOTES = {
    "dedupe": "needs no model; the cluster browser corrects what comes out",
    "categorise": "rules need no model; what they do not know stays uncategorised",
    "verify": "a model (another one than wrote the conversations) is asked what they show; the rest needs none",
}


def asking_stage(study: Path, settings: Settings | None, stage: StageName) -> CommandForm:
    """The form of one stage."""
    note = "" if stage not in WITHOUT_MODEL else _NOTES.get(stage, "needs no model")
    fields = stage_fields(settings, stage)
    return CommandForm(f"{stage}: {WORDS[stage].does}", fields, partial(stage_command, study, stage), note)


def asking_stages(study: Path, settings: Settings | None, first: str) -> CommandForm:
    """The form of all stages from one step to another, from `first` where nothing else is said."""
    fields = [
        Field("from", "from", first, _FROM, tuple(_FROM.split())),
        Field("until", "until", "queries", _UNTIL, tuple(_UNTIL.split())),
        Field("model", "model", (settings.model if settings else "") or "", "openai/NAME, ..."),
        Field("base_url", "base URL", "", _URL),
        Field("limit", "at most", "", "all, of each stage"),
    ]
    note = "people choose the queries: until queries, then annotate"
    return CommandForm("Build, stage by stage", fields, partial(stages_command, study), note)


def stage_fields(settings: Settings | None, stage: StageName) -> list[Field]:
    """What a stage is asked with."""
    model = (settings.model if settings else "") or ""
    asked = [
        Field("model", "model", model, _MODEL),
        Field("base_url", "base URL", "", _URL),
        Field("limit", "at most", "", "all"),
    ]
    again = Field("again", "from new", "no", "yes begins another generation, which replaces this one", YES_NO)
    own: dict[str, list[Field]] = {
        "dedupe": [
            Field("threshold", "threshold", "", "0 to 1; as before, or 0.5"),
            Field("embed", "embeddings", "", "none: by words; or openai/NAME, llama_cpp/PATH.gguf"),
            Field("base_url", "base URL", "", _URL),
        ],
        "categorise": [Field("categories", "by", "rules", "rules or model", ("rules", "model")), *asked[:2]],
        "items": [
            Field("position", "position", "random", "of the preference", ("first", "middle", "last", "random")),
            Field("conversations", "conversations", "5", "in a row, of different categories"),
            Field("seed", "seed", "0", ""),
        ],
        "verify": [
            asked[0],
            asked[1],
            Field("match", "found again by", "words", "words or model", ("words", "model")),
            Field("test_share", "test share", "", "0.2 parts the items for training and test"),
            Field("limit", "at most", "", "all conversations"),
        ],
    }
    return [*own.get(stage, asked), again]


def stage_command(study: Path, stage: StageName, values: dict[str, str]) -> list[str]:
    """The command of one stage. Raises ValueError where a value is none."""
    if stage not in WITHOUT_MODEL and not values["model"]:
        raise ValueError("model: it is needed")
    if values["again"].casefold() not in ("", "yes", "y", "no", "n"):
        raise ValueError("from new: yes or no")
    again = values["again"].casefold() in ("yes", "y")
    rest = {name: value for name, value in values.items() if name != "again"}
    return ["build", str(study), "--again" if again else "--only", stage, *options_of(rest)]


def stages_command(study: Path, values: dict[str, str]) -> list[str]:
    """The command of all stages. Raises ValueError as above."""
    from interpref_core.construction.stages import FROM, UNTIL, span

    for name, among, hint in (("from", FROM, _FROM), ("until", UNTIL, _UNTIL)):
        if values[name] not in among:
            raise ValueError(f"{name}: one of {hint}")
    span(FROM[values["from"]], UNTIL[values["until"]])
    return ["build", str(study), *options_of(values)]


def options_of(values: dict[str, str]) -> list[str]:
    """The fields of a form as options; numbers are checked."""
    labels = {"limit": "at most", "test_share": "test share", "base_url": "base URL"}
    found = []
    for name, value in values.items():
        if not value:
            continue
        label = labels.get(name, name)
        if name in ("limit", "conversations") and not (value.isascii() and value.isdigit() and int(value) > 0):
            raise ValueError(f"{label}: a whole number from 1 on")
        if name in ("threshold", "test_share") and not _is_share(value):
            raise ValueError(f"{label}: a number from 0 to 1")
        if name == "base_url" and not value.startswith(("http://", "https://")):
            raise ValueError(f"{label}: an address such as http://127.0.0.1:8000/v1")
        found += [f"--{name.replace('_', '-')}", value]
    return found


def _is_share(value: str) -> bool:
    try:
        return 0 <= float(value) <= 1
    except ValueError:
        return False
