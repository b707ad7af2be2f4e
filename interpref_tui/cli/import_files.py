"""Commands that bring files in and out, and make items of what came in: import, export, pair."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.main import PARTLY, Trouble
from interpref_tui.cli.options import examples, json_option, opened, output_path, speaker_for, study_argument
from interpref_tui.text.output import inert, say, write, write_json

if TYPE_CHECKING:
    from interpref_db.exporters.training import Chosen
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
        raise Trouble(f"there is no such file: {', '.join(map(str, gone))}")
    with opened(study, create=True) as opened_study:
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
            raise Trouble(f"there is nothing to import in {', '.join(map(str, files))}")
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
            write(inert(", ".join(counted)))


@click.command(
    "export",
    **examples("""
        interpref export my.duckdb verdicts -o verdicts.csv
        interpref export my.duckdb histories -o histories.parquet
        interpref export my.duckdb comparisons --format trl -o train.parquet
        interpref export my.duckdb sft -o train.jsonl --passed --split train
        interpref export my.duckdb dpo -o dpo.jsonl --format openai
        interpref export my.duckdb report -o report.html
        interpref export my.duckdb responses -o -  # to standard output
        interpref export my.duckdb study -o everything.jsonl  # native: importing it gives the same study back
    """),
)
@study_argument
@click.argument("what", metavar="WHAT")
@click.option("-o", "--output", required=True, type=output_path, help="The file to write; - is standard output.")
@click.option(
    "--format",
    "format_name",
    help="jsonl, json, csv, parquet or native; by the file's name when not given. For comparisons also arena, trl (dpo-vote), "
    "dpo-history, openai, kto, alpaca-eval, llm-comparator, argilla, label-studio.",
)
@click.option("--models", nargs=2, metavar="A B", help="Only comparisons of these two models (or runs).")
@click.option("--run", help="sft, dpo: the run whose responses are learnt from  [default: all workflow runs]")
@click.option("--passed", is_flag=True, help="sft, dpo: only items that pass by every judge (or by --judge).")
@click.option("--judge", help="sft, dpo: the judge that decides what passes.")
@click.option("--split", type=click.Choice(["train", "test"]), help="sft, dpo: only this part of the items.")
@click.option("--include-confidential", is_flag=True, help="Write confidential histories too, this once.")
@click.option("--salvage", is_flag=True, help="study: of a damaged study, write what can be read.")
@json_option
def export_command(
    study: Path,
    what: str,
    output: Path,
    format_name: str | None,
    models: tuple[str, str] | None,
    include_confidential: bool,
    salvage: bool,
    as_json: bool,
    **training: Any,
) -> int:
    """Write WHAT of STUDY to a file.

    WHAT is histories, preferences, pairs, items, runs, judgings, responses, verdicts, comparisons, scores, report (every
    number with what stands behind it, as Markdown or HTML), or study (all of it). sft and dpo are training sets: the
    histories and queries with a run's responses, without the prompt that they were asked with; for dpo a side's own response
    against the other side's. --format trl (the default) or openai.
    """
    from interpref_db.exporters import FORMATS, WHAT, export
    from interpref_db.exporters.output_file import find_target

    what = {"all": "study", "native": "study"}.get(what, what)
    if what not in WHAT:
        raise click.BadParameter(f"{what!r} is none of {', '.join(WHAT)}", param_hint="WHAT")
    if format_name is not None and format_name not in FORMATS:
        raise click.BadParameter(f"{format_name!r} is none of {', '.join(FORMATS)}", param_hint="--format")
    speaks = speaker_for(find_target(output, study=study), as_json=as_json)
    if salvage:
        from interpref_tui.cli.copy import save_damaged

        return save_damaged(study, what, output, include_confidential=include_confidential, as_json=as_json)
    with opened(study) as opened_study:
        report = export(
            opened_study,
            what,
            output,
            format=format_name,
            include_confidential=include_confidential,
            models=models or None,
            chosen_responses=_chosen(what, training),
        )
    if report.left_out:
        say(f"left out: {', '.join(f'{n} {reason}' for reason, n in report.left_out_why.items())}")
    if any("confidential" in reason for reason in report.left_out_why):
        say("--include-confidential writes what is confidential, this once")
    if as_json:
        write_json(report.to_json())
    else:
        speaks(inert(f"{report.rows} {report.what} written to {report.path} ({report.format})"))
    return 0


def _chosen(what: str, options: dict[str, Any]) -> Chosen | None:
    """Which responses a training set is made of; the options for it are refused for anything else."""
    from interpref_db.exporters.training import TRAINING, Chosen

    given = [name for name, value in options.items() if value]
    if what not in TRAINING:
        if given:
            raise click.UsageError(f"--{given[0]} is for sft and dpo")
        return None
    return Chosen(run=options["run"], passed=options["passed"], judge=options["judge"], part=options["split"])


@click.command(
    "pair",
    **examples("""
        interpref pair my.duckdb
        interpref pair my.duckdb --seed 7 --topic travel_hotel --limit 20
    """),
)
@study_argument
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same pairs.")
@click.option("--topic", help="Only this topic.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many pairs.")
@click.option("--with-history", is_flag=True, help="Only preferences that a history carries.")
@json_option
def pair_command(
    study: Path, seed: int, topic: str | None, limit: int | None, with_history: bool, as_json: bool
) -> int:
    """Pair the preferences of each topic, so that they become items. No model is asked.

    Preferences that are in a pair already are left alone, so pairing again changes nothing.
    """
    from interpref_db.construction.topic_pairing import pair_preferences

    with opened(study) as opened_study:
        report = pair_preferences(opened_study, seed=seed, topic=topic, limit=limit, with_history=with_history)
    if as_json:
        write_json(report.to_json())
        return 0
    if not report.pairs:
        if topic is not None and not report.unpaired:
            raise Trouble(f"no unpaired preference has the topic {topic!r}")
        write("nothing to pair")
        return 0
    write(f"{report.pairs} pairs, {report.items} items, {report.unpaired} preferences left over")
    if report.without_history:
        say(f"{report.without_history} items have no history on one side or both: they can only be asked with bare")
    return 0
