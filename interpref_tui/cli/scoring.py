"""`interpref score`: pass rates, who beats whom, Bradley-Terry, and whether people agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.options import examples, json_option, opened, study_argument, with_options
from interpref_tui.output import inert, say, table, write, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.metrics.agreement import Agreement
    from interpref_core.metrics.bradley_terry import Ties
    from interpref_core.metrics.ranking import Interval, Manner, Ranking, Scale
    from interpref_db.leaderboard import Compared
    from interpref_db.scores import Scored


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


def manner_of(*, ties: Ties, scale: Scale, interval: Interval, resamples: int, seed: int, prior: float) -> Manner:
    """How a leaderboard is to be made, from the options."""
    from interpref_core.metrics.ranking import Manner

    return Manner(ties, scale, interval, resamples, seed, prior)


@click.command(
    "score",
    **examples("""
        interpref score my.duckdb
        interpref score my.duckdb --ties davidson --scale elo
        interpref score my.duckdb --json
    """),
)
@study_argument
@click.option("--run", help="Only this run (its identifier or name).")
@click.option("--judge", help="Only this judge.")
@manner_options
@json_option
def score_command(
    study: Path,
    run: str | None,
    judge: str | None,
    as_json: bool,
    **manner: Any,
) -> int:
    """Pass rates of every judged run with their 95 % Wilson intervals, and what the verdicts' patterns say of the judge;
    then what the comparisons say: win rates, Bradley-Terry coefficients, and whether people agree.

    Blind guessing passes 6.25 %. An unreadable verdict counts as not passed; the rate without such items is beside it.
    """
    from interpref_db.leaderboard import compared
    from interpref_db.scores import pass_rates

    with opened(study) as opened_study:
        scored = [
            one
            for one in pass_rates(opened_study)
            if (run is None or run in (one.run_id, one.run)) and (judge is None or judge == one.judge)
        ]
        found = compared(opened_study, scored, manner_of(**manner))
    if as_json:
        empty: dict[str, Any] = {
            "win_rate": {"models": [], "matrix": [], "counts": []},
            "bradley_terry": [],
            "pearson": None,
            "agreement": None,
        }
        write_json({"pass_rate": [one.to_json() for one in scored], **(found.to_json() if found else empty)})
        return 0
    if scored:
        write(_score_table(scored))
    elif found is None:
        write("nothing is judged yet; `interpref judge STUDY --run RUN --model overlap` judges without a model")
    if found is not None:
        write(("\n" if scored else "") + _compared_text(found))
        for notice in found.ranking.notices:
            say(notice)
    return 0


def _score_table(scored: list[Scored]) -> str:
    rows = []
    for one in scored:
        numbers = one.numbers
        rows.append(
            {
                "run": one.run + (" (sample)" if one.sample else ""),
                "judge": one.judge,
                "judged": f"{numbers.passed.n}/{one.expected}",
                "passed": numbers.passed.count,
                "pass rate": _percent(numbers.passed.rate),
                "95 %": f"{_percent(numbers.passed.low)}-{_percent(numbers.passed.high)}" if numbers.passed.n else "",
                "orders 1-4": " ".join(_percent(rate.rate) for rate in numbers.per_order),
                "left": _percent(numbers.left.rate),
                "unreadable": numbers.unreadable,
                "patterns": " ".join(f"{name}:{n}" for name, n in list(numbers.patterns.items())[:6]),
            }
        )
    right = frozenset({"judged", "passed", "pass rate", "95 %", "orders 1-4", "left", "unreadable"})
    return table(rows, rows[0].keys(), right=right)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _compared_text(found: Compared) -> str:
    blocks = [leaderboard_table(found.ranking), _win_table(found)]
    if found.pearson is not None:
        p = "" if found.pearson.p is None else f", p = {found.pearson.p:.3g}"
        blocks.append(f"pass rate against coefficient: r = {found.pearson.r:.3f}{p} ({found.pearson.n} models)")
    if found.agreement is not None:
        blocks.append(_agreement_table(found.agreement))
    return "\n\n".join(blocks)


def leaderboard_table(ranking: Ranking) -> str:
    """The leaderboard as text, best first."""
    rows: list[dict[str, Any]] = [
        {
            "rank": one.rank,
            "model": inert(one.model),
            "coefficient": _number(one.coefficient, ranking.scale),
            "95 %": f"{_number(one.low, ranking.scale)} to {_number(one.high, ranking.scale)}",
            "ranks": f"{one.rank_low}-{one.rank_high}",
            "wins": one.wins,
            "losses": one.losses,
            "ties": one.ties,
            "n": one.n,
            "note": one.place,
        }
        for one in ranking.standings
    ]
    names = [name for name in rows[0] if name != "note" or any(row["note"] for row in rows)]
    return table(rows, names, right=frozenset(names) - {"model", "note"})


def _number(value: float, scale: Scale) -> str:
    if value != value:
        return "-"
    return f"{value:.0f}" if scale == "elo" else f"{value:.3f}"


_MOST = 12  # models in a win table; more do not fit a terminal


def _win_table(found: Compared) -> str:
    document = found.to_json()["win_rate"]
    models: list[str] = document["models"][:_MOST]
    rows: list[dict[str, Any]] = [
        {"win rate of": inert(model)}
        | {f"vs {n}": _percent(document["matrix"][row][n - 1]) for n in range(1, len(models) + 1)}
        for row, model in enumerate(models)
    ]
    more = len(document["models"]) - len(models)
    text = table(rows, rows[0].keys(), right=frozenset(rows[0]) - {"win rate of"})
    return text + (f"\n({more} more models; --json has them all)" if more else "")


def _agreement_table(found: Agreement) -> str:
    named = (
        ("per cent", found.per_cent),
        ("Cohen's kappa", found.cohen),
        ("Fleiss' kappa", found.fleiss),
        ("Krippendorff's alpha", found.krippendorff),
        ("Gwet's AC1", found.gwet),
    )
    rows = [
        {
            "agreement": name,
            "value": "-" if one.value is None else f"{one.value:.3f}",
            "95 %": one.note or ("" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"),
            "items": one.n_items,
            "annotators": one.raters,
        }
        for name, one in named
    ]
    return table(rows, rows[0].keys(), right=frozenset({"value", "items", "annotators"}))
