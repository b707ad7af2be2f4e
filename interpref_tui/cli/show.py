"""`show`: one record, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from interpref_tui.cli.errors import CliError
from interpref_tui.cli.options import examples, json_option, open_study, study_argument
from interpref_tui.presenters.record_text import shown_record
from interpref_tui.text.output import write, write_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "show",
    **examples("""
        interpref show my.duckdb gpt-4o-td
        interpref show my.duckdb 400 --json
    """),
)
@study_argument
@click.argument("identifier", metavar="ID")
@json_option
def show_command(study: Path, identifier: str, as_json: bool) -> int:
    """Show one history, preference, pair, item, run, response, verdict or comparison of STUDY, whole."""
    from interpref_db.records.details import find

    with open_study(study) as opened_study:
        found = find(opened_study, identifier)
    if not found:
        raise CliError(f"nothing in {study} has the identifier {identifier!r}; `interpref list` shows what there is")
    if as_json:
        write_json(found[0] if len(found) == 1 else found)
        return 0
    for record in found:
        write(shown_record(record))
    return 0
