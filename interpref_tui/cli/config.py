"""`config`: where the configuration is and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.options import examples, json_option
from interpref_tui.text.output import sanitize, write, write_json

if TYPE_CHECKING:
    from interpref_tui.settings.model import Settings


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
        write(sanitize(f"{name}: {value}"))
    write("")
    for name, value in said.items():
        write(sanitize(f"{name} = {json.dumps(value, ensure_ascii=False)}"))
    return 0


def _print_keys(settings: Settings) -> int:
    """The key map as TOML; what is wrong with the configured one on standard error."""
    from interpref_tui.keys import keymap

    found = keymap.load(settings)
    write(keymap.as_toml(found))
    for problem in found.problems:
        click.echo(sanitize(problem), err=True)
    return 0
