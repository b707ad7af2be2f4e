"""`interpref score`: every number of a study, as tables or as one JSON document."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.errors import CliError
from interpref_tui.cli.options import examples, json_option, open_study, study_argument, with_options
from interpref_tui.text.output import sanitize, table, write, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.metrics.newton import Ties
    from interpref_core.metrics.ranking import Interval, RankingOptions, Scale
    from interpref_core.text.tokenizers import TokenizerName
    from interpref_db.study.study import Study
    from interpref_db.tables import Table


manner_options = with_options(
    click.option(
        "--ties",
        type=click.Choice(["half", "davidson", "drop"]),
        default="half",
        show_default=True,
        help="Bradley-Terry: ties as half wins (the paper), by Davidson's model, or left out.",
    ),
    click.option(
        "--scale",
        type=click.Choice(["paper", "zero", "elo"]),
        default="paper",
        show_default=True,
        help="Coefficients with mean 0.5 as the paper's Table 3, with mean 0, or Elo with mean 1000.",
    ),
    click.option(
        "--interval",
        type=click.Choice(["sandwich", "hessian", "bootstrap"]),
        default="sandwich",
        show_default=True,
        help="How the 95 % intervals are made.",
    ),
    click.option("--resamples", type=click.IntRange(min=10), default=1000, show_default=True, help="Of the bootstrap."),
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap."),
    click.option(
        "--prior", type=click.FloatRange(min=0), default=0.0, help="Precision of a prior that scores every model."
    ),
)


def ranking_options(
    *, ties: Ties, scale: Scale, interval: Interval, resamples: int, seed: int, prior: float
) -> RankingOptions:
    """How a leaderboard is to be made, from the options."""
    from interpref_core.metrics.ranking import RankingOptions

    return RankingOptions(ties, scale, interval, resamples, seed, prior)


@click.command(
    "score",
    **examples("""
        interpref score my.duckdb
        interpref score my.duckdb --only paired
        interpref score my.duckdb --ties davidson --scale elo
        interpref score my.duckdb --json
    """),
)
@study_argument
@click.option(
    "--run",
    "runs",
    multiple=True,
    help="Only this run (its identifier or name); may be given again, to see two side by side.",
)
@click.option("--judge", help="Only this judge.")
@manner_options
@click.option("--only", metavar="TABLE", help="Only this table, e.g. 'paired' (part of its name is enough).")
@click.option("--diversity", is_flag=True, help="Self-BLEU of the histories too (reads all their texts).")
@click.option(
    "--tokenizer",
    type=click.Choice(["words", "cl100k_base"]),
    default="words",
    show_default=True,
    help="Of --diversity; cl100k_base, the paper's, needs the extra `tokens`.",
)
@json_option
def score_command(
    study: Path,
    runs: tuple[str, ...],
    judge: str | None,
    only: str | None,
    diversity: bool,
    tokenizer: TokenizerName,
    as_json: bool,
    **manner: Any,
) -> int:
    """Every number of STUDY, each with its uncertainty: pass rates and what stands behind them, runs against each other,
    win rates, Bradley-Terry coefficients, whether people agree, and failures by category.

    Blind guessing passes 6.25 %. An unreadable verdict counts as not passed; the rate without such items is beside it.
    """
    from interpref_core.text.tokenizers import NoTokenizer
    from interpref_db.scores.scoreboard import add_diversity, scoreboard, tables

    with open_study(study) as opened_study:
        board = scoreboard(opened_study, run=runs or None, judge=judge, manner=ranking_options(**manner))
        if diversity:
            try:
                board = add_diversity(board, opened_study, tokenizer)
            except NoTokenizer as error:
                raise CliError(str(error)) from None
        found_runs = {name for one in board.scored for name in (one.run_id, one.run)}
        missing = next((name for name in runs if name not in found_runs), None)
        if missing or (judge and not board.scored):
            raise CliError(_not_judged(opened_study, missing, judge))
    if as_json:
        write_json(board.to_json())
        return 0
    found = [one for one in tables(board) if only is None or only.lower() in one.name.lower()]
    if only is not None and not found:
        raise CliError(
            f"there is no table {only!r}; there are {', '.join(one.name for one in tables(board)) or 'none yet'}"
        )
    if not board.scored and board.compared is None:
        write("nothing is judged yet; `interpref judge STUDY --run RUN --model overlap` judges without a model")
    write("\n\n".join(table_text(one if only else most_frequent_patterns(one)) for one in found))
    return 0


def _not_judged(study: Study, run: str | None, judge: str | None) -> str:
    """Why there are no numbers of a run and judge, in one line."""
    from interpref_core.text.suggestions import did_you_mean
    from interpref_db.scores.pass_rates import pass_rates

    runs = {row["name"] for row in study.rows("work_run_names")}
    scored = pass_rates(study)
    if run and run not in runs and run not in {one.run_id for one in scored}:
        return f"there is no run {run!r}; {did_you_mean(run, sorted(runs))}"
    if judge and judge not in {one.judge for one in scored}:
        return f"there is no judge {judge!r}; {did_you_mean(judge, sorted({one.judge for one in scored}))}"
    return "this run is not judged yet; `interpref judge STUDY --run RUN --model overlap` judges without a model"


_MOST = 13  # columns of a table that fit a terminal
_PATTERNS = 8  # of one run and judge, beside all the other tables


def most_frequent_patterns(one: Table) -> Table:
    """The table of patterns with the most frequent ones of each run: most of the 256 stand for an item or two."""
    if one.name != "patterns":
        return one
    shown: Counter[tuple[str, ...]] = Counter()
    rows = []
    for row in one.rows:
        shown[row[:2]] += 1
        if shown[row[:2]] <= _PATTERNS:
            rows.append(row)
    left = len(one.rows) - len(rows)
    if not left:
        return one
    note = f"({left} more patterns; --only patterns has them all)"
    return replace(one, rows=tuple(rows), behind=(), notes=(note, *one.notes))


def table_text(one: Table) -> str:
    """A table as text: title, rows, notes."""
    names = one.columns[:_MOST]
    rows = [dict(zip(one.columns, row, strict=True)) for row in one.rows]
    lines = [one.title.upper(), table(rows, names, right=frozenset(names) - one.words)]
    if len(one.columns) > len(names):
        lines.append(f"({len(one.columns) - len(names)} more columns; --json has them all)")
    return "\n".join([*lines, *map(sanitize, one.notes)])
