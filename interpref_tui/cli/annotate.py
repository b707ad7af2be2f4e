"""The command that annotates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_core.annotation.labels import OPINION_MODES, QUEUE_ORDERS, TASKS
from interpref_tui.cli.open import plain_option
from interpref_tui.cli.options import examples, json_option, open_study, study_argument
from interpref_tui.text.output import say, write, write_json

if TYPE_CHECKING:
    from interpref_db.annotation.session import AnnotationSession
    from interpref_db.study.study import Study
    from interpref_tui.services.annotation import AnnotatorPreferences, AssignmentOptions
    from interpref_tui.settings.model import Settings


@click.command(
    "annotate",
    **examples("""
        interpref annotate my.duckdb --annotator anna --task compare --runs gpt-4o-np gpt-4o-wf
        interpref annotate my.duckdb --annotator ben --task match --run gpt-4o-wf --opinion never
        interpref annotate my.duckdb --annotator chen --overlap 2 --among anna,ben,chen
        interpref annotate my.duckdb --annotator dora --task compare --adjudicate
        interpref annotate my.duckdb --status --json
    """),
)
@study_argument
@click.option("--annotator", help="Your name: labels are kept under it. Your login name when not given.")
@click.option("--task", type=click.Choice(TASKS), default="compare", show_default=True, help="What is asked.")
@click.option("--runs", nargs=2, multiple=True, metavar="A B", help="Two runs to compare; again for more.")
@click.option(
    "--run", "more_runs", multiple=True, help="A run; again for more. All that have answers when none is named."
)
@click.option(
    "--order", type=click.Choice(QUEUE_ORDERS), default="random", show_default=True, help="Which entry comes next."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draws orders and sides; the same for everyone.")
@click.option("--overlap", type=click.IntRange(min=1), help="How many of the people in --among label each entry.")
@click.option("--among", help="The annotators of this assignment, with commas; needed for --overlap.")
@click.option(
    "--opinion",
    type=click.Choice(OPINION_MODES),
    default="after",
    show_default=True,
    help="When the AI opinion is seen.",
)
@click.option("--judge", help="Whose verdicts make the opinion; the judge that has seen most when not given.")
@click.option("--both-bad/--no-both-bad", default=True, show_default=True, help="Whether compare takes “both bad”.")
@click.option("--adjudicate", is_flag=True, help="Only what others disagree about; decides beside their labels.")
@click.option("--gold", help="The annotator whose labels count as right.")
@click.option("--gold-rate", type=click.FloatRange(0, 1, min_open=True), help="The share of gold entries in the queue.")
@click.option("--practice", is_flag=True, help="Say after each gold entry what was expected.")
@click.option("--confirm", is_flag=True, help="Space confirms each answer.")
@click.option("--no-advance", is_flag=True, help="Stay on the entry after an answer.")
@click.option(
    "--guidelines", type=click.Path(path_type=Path, dir_okay=False), help="A Markdown file, shown by the key g."
)
@plain_option
@click.option("--status", is_flag=True, help="No labelling: say how far everybody is and how they agree.")
@json_option
def annotate_command(study: Path, *, status: bool, as_json: bool, **options: Any) -> int:
    """Label entries of STUDY with the keyboard, one key each; every label is on the disk before the next entry comes.

    Leaving and coming back with the same options goes on with the next undecided entry. Works without network or model.
    """
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    wanted = _assignment_options(options)
    if status:
        with open_study(study) as opened_study:
            return _say_status(opened_study, wanted, as_json=as_json)
    if as_json:
        raise click.UsageError("--json goes with --status; labels are made on the screen")
    from interpref_tui.cli.open import need_terminal, plain_wanted
    from interpref_tui.diagnostics.memory import keep_together
    from interpref_tui.services.annotation import AnnotatorPreferences, start_session, whoami

    plain = options["plain"] or plain_wanted()
    if not plain:
        need_terminal()
    keep_together()
    name = options["annotator"] or settings.annotator or whoami()
    manner = AnnotatorPreferences(
        confirm=options["confirm"] or settings.annotate.confirm,
        advance=not options["no_advance"] and settings.annotate.advance,
        practice=options["practice"],
    )
    with open_study(study) as opened_study, start_session(opened_study, name, wanted) as session:
        _say_where(session)
        code = _annotate(opened_study, session, manner, settings, plain=plain)
    _say_where(session)
    for notice in session.take_notices():
        say(f"interpref: {notice}")
    return code


def _annotate(
    study: Study, session: AnnotationSession, manner: AnnotatorPreferences, settings: Settings, *, plain: bool
) -> int:
    """Show the session, as lines or on the screen, until its user leaves."""
    if plain:
        from interpref_tui.line_mode.shell import Shell
        from interpref_tui.line_mode.views.annotate import AnnotateView

        return Shell(study, settings).run(lambda shell: AnnotateView(shell, session, manner))
    from interpref_tui.app.app import run_app

    def screen() -> Any:
        from interpref_tui.screens.annotation.annotate import AnnotateScreen

        return AnnotateScreen(session, manner)

    return run_app(study, settings, start=screen)


def _assignment_options(options: dict[str, Any]) -> AssignmentOptions:
    from interpref_tui.services.annotation import AssignmentOptions

    runs = tuple(dict.fromkeys([name for pair in options["runs"] for name in pair] + list(options["more_runs"])))
    among = tuple(name.strip() for name in (options["among"] or "").split(",") if name.strip())
    names = (
        "task",
        "order",
        "seed",
        "overlap",
        "opinion",
        "judge",
        "both_bad",
        "adjudicate",
        "gold",
        "gold_rate",
        "guidelines",
    )
    return AssignmentOptions(runs=runs, among=among, **{name: options[name] for name in names})


def _say_where(session: AnnotationSession) -> None:
    """Say where the labels are when they cannot stand beside the study, and how they come home."""
    study = session.study
    if session.journal.parent != study.places.labels:
        say(
            f"{study.path.parent} cannot be written: your labels are in {session.journal}, where nobody else sees them; "
            f"whoever may write the study brings them in with: interpref import {study.path} {session.journal}"
        )


def _say_status(study: Study, wanted: AssignmentOptions, *, as_json: bool) -> int:
    """Progress and quality, for people or as one JSON document."""
    from interpref_db.annotation.entries import entries_of
    from interpref_db.annotation.quality import quality
    from interpref_tui.services.annotation import make_assignment

    assignment = make_assignment(study, wanted)
    report = quality(study, wanted.task, assignment.runs, judge=wanted.judge, gold=wanted.gold)
    report["total"] = len(entries_of(study, assignment))
    if as_json:
        write_json(report)
        return 0
    from rich.console import Console

    from interpref_tui.presenters.agreement_report import pace_table, report_text
    from interpref_tui.text.output import plain

    write(f"{report['entries']} of {report['total']} entries labelled")
    console = Console(no_color=plain(), highlight=False, soft_wrap=True)
    console.print(report_text(report))
    console.print(pace_table(report, blind=False))
    return 0
