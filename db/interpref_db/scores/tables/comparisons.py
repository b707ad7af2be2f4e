"""Tables of what comparisons say: who beats whom, the leaderboard, whether people agree."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from interpref_db.tables import DrillDown, Table, format_interval, format_percent

if TYPE_CHECKING:
    from interpref_core.metrics.ranking import Ranking, Scale
    from interpref_db.scores.leaderboard import ComparisonScores


def tables(found: ComparisonScores) -> tuple[Table, ...]:
    """Win rates, leaderboard, pass rate against coefficient, agreement."""
    return (
        win_table(found),
        leaderboard_table(found.ranking),
        scatter_table(found),
        agreement_table(found),
        judge_table(found),
    )


def win_table(found: ComparisonScores) -> Table:
    """The row's win rate against each column, in the order of the leaderboard."""
    models = [standing.model for standing in found.ranking.standings]
    order = [found.counts.models.index(model) for model in models]
    counts = found.counts.only(order)
    rates = counts.rates()
    met = counts.wins + counts.wins.T + counts.ties
    return Table(
        "win rates",
        "Win rates",
        ("win rate of", *(f"vs {n}" for n in range(1, len(models) + 1))),
        tuple(
            (f"{row + 1} {model}", *(format_percent(float(rate)) if rate == rate else "" for rate in rates[row]))
            for row, model in enumerate(models)
        ),
        tuple(
            (
                _of(model),
                *(_of(model, other) if met[row, column] else None for column, other in enumerate(models)),
            )
            for row, model in enumerate(models)
        ),
        ("Per cent, ties as half a win; people's comparisons, or judges' where no person has compared.",),
        frozenset({"win rate of"}),
    )


def _of(model: str, other: str | None = None) -> DrillDown:
    title = model if other is None else f"{model} and {other}"
    parameters = {"model": model, "other": other}
    return DrillDown("comparisons", f"comparisons of {title}", query="behind_model", parameters=parameters)


def leaderboard_table(ranking: Ranking) -> Table:
    """Best first. A model without a finite score has a dash and a note."""
    placed = any(one.place for one in ranking.standings)
    rows = [
        (
            str(one.rank),
            one.model,
            number(one.coefficient, ranking.scale),
            f"{number(one.low, ranking.scale)} to {number(one.high, ranking.scale)}",
            f"{one.rank_low}-{one.rank_high}",
            str(one.wins),
            str(one.losses),
            str(one.ties),
            str(one.n),
            *((one.place,) if placed else ()),
        )
        for one in ranking.standings
    ]
    return Table(
        "Bradley-Terry",
        "Bradley-Terry",
        (
            "rank",
            "model",
            "coefficient",
            "95 %",
            "ranks",
            "wins",
            "losses",
            "ties",
            "n",
            *(("note",) if placed else ()),
        ),
        tuple(rows),
        tuple((_of(one.model),) for one in ranking.standings),
        ranking.notices,
        frozenset({"model", "note"}),
    )


def number(value: float, scale: Scale) -> str:
    """A coefficient as it is written on its scale; a dash where there is none."""
    if value != value:
        return "-"
    return f"{value:.0f}" if scale == "elo" and isfinite(value) else f"{value:.3f}"


def scatter_table(found: ComparisonScores) -> Table:
    """Pass rate beside coefficient, with their correlation."""
    pearson = found.pearson
    notes: tuple[str, ...] = ()
    if pearson is not None:
        p = "no p for two models" if pearson.p is None else f"p = {pearson.p:.3g}"
        notes = (f"Pearson's r = {pearson.r:.3f}, {p}, {pearson.n} models.",)
    return Table(
        "pass rate and Bradley-Terry",
        "Pass rate against Bradley-Terry",
        ("model", "pass rate", "coefficient"),
        tuple((model, format_percent(rate), f"{score:.3f}") for model, rate, score in found.both),
        tuple(
            (DrillDown("judged", f"{model}: judged", {"model": model}), _model_drilldown(model), _of(model))
            for model, _, _ in found.both
        ),
        notes,
        frozenset({"model"}),
    )


def _model_drilldown(model: str) -> DrillDown:
    return DrillDown("judged", f"{model}: judged", {"model": model})


def agreement_table(found: ComparisonScores) -> Table:
    """Coefficients of agreement with intervals; what is undefined says why."""
    agreement = found.agreement
    named = (
        ()
        if agreement is None
        else (
            ("per cent", agreement.per_cent),
            ("Cohen's kappa", agreement.cohen),
            ("Fleiss' kappa", agreement.fleiss),
            ("Krippendorff's alpha", agreement.krippendorff),
            ("Gwet's AC1", agreement.gwet),
        )
    )
    return Table(
        "agreement",
        "Agreement of people",
        ("agreement", "value", "95 %", "items", "annotators"),
        tuple(
            (
                name,
                "-" if one.value is None else f"{one.value:.3f}",
                one.note or ("" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"),
                str(one.n_items),
                str(one.raters),
            )
            for name, one in named
        ),
        tuple((DrillDown("comparisons", "compared by two people or more", query="behind_common"),) for _ in named),
        words=frozenset({"agreement"}),
    )


def judge_table(found: ComparisonScores) -> Table:
    """Judges that compared runs: with themselves in the other order, and with people."""
    rows, behind = [], []
    for one in found.judges:
        kappa = one.kappa
        known = kappa is not None and kappa.value is not None
        rows.append(
            (
                one.judge,
                str(one.consistent.n),
                format_percent(one.consistent.rate),
                format_interval(one.consistent.low, one.consistent.high),
                str(one.agrees.n),
                format_percent(one.agrees.rate),
                format_interval(one.agrees.low, one.agrees.high),
                f"{kappa.value:.3f}" if kappa is not None and known else "-",
            )
        )
        behind.append(
            (
                DrillDown(
                    "comparisons", f"compared by {one.judge}", query="behind_judge", parameters={"judge": one.judge}
                ),
            )
        )
    return Table(
        "judges of pairs",
        "Judges that compared runs",
        ("judge", "items", "same in both orders", "95 %", "with people", "agrees", "95 % ", "kappa"),
        tuple(rows),
        tuple(behind),
        ("Where the two orders disagree it is a tie. People's comparisons are counted apart from judges'.",),
        frozenset({"judge"}),
    )
