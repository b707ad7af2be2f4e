"""`export`: write what a study holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.options import examples, json_option, open_study, output_path, speaker_for, study_argument
from interpref_tui.text.output import sanitize, say, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_db.exporters.training import TrainingSelection


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
    with open_study(study) as opened_study:
        report = export(
            opened_study,
            what,
            output,
            format=format_name,
            include_confidential=include_confidential,
            models=models or None,
            chosen_responses=_training_selection(what, training),
        )
    if report.left_out:
        say(f"left out: {', '.join(f'{n} {reason}' for reason, n in report.left_out_why.items())}")
    if any("confidential" in reason for reason in report.left_out_why):
        say("--include-confidential writes what is confidential, this once")
    if as_json:
        write_json(report.to_json())
    else:
        speaks(sanitize(f"{report.rows} {report.what} written to {report.path} ({report.format})"))
    return 0


def _training_selection(what: str, options: dict[str, Any]) -> TrainingSelection | None:
    """Which responses a training set is made of; the options for it are refused for anything else."""
    from interpref_db.exporters.training import TRAINING, TrainingSelection

    given = [name for name, value in options.items() if value]
    if what not in TRAINING:
        if given:
            raise click.UsageError(f"--{given[0]} is for sft and dpo")
        return None
    return TrainingSelection(
        run=options["run"], passed=options["passed"], judge=options["judge"], part=options["split"]
    )
