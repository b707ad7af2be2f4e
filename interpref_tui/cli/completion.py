"""`completion`: shell completion for bash, zsh or fish."""

from __future__ import annotations

import click

from interpref_tui.cli.options import examples
from interpref_tui.text.output import write


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
