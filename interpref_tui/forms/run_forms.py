"""The forms that start runs: what they hold at first, what they offer, the command that they stand for."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from interpref_core.paradigms import PARADIGMS
from interpref_tui.forms.form import CommandForm
from interpref_tui.forms.option_fields import OptionField, require_fields, to_argv
from interpref_tui.text.sparklines import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from interpref_db.study.run_status import RunStatus
    from interpref_db.study.study import Study
    from interpref_tui.forms.form import Field
    from interpref_tui.settings.model import Settings

_PATIENCE = 120.0  # seconds for an estimate
_MODELS = "openai/NAME, llama_cpp/PATH.gguf, ..."
_JUDGE_PROMPTS = ("judge", "judge-sections", "judge-choice")


@dataclass(frozen=True, slots=True)
class FormSuggestions:
    """What the fields offer: models by their whole name, base URLs, names of runs."""

    models: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def load_suggestions(study: Study, settings: Settings | None, statuses: Iterable[RunStatus]) -> FormSuggestions:
    """Models of the configuration, of earlier runs and of their sessions; addresses that sessions used; runs by name."""
    models = dict.fromkeys(settings.models if settings else ())
    urls: dict[str, None] = {}
    for status in statuses:
        options = dict(zip(status.command, status.command[1:], strict=False))
        models |= dict.fromkeys(value for name, value in options.items() if name == "--model")
        urls |= dict.fromkeys(value for name, value in options.items() if name == "--base-url")
    models |= dict.fromkeys(row["model"] for row in study.rows("known_models"))
    runs = tuple(row["name"] for row in study.rows("work_run_names"))
    return FormSuggestions(tuple(models), tuple(urls), runs)


def asking_generate(
    study: Path, known: FormSuggestions, settings: Settings | None, values: Mapping[str, str], title: str = ""
) -> CommandForm:
    """The form of a generation."""
    fields = generating(known, values, settings)
    command = partial(generate_command, study)
    return CommandForm(title or "New run: answer both sides of the items", fields, command, estimate=estimate)


def asking_judge(
    study: Path, known: FormSuggestions, settings: Settings | None, values: Mapping[str, str], title: str = ""
) -> CommandForm:
    """The form of a judging."""
    fields = judging(known, values, settings)
    command = partial(judge_command, study, known)
    note = "overlap judges without a model, at once"
    return CommandForm(title or "Judge a run in four orders", fields, command, note, estimate)


def asking_compare(
    study: Path, known: FormSuggestions, settings: Settings | None, values: Mapping[str, str]
) -> CommandForm:
    """The form of a comparing."""
    fields = comparing(known, values, settings)
    command = partial(compare_command, study, known)
    return CommandForm("Compare two runs, each item in both orders", fields, command, estimate=estimate)


def generate_options(known: FormSuggestions) -> list[OptionField]:
    """What `generate` takes, in the order of the form: what is changed most comes first."""
    return [
        OptionField("model", "model", _MODELS, known=known.models),
        OptionField("paradigm", "paradigm", "or one of your own", known=tuple(PARADIGMS)),
        *_often(known),
        OptionField("name", "name", "by model and paradigm; another one is another run"),
        *_which(),
        OptionField(
            "on_overflow",
            "too long",
            "llama_cpp: fail; or drop-oldest, exchanges go",
            known=("fail", "drop-oldest"),
            all_there_are=True,
        ),
        *_seldom(),
    ]


def judge_options(known: FormSuggestions) -> list[OptionField]:
    """What `judge` takes."""
    return [
        OptionField("run", "run", "whose answers are judged", known=known.runs),
        OptionField("model", "judge", "overlap, " + _MODELS, known=("overlap", *known.models)),
        *_often(known),
        OptionField(
            "verdict_by",
            "verdict by",
            "text; or probabilities: of one token, no reasoning",
            known=("text", "probabilities"),
            all_there_are=True,
        ),
        OptionField("repeat", "repeat", "once; more: does the judge agree with itself", "whole"),
        OptionField("strip_openings", "strip openings", 'no; yes leaves out "Considering that you ..."', "flag"),
        *_which(),
        OptionField("prompt", "prompt", "judge; judge-sections, judge-choice, or your own", known=_JUDGE_PROMPTS),
        *_seldom(),
    ]


def compare_options(known: FormSuggestions) -> list[OptionField]:
    """What `compare` takes."""
    return [
        OptionField("run", "run", "", known=known.runs, called="runs"),
        OptionField("other", "with run", "", known=known.runs),
        OptionField("model", "judge", _MODELS, known=known.models),
        *_often(known),
        *_which(),
        OptionField("prompt", "prompt", "compare, or your own"),
        *_seldom(),
    ]


def _often(known: FormSuggestions) -> list[OptionField]:
    return [
        OptionField("base_url", "base URL", "for openai/: http://HOST:PORT/v1, or several", "addresses", known.urls),
        OptionField("limit", "items", "all; or only the first so many", "whole"),
        OptionField("concurrency", "at once", "as configured (16)", "whole"),
        OptionField("temperature", "temperature", "as configured (0)", "number"),
        OptionField("max_tokens", "longest answer", "as configured (2048 tokens)", "whole"),
        OptionField("budget", "budget", "none; in the currency of the configured prices", "number"),
    ]


def _which() -> list[OptionField]:
    return [
        OptionField("item", "only items", "identifiers, with spaces between", "many"),
        OptionField("retry_failed", "only failed", "no; yes asks what failed before, nothing new", "flag"),
        OptionField("allow_confidential", "confidential", "no; yes sends them to a remote model, this once", "flag"),
    ]


def _seldom() -> list[OptionField]:
    return [
        OptionField("seed", "seed", "as configured; where the provider takes one", "integer"),
        OptionField("budget_tokens", "token budget", "none", "whole"),
        OptionField("timeout", "time limit", "as configured; seconds a call", "number"),
        OptionField("attempts", "attempts", "as configured; how often a call is tried", "whole"),
        OptionField("n_ctx", "context", "llama_cpp: tokens", "whole"),
        OptionField("n_gpu_layers", "GPU layers", "llama_cpp: all (-1)", "integer"),
        OptionField("api_key_env", "key variable", "OPENAI_API_KEY: where the key is"),
        OptionField("known_as", "known as", "the address before the server moved"),
        OptionField("prompts", "prompt folder", "your own prompts, beside the configured ones"),
    ]


def generating(known: FormSuggestions, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a generation."""
    model = values.get("model") or (settings.model if settings else "") or ""
    return _fields(generate_options(known), {"paradigm": "td", **_given_values(values), "model": model})


