"""Studies as files: a copy that can be relied on, and what can be saved of one that is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from interpref_tui.cli.errors import PARTLY, CliError
from interpref_tui.cli.options import examples, json_option, study_argument
from interpref_tui.text.output import sanitize, say, write, write_json

if TYPE_CHECKING:
    from interpref_db.study.salvage import SalvageReport


@click.command(
    "copy",
    **examples("""
        interpref copy my.duckdb before-the-course.duckdb
        interpref copy my.duckdb backups/my.duckdb --json
    """),
)
@study_argument
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@json_option
def copy_command(study: Path, destination: Path, as_json: bool) -> int:
    """Copy STUDY to DEST, with its journal, as it is at one moment.

    Others may go on: who labels or runs is not held up, who imports waits for a moment. The copy is opened and read whole
    before it gets its name; it is readable by you alone. DEST must not be there yet.
    """
    from interpref_db.study.copying import copy_study

    if destination.is_dir():
        destination = destination / study.name
    report = copy_study(study, destination)
    for reason in report.left_out:
        say(f"interpref: left out: {reason}")
    if as_json:
        write_json(report.to_json())
    else:
        with_journals = f", with {report.lines} lines of {report.journals} journals" if report.journals else ""
        write(sanitize(f"{study} copied to {report.path} ({report.bytes} bytes{with_journals})"))
    return PARTLY if report.left_out else 0


def save_damaged(study: Path, what: str, output: Path, *, include_confidential: bool, as_json: bool) -> int:
    """What `export --salvage` does; the exit code. Raises Trouble where nothing can be read."""
    from interpref_db.study.salvage import salvage

    if what != "study":
        raise click.UsageError("--salvage writes all that can be read: interpref export STUDY study -o FILE --salvage")
    report = salvage(study, output, include_confidential=include_confidential)
    if report.exported is None or not report.exported.rows:
        raise CliError(f"nothing of {study} can be read; restore a copy")
    _tell_saved(report, as_json=as_json)
    return PARTLY if report.lost or report.notices or report.mended else 0


def _tell_saved(report: SalvageReport, *, as_json: bool) -> None:
    for notice in report.notices:
        say(f"interpref: {notice}")
    for name, count in report.lost.items():
        say(f"interpref: {count} {name} could not be read, {report.rows[name]} could")
    if report.mended:
        say(
            f"interpref: {report.mended} values were no texts or no JSON that can be read: bytes are written out, JSON is left out"
        )
    if as_json:
        write_json(report.to_json())
        return
    saved = ", ".join(f"{count} {name}" for name, count in report.rows.items() if count)
    write(sanitize(f"saved: {saved or 'only what the journals hold'}; written to {report.path}"))
