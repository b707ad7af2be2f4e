"""Commands about the program itself: doctor, config, completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.options import examples, json_option
from interpref_tui.text.output import inert, write, write_json

if TYPE_CHECKING:
    from interpref_tui.settings.model import Settings


@click.command(
    "doctor",
    **examples("""
        interpref doctor
        interpref doctor my.duckdb  # and what surrounds this study
        interpref doctor --model models/llama-3.1-8b.gguf
    """),
)
@click.argument("study", required=False, type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Load this GGUF model, too: what memory it takes, and how many of its layers are on the GPU.",
)
@click.option("--n-ctx", type=click.IntRange(min=1), help="With --model: context length in tokens.")
@click.option("--n-gpu-layers", type=int, help="With --model: layers on the GPU  [default: -1, all]")
@json_option
def doctor_command(
    study: Path | None, model: Path | None, n_ctx: int | None, n_gpu_layers: int | None, as_json: bool
) -> int:
    """Versions, GPU, terminal, configuration: what is there, what is missing, and how to get it.

    With STUDY also who may read it, whether it is a copy, what its journals hold, and whether locks work where it is.
    """
    from interpref_tui.diagnostics.doctor import examine, examine_model

    findings = examine()
    if study is not None:
        from interpref_tui.diagnostics.study_checks import examine_study

        findings += examine_study(study)
    if model is not None:
        asked = {"n_ctx": n_ctx, "n_gpu_layers": n_gpu_layers}
        findings += examine_model(model, {name: value for name, value in asked.items() if value is not None})
    if as_json:
        write_json({"checks": [one.to_json() for one in findings], "ok": all(one.ok for one in findings)})
    else:
        for one in findings:
            write(inert(f"{'ok   ' if one.ok else 'note ' if one.optional else 'WRONG'}  {one.name}: {one.found}"))
            if one.advice:
                write(inert(f"         {one.advice}"))
    return 0 if all(one.ok or one.optional for one in findings) else 1


@click.command(
    "config",
    **examples(
        "interpref config\ninterpref config --example > ~/.config/interpref/config.toml\ninterpref config --keys"
    ),
)
@click.option("--example", is_flag=True, help="Print a commented configuration to start from.")
@click.option(
    "--keys", is_flag=True, help="Print every action with the keys that it has now, as a [keys] table to change."
)
@json_option
def config_command(example: bool, keys: bool, as_json: bool) -> int:
    """Where the configuration is and what it says, with what the environment overrides. Keys of services are not in it."""
    from interpref_core.credentials import redact
    from interpref_tui.settings.model import load_settings, settings_folder_prompts
    from interpref_tui.settings.paths import config_file, data_folder, state_folder

    if example:
        from interpref_tui.settings.example import example_text

        write(example_text())
        return 0
    settings = load_settings()
    if keys:
        return _print_keys(settings)
    said: dict[str, Any] = redact(settings.model_dump(mode="json"))
    places = {
        "file": str(config_file()),
        "exists": config_file().is_file(),
        "prompts": str(settings_folder_prompts(settings)[0]),
        "data": str(data_folder()),
        "state": str(state_folder()),
    }
    if as_json:
        write_json({"places": places, "settings": said})
        return 0
    for name, value in places.items():
        write(inert(f"{name}: {value}"))
    write("")
    for name, value in said.items():
        write(inert(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
    return 0


def _print_keys(settings: Settings) -> int:
    """The key map as TOML; what is wrong with the configured one on standard error."""
    from interpref_tui.keys import keymap

    found = keymap.load(settings)
    write(keymap.as_toml(found))
    for problem in found.problems:
        click.echo(inert(problem), err=True)
    return 0


@click.command("completion", **examples('eval "$(interpref completion bash)"\ninterpref completion fish | source'))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> int:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    from interpref_tui.cli.main import cli

    found = get_completion_class(shell)
    if found is not None:
        write(found(cli, {}, "interpref", "_INTERPREF_COMPLETE").source())
    return 0
