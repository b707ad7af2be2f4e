"""The forms: they have what their commands have, say what is wrong, and fit into the window."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from interpref_tui.app.app import InterprefApp
from interpref_tui.cli.annotate import annotate_command
from interpref_tui.cli.compare import compare_command
from interpref_tui.cli.export import export_command
from interpref_tui.cli.generate import generate_command
from interpref_tui.cli.import_files import import_command
from interpref_tui.cli.judge import judge_command
from interpref_tui.forms import export_form, import_form, run_forms
from interpref_tui.forms.option_fields import OptionField, to_argv
from interpref_tui.screens.annotation import assignments
from interpref_tui.services.runs.resume_command import fields_of
from interpref_tui.widgets.form import Fields, Form
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import click
    from textual.pilot import Pilot

    from interpref_db.study.study import Study

KNOWN = run_forms.FormSuggestions(runs=("one", "two"))
# What a form has in another way, or has no use for: the study is there, an estimate stands below, batches are files to carry.
ELSEWHERE = {"study", "dry_run", "as_json", "batch_out"}
ANNOTATING = {
    "adjudicate",
    "practice",
    "confirm",
    "no_advance",
    "plain",
    "status",
}  # keys of the screen, or the configuration


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    with small_study(tmp_path / "s.duckdb", small_records(4, text=HOSTILE, runs=("one", "two"))) as made:
        yield made


def options_of(command: click.Command) -> set[str]:
    return {part.name or "" for part in command.params} - ELSEWHERE


@pytest.mark.parametrize(
    ("command", "options", "otherwise"),
    [
        (generate_command, run_forms.generate_options(KNOWN), {"base_urls": "base_url", "items": "item"}),
        (
            judge_command,
            run_forms.judge_options(KNOWN),
            {"base_urls": "base_url", "items": "item", "run_name": "run"},
        ),
        (
            compare_command,
            run_forms.compare_options(KNOWN),
            {"base_urls": "base_url", "items": "item", "runs": "other"},
        ),
        (export_command, export_form.OPTIONS, {"output": "path", "format_name": "format"}),
        (import_command, import_form.OPTIONS, {"format_name": "format"}),
        (
            annotate_command,
            assignments.OPTIONS,
            {"both_bad": "no_both_bad", "more_runs": "runs"} | dict.fromkeys(ANNOTATING, "annotator"),
        ),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_a_form_has_every_option_of_its_command(
    command: click.Command, options: Sequence[OptionField], otherwise: dict[str, str]
) -> None:
    fields = {option.name for option in options}
    assert {otherwise.get(name, name) for name in options_of(command)} - {
        "salvage"
    } <= fields  # that is for what does not open
    values = {option.name: _something(option) for option in options}
    words = to_argv(
        [one for one in options if one.name not in ("what", "other", "models", "runs", "path", "files")], values
    )
    known = {name for part in command.params for name in (*part.opts, *part.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_no_hint_is_cut_off_in_the_narrowest_usual_window() -> None:
    every = [run_forms.generate_options(KNOWN), run_forms.judge_options(KNOWN), run_forms.compare_options(KNOWN)]
    hints = [
        option.hint
        for options in (*every, export_form.OPTIONS, import_form.OPTIONS, assignments.OPTIONS)
        for option in options
    ]
    assert [hint for hint in hints if len(hint) > 52] == []


def _something(option: OptionField) -> str:
    """A value that the option takes."""
    fits = {"whole": "3", "integer": "3", "number": "0.5", "share": "0.5", "flag": "yes", "addresses": "http://h/v1"}
    return fits.get(option.kind) or (option.known[0] if option.known else "x")


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, []),
        ({"verdict_by": "probabilities"}, ["--verdict-by", "probabilities"]),
        ({"item": "i1 'i 2'", "retry_failed": "yes"}, ["--item", "i1", "--item", "i 2", "--retry-failed"]),
        ({"base_url": "http://a/v1 http://b/v1"}, ["--base-url", "http://a/v1", "--base-url", "http://b/v1"]),
        ({"n_gpu_layers": "-1", "strip_openings": "no"}, ["--n-gpu-layers=-1"]),
    ],
)
def test_fields_become_the_words_of_the_command(tmp_path: Path, values: dict[str, str], wanted: list[str]) -> None:
    filled = {"run": "one", "model": "openai/m", **values}
    command = run_forms.judge_command(tmp_path / "s.duckdb", KNOWN, _all(run_forms.judge_options(KNOWN), filled))
    assert command[:6] == ["judge", str(tmp_path / "s.duckdb"), "--run", "one", "--model", "openai/m"]
    assert command[6:] == wanted


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"limit": "0"}, "items: a whole number from 1 on"),
        ({"limit": "٣"}, "items: a whole number"),
        ({"temperature": "hot"}, "temperature: a number"),
        ({"base_url": "localhost"}, "base URL: an address"),
        ({"item": "'open"}, "only items: a quotation mark"),
        ({"retry_failed": "perhaps"}, "only failed: yes or no"),
        ({"verdict_by": "feeling"}, "verdict by: one of text, probabilities"),
        ({"verdict_by": "probabilities", "repeat": "2"}, "repeat: "),
        ({"model": "overlap", "verdict_by": "probabilities"}, "verdict by: overlap"),
        ({"run": "three"}, "run: there is no run three"),
        ({"model": ""}, "judge: it is needed"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, values: dict[str, str], wrong: str) -> None:
    filled = {"run": "one", "model": "openai/m", **values}
    with pytest.raises(ValueError, match=wrong):
        run_forms.judge_command(tmp_path / "s.duckdb", KNOWN, _all(run_forms.judge_options(KNOWN), filled))


def _all(options: Sequence[OptionField], values: dict[str, str]) -> dict[str, str]:
    return {option.name: "" for option in options} | values


def test_a_form_is_filled_from_what_the_study_knows() -> None:
    row = {
        "kind": "judge", "provider": "openai", "model": "m", "strip_openings": True, "prompt": '{"name": "my-judge"}',
        "parameters": json.dumps({"temperature": 0.7, "max_tokens": 1, "seed": 3, "choice": {"name": "x"}}),
    }  # fmt: skip
    assert fields_of(row) == {
        "model": "openai/m", "temperature": "0.7", "seed": "3", "verdict_by": "probabilities", "prompt": "my-judge",
        "strip_openings": "yes",
    }  # fmt: skip


@pytest.mark.parametrize("height", [24, 12, 60])
async def test_a_form_scrolls_to_the_field_in_focus_and_says_how_many_are_out_of_sight(
    study: Study, height: int
) -> None:
    async with InterprefApp(study).run_test(size=(80, height)) as pilot:
        await settled(pilot)
        await press(pilot, "4", "n")
        form, fields = pilot.app.screen.query_one(Form), pilot.app.screen.query_one(Fields)
        assert form.region.bottom <= height
        for _ in range(len(fields.query(Input)) - 1):
            await pilot.press("down")
        await settled(pilot)
        focused = pilot.app.screen.focused
        assert focused is not None
        assert focused.id == "field-prompts"
        assert fields.region.contains_region(focused.region)
        more = "" if height == 60 else f"↑ {round(fields.scroll_y)} more"
        assert form.border_subtitle == more
        assert "model: it is needed" in shown(pilot)


async def fill(pilot: Pilot[int], **values: str) -> None:
    for name, value in values.items():
        pilot.app.screen.query_one(f"#field-{name}", Input).value = value
    await settled(pilot)


async def test_what_the_command_can_export_the_screen_can(study: Study, tmp_path: Path) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "9")
        await fill(pilot, what="sft")
        assert pilot.app.screen.query_one("#field-path", Input).value == "sft.jsonl"
        await fill(pilot, run="one", passed="yes", judge="judge")
        assert "sft --output sft.jsonl --run one --passed --judge judge" in _words(pilot)
        await press(pilot, "enter")
        assert "8 sft written to sft.jsonl (trl)" in shown(pilot)
        lines = (tmp_path / "sft.jsonl").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["run"] for line in lines} == {"one"}
        for wrong, said in (
            ({"split": "train"}, "the items are not split yet"),
            ({"what": "verdicts"}, "run: is for sft and dpo"),
            (
                {"what": "comparisons", "run": "", "passed": "", "judge": "", "split": "", "models": "one"},
                "two of them",
            ),
            ({"models": "one two"}, "--models is for the formats"),
            ({"what": "nonsense", "models": ""}, "what: one of histories"),
        ):
            await fill(pilot, **wrong)
            await press(pilot, "enter")
            assert said in _words(pilot), wrong
        assert not (tmp_path / "comparisons.jsonl").exists()


def _words(pilot: Pilot[int]) -> str:
    """What stands on the screen, without the breaks of lines."""
    return " ".join(shown(pilot).replace("│", " ").split())


async def test_an_assignment_shared_among_people_is_made_from_the_form(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "7", "n")
        await fill(pilot, annotator="ann", task="match", overlap="2", among="ann, ben, chen", no_both_bad="yes")
        words = shlex.split(_command(pilot))
        assert words[3:] == [
            "--annotator", "ann", "--task", "match", "--overlap", "2", "--among", "ann, ben, chen", "--no-both-bad",
        ]  # fmt: skip
        await fill(pilot, among="")
        assert "overlap: it needs" in shown(pilot)


def _command(pilot: Pilot[int]) -> Any:
    return str(pilot.app.screen.query_one(".command").render())


async def test_an_empty_study_takes_files_in_from_its_first_screen(tmp_path: Path) -> None:
    good, bad = tmp_path / "chats of mine.json", tmp_path / "bad.jsonl"
    chat = {"id": "c", "conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi [b]"}]}
    good.write_text(json.dumps([chat]), encoding="utf-8")
    history = {"type": "history", "id": "h", "turns": [{"role": "user", "content": "x"}]}
    bad.write_text(json.dumps(history) + '\n{"type": "history", "id": "g"}\n', encoding="utf-8")
    with small_study(tmp_path / "s.duckdb", iter(())) as study:
        async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
            await settled(pilot)
            assert "i  takes files in from here" in shown(pilot)
            await press(pilot, "i", *"gone.json")
            assert "files: there is no gone.json" in shown(pilot)
            pilot.app.screen.query(Input).first().value = f"{shlex.quote(str(good))} {bad}"
            await press(pilot, "enter")
            for _ in range(300):
                await pilot.pause(0.1)
                if "imported: 2 histories, 3 turns, 1 refused" in shown(pilot):
                    break
            else:
                pytest.fail(shown(pilot))
            await settled(pilot)
            assert "2 histories" in shown(pilot)
            assert isinstance(pilot.app, InterprefApp)
            assert "bad.jsonl, line 2" in pilot.app.said[-1].details
