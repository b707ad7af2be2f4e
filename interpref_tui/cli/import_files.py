"""`import`: files into a study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interpref_tui.cli.errors import PARTLY, CliError
from interpref_tui.cli.options import examples, json_option, open_study, study_argument
from interpref_tui.text.output import sanitize, say, write, write_json

if TYPE_CHECKING:
    from interpref_db.importers import ImportReport


@click.command(
    "import",
    **examples("""
        interpref import my.duckdb conversations.json
        interpref import my.duckdb published/  # every file in the folder, in the right order
        interpref import my.duckdb chats.jsonl --confidential
    """),
)
@study_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_name", help="The format, if the content does not tell (it nearly always does).")
@click.option("--run", help="The run that an evaluation log judges, if its quotes do not tell.")
@click.option("--source", help="A name to keep with the histories instead of the format's.")
@click.option("--confidential", is_flag=True, help="Mark the histories: never to a remote model, never in an export.")
@json_option
def import_command(
    study: Path,
    files: tuple[Path, ...],
    format_name: str | None,
    run: str | None,
    source: str | None,
    confidential: bool,
    as_json: bool,
) -> int:
    """Import FILES (or folders; - is standard input) into STUDY, which is made when missing.

    The format is told by the content. A bad record is refused with its line and reason, kept in FILE.rejected.jsonl, and
    the rest goes in. Importing the same file again changes nothing.
    """
    from interpref_db.importers import import_files
    from interpref_db.input_streams import is_stream

    if not as_json and any(str(path) == "-" for path in files) and sys.stdin.isatty():
        say("reading what you type, up to Ctrl-D")
    gone = [path for path in files if not (path.exists() or is_stream(path) or set("*?[") & set(str(path)))]
    if len(gone) == len(files):  # no study is made of nothing
        raise CliError(f"there is no such file: {', '.join(map(str, gone))}")
    with open_study(study, create=True) as opened_study:
        report = import_files(
            opened_study,
            files,
            format=format_name,
            run=run,
            source=source,
            confidential=confidential,
            began=lambda path, name: None if as_json else say(f"{path.name}: {name}"),
        )
    if as_json:
        write_json(report.to_json())
    _say_import(report, as_json=as_json)
    if not report.rejected and opened_study.set_aside:
        return PARTLY
    if not report.rejected:
        if not sum(report.counts.values()) and not report.unchanged and not as_json:
            raise CliError(f"there is nothing to import in {', '.join(map(str, files))}")
        return 0
    went_in = sum(report.counts.values()) + report.unchanged
    return PARTLY if went_in else 1


def _say_import(report: ImportReport, *, as_json: bool) -> None:
    for notice in report.notices:
        say(notice)
    for one in report.rejected[:20]:
        where = f"{one.file}, line {one.line}" if one.line else one.file
        say(f"refused: {where}: {f'{one.field}: ' if one.field else ''}{one.reason}")
    if report.rejected.number > 20:
        say(f"refused: {report.rejected.number - 20} more")
    if not as_json:
        counted = [f"{n} {name}" for name, n in report.counts.items() if n]
        if report.unchanged:
            counted.append(f"{report.unchanged} unchanged")
        if report.rejected:
            counted.append(f"{report.rejected.number} refused")
        if counted:
            write(sanitize(", ".join(counted)))
