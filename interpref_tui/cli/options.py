"""Options that several commands share, and the study that they name."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interpref_db.exporters.output_file import Target
    from interpref_db.study.study import Study

_WIDTH = 76  # columns of an example

study_argument = click.argument("study", type=click.Path(path_type=Path))
output_path = click.Path(path_type=Path, dir_okay=False, readable=False, allow_dash=True)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else there.")


def examples(text: str) -> dict[str, Any]:
    """The closing part of a command's --help: command lines, each with what it does behind `  # ` where that is needed.

    In a terminal of 80 columns every line is whole, and can be copied to a shell.
    """
    lines = [piece for line in text.strip().splitlines() for piece in _wrap_example(line.strip())]
    return {"epilog": "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)}


def _wrap_example(line: str) -> list[str]:
    """An example in lines of the shell: what it does before it, broken before an option where it is too long."""
    command, _, does = line.partition("  # ")
    lines = [f"# {does}"] if does else []
    here = ""
    for part in re.split(r" (?=--?[a-z])", command.strip()):
        if here and len(here) + len(part) + 3 > _WIDTH:
            lines.append(f"{here} \\")
            here = f"    {part}"
        else:
            here = f"{here} {part}" if here else part
    return [*lines, here]


@contextmanager
def open_study(path: Path, *, create: bool = False) -> Iterator[Study]:
    """The study at a path, closed afterwards; notices about its journals go to stderr."""
    from interpref_db.study.study import Study
    from interpref_tui.text.output import say

    with Study.open(path, create=create) as study:
        for notice in study.notices():
            say(f"interpref: {notice}")
        yield study
        for notice in study.remarks:
            say(f"interpref: {notice}")


def speaker_for(target: Target, *, as_json: bool) -> Callable[[str], None]:
    """What says how it went: on stdout, or on stderr where stdout is what is written.

    Raises UsageError where two things want standard output, Trouble where it is closed.
    """
    from interpref_tui.cli.errors import CliError
    from interpref_tui.terminal.standard_streams import was_closed
    from interpref_tui.text.output import say, write

    if target.descriptor == 1 and was_closed():
        raise CliError("standard output is closed: nothing can be written there")
    if not target.on_stdout:
        return write
    if as_json:
        raise click.UsageError(f"--json and the output {target.path} both want standard output; leave one out")
    return say


def with_options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several option decorators as one, in the order given."""

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