def judging(known: FormSuggestions, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a judging."""
    model = values.get("model") or (settings.judge if settings else "") or "overlap"
    return _fields(judge_options(known), {**_given_values(values), "model": model})


def comparing(known: FormSuggestions, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a comparing."""
    model = values.get("model") or (settings.judge if settings else "") or ""
    return _fields(compare_options(known), {**_given_values(values), "model": "" if model == "overlap" else model})


def _given_values(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _fields(options: Iterable[OptionField], values: Mapping[str, str]) -> list[Field]:
    return [option.field(values.get(option.name, "")) for option in options]


def generate_command(study: Path, values: Mapping[str, str]) -> list[str]:
    """The command of a generation. Raises ValueError, which begins with the label of the field that is wrong."""
    options = generate_options(FormSuggestions())
    require_fields(options, values, "model", "paradigm")
    return ["generate", str(study), *to_argv(options, values)]


def judge_command(study: Path, known: FormSuggestions, values: Mapping[str, str]) -> list[str]:
    """The command of a judging. Raises ValueError as above."""
    options = judge_options(FormSuggestions())
    require_fields(options, values, "run", "model")
    _there(known, values["run"], "run")
    repeats = values.get("repeat", "") not in ("", "1")
    if values["model"] == "overlap" and repeats:
        raise ValueError("repeat: overlap always says the same")
    if values.get("verdict_by") == "probabilities":
        if values["model"] == "overlap":
            raise ValueError("verdict by: overlap asks no model")
        if repeats:
            raise ValueError("repeat: the probabilities of a model are what they are, whatever the seed")
    return ["judge", str(study), *to_argv(options, values)]


def compare_command(study: Path, known: FormSuggestions, values: Mapping[str, str]) -> list[str]:
    """The command of a comparing. Raises ValueError as above."""
    options = compare_options(FormSuggestions())
    require_fields(options, values, "run", "other", "model")
    for name, label in (("run", "run"), ("other", "with run")):
        _there(known, values[name], label)
    if values["run"] == values["other"]:
        raise ValueError("with run: it is the same run; compare takes two")
    rest = to_argv((one for one in options if one.name not in ("run", "other")), values)
    return ["compare", str(study), "--runs", values["run"], values["other"], *rest]


def _there(known: FormSuggestions, run: str, label: str) -> None:
    if known.runs and run not in known.runs:
        raise ValueError(f"{label}: there is no run {run}")


def estimate(arguments: list[str]) -> str:
    """What a command would take, by asking it (in a process of its own, so that the screen stays quick).

    Raises ValueError with its own words when it cannot begin.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "interpref_tui", *arguments, "--dry-run", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "what it would take is not known: working it out takes too long"
    except OSError as error:
        raise ValueError(f"it cannot be started: {error.strerror or error}") from None
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if done.returncode:
        raise ValueError(said[-1].removeprefix("interpref: ") if said else f"it ends with code {done.returncode}")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return "\n".join([estimate_text(told), *said])


def estimate_text(told: list[dict[str, Any]]) -> str:
    """The estimates of one command (a judge that repeats gives several) as one line."""

    def total(name: str) -> float:
        return float(sum(one.get(name) or 0 for one in told))

    if not total("calls"):
        return "nothing to ask: all of it is known, or needs no model"
    costs = [one.get("cost") for one in told]
    cost = "cost unknown (no prices configured)" if None in costs else f"cost about {total('cost'):.4g}"
    known = f" ({format_count(total('done'))} known already)" if total("done") else ""
    prompt, answer = format_count(total("prompt_tokens")), format_count(total("completion_tokens"))
    return f"about {format_count(total('calls'))} calls{known}, {prompt} prompt and {answer} completion tokens, {cost}"
