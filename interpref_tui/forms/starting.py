"""The forms that start runs: what they hold at first, what they offer, the command that they stand for."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from interpref_core.paradigms import PARADIGMS
from interpref_tui.charts import short
from interpref_tui.forms.fields import Asking, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from interpref_db.live import Status
    from interpref_db.study import Study
    from interpref_tui.config import Settings

_WHOLE = {"limit", "concurrency", "max_tokens", "repeat"}
_NUMBERS = {"temperature", "budget"}
_PATIENCE = 120.0  # seconds for an estimate
_MODELS = "openai/NAME, llama_cpp/PATH.gguf, ..."


@dataclass(frozen=True, slots=True)
class Known:
    """What the fields offer: models by their whole name, base URLs, names of runs."""

    models: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def known_of(study: Study, settings: Settings | None, statuses: Iterable[Status]) -> Known:
    """Models of the configuration, of earlier runs and of their sessions; addresses that sessions used; runs by name."""
    models = dict.fromkeys(settings.models if settings else ())
    urls: dict[str, None] = {}
    for status in statuses:
        options = dict(zip(status.command, status.command[1:], strict=False))
        models |= dict.fromkeys(value for name, value in options.items() if name == "--model")
        urls |= dict.fromkeys(value for name, value in options.items() if name == "--base-url")
    models |= dict.fromkeys(row["model"] for row in study.rows("known_models"))
    runs = tuple(row["name"] for row in study.rows("work_run_names"))
    return Known(tuple(models), tuple(urls), runs)


def asking_generate(
    study: Path, known: Known, settings: Settings | None, values: Mapping[str, str], title: str = ""
) -> Asking:
    """The form of a generation."""
    fields = generating(known, values, settings)
    command = partial(generate_command, study)
    return Asking(title or "New run: answer both sides of the items", fields, command, estimate=estimate)


def asking_judge(
    study: Path, known: Known, settings: Settings | None, values: Mapping[str, str], title: str = ""
) -> Asking:
    """The form of a judging."""
    fields = judging(known, values, settings)
    command = partial(judge_command, study, known)
    note = "overlap judges without a model, at once"
    return Asking(title or "Judge a run in four orders", fields, command, note, estimate)


def asking_compare(study: Path, known: Known, settings: Settings | None, values: Mapping[str, str]) -> Asking:
    """The form of a comparing."""
    fields = comparing(known, values, settings)
    command = partial(compare_command, study, known)
    return Asking("Compare two runs, each item in both orders", fields, command, estimate=estimate)


def generating(known: Known, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a generation."""
    model = values.get("model") or (settings.model if settings else "") or ""
    return [
        Field("model", "model", model, _MODELS, known.models),
        Field("paradigm", "paradigm", values.get("paradigm", "td"), "", tuple(PARADIGMS)),
        *_common(known, values),
        Field("name", "name", "", "made of model and paradigm; another name is another run"),
    ]


def judging(known: Known, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a judging."""
    model = values.get("model") or (settings.judge if settings else "") or "overlap"
    return [
        Field("run", "run", values.get("run", ""), "whose answers are judged", known.runs),
        Field("model", "judge", model, "overlap, " + _MODELS, ("overlap", *known.models)),
        *_common(known, values),
        Field("repeat", "repeat", "", "once; more often, with a seed each: does the judge agree with itself"),
        Field("strip_openings", "strip openings", "", 'no; yes leaves out "Considering that you ..."', ("no", "yes")),
    ]


def comparing(known: Known, values: Mapping[str, str], settings: Settings | None) -> list[Field]:
    """The fields of a comparing."""
    model = values.get("model") or (settings.judge if settings else "") or ""
    return [
        Field("run", "run", values.get("run", ""), "", known.runs),
        Field("other", "with run", values.get("other", ""), "", known.runs),
        Field("model", "judge", "" if model == "overlap" else model, _MODELS, known.models),
        *_common(known, values),
    ]


def _common(known: Known, values: Mapping[str, str]) -> list[Field]:
    return [
        Field("base_url", "base URL", values.get("base_url", ""), "for openai/: http://HOST:PORT/v1", known.urls),
        Field("limit", "items", "", "all"),
        Field("concurrency", "at once", "", "as configured"),
        Field("temperature", "temperature", values.get("temperature", ""), "as configured (0)"),
        Field("max_tokens", "longest answer", values.get("max_tokens", ""), "as configured (2048 tokens)"),
        Field("budget", "budget", "", "none; in the currency of the prices in the configuration"),
    ]


def generate_command(study: Path, values: Mapping[str, str]) -> list[str]:
    """The command of a generation. Raises ValueError, which begins with the label of the field that is wrong."""
    _needed(values, {"model": "model", "paradigm": "paradigm"})
    return ["generate", str(study), *_options(values)]


def judge_command(study: Path, known: Known, values: Mapping[str, str]) -> list[str]:
    """The command of a judging. Raises ValueError as above."""
    _needed(values, {"run": "run", "model": "judge"})
    _there(known, values["run"], "run")
    if values["model"] == "overlap" and values["repeat"] not in ("", "1"):
        raise ValueError("repeat: overlap always says the same")
    return ["judge", str(study), *_options(values)]


def compare_command(study: Path, known: Known, values: Mapping[str, str]) -> list[str]:
    """The command of a comparing. Raises ValueError as above."""
    _needed(values, {"run": "run", "other": "with run", "model": "judge"})
    for name, label in (("run", "run"), ("other", "with run")):
        _there(known, values[name], label)
    if values["run"] == values["other"]:
        raise ValueError("with run: it is the same run; compare takes two")
    rest = {name: value for name, value in values.items() if name not in ("run", "other")}
    return ["compare", str(study), "--runs", values["run"], values["other"], *_options(rest)]


def _needed(values: Mapping[str, str], labels: Mapping[str, str]) -> None:
    for name, label in labels.items():
        if not values[name]:
            raise ValueError(f"{label}: it is needed")


def _there(known: Known, run: str, label: str) -> None:
    if known.runs and run not in known.runs:
        raise ValueError(f"{label}: there is no run {run}")


def _options(values: Mapping[str, str]) -> list[str]:
    """The fields of a form as options; numbers are checked."""
    labels = {field.name: field.label for field in _common(Known(), {})} | {"repeat": "repeat"}
    found: list[str] = []
    for name, value in values.items():
        if not value:
            continue
        if name in _WHOLE and not (value.isascii() and value.isdigit() and int(value) > 0):
            raise ValueError(f"{labels[name]}: a whole number from 1 on")
        if name in _NUMBERS and not _is_number(value):
            raise ValueError(f"{labels[name]}: a number, e.g. 0.7")
        if name == "base_url" and not value.startswith(("http://", "https://")):
            raise ValueError("base URL: an address such as http://127.0.0.1:8000/v1")
        if name == "strip_openings":
            if value not in ("yes", "no"):
                raise ValueError("strip openings: yes or no")
            found += ["--strip-openings"] if value == "yes" else []
        else:
            found += [f"--{name.replace('_', '-')}", value]
    return found


def _is_number(text: str) -> bool:
    try:
        return 0 <= float(text) < 1e9
    except ValueError:
        return False


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
    known = f" ({short(total('done'))} known already)" if total("done") else ""
    prompt, answer = short(total("prompt_tokens")), short(total("completion_tokens"))
    return f"about {short(total('calls'))} calls{known}, {prompt} prompt and {answer} completion tokens, {cost}"
