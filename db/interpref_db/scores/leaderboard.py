"""Scores of comparisons: who beats whom, Bradley-Terry, its correlation with pass rates, and whether people agree."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.metrics.agreement import Agreement
    from interpref_core.metrics.correlation import Correlation
    from interpref_core.metrics.ranking import Ranking, RankingOptions
    from interpref_core.metrics.rate_intervals import Rate
    from interpref_core.metrics.ratings import Coefficient
    from interpref_core.metrics.win_matrix import WinCounts
    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class JudgeOfPairs:
    """A judge that compared runs: how often both presentation orders said the same, and its agreement with people (each
    person's comparison of the same answers is one; `kappa` is Cohen's)."""

    judge: str
    consistent: Rate
    agrees: Rate
    kappa: Coefficient | None

    def to_json(self) -> dict[str, Any]:
        from interpref_db.scores.pass_rates import rate_json

        return {
            "judge": self.judge,
            "same_in_both_orders": rate_json(self.consistent),
            "agrees_with_people": rate_json(self.agrees),
            "kappa": self.kappa.to_json() if self.kappa else None,
        }


@dataclass(frozen=True, slots=True)
class ComparisonScores:
    """The scores of a study's comparisons. `agreement` is None where no two people compared the same."""

    counts: WinCounts
    ranking: Ranking
    pearson: Correlation | None
    agreement: Agreement | None
    both: tuple[tuple[str, float, float], ...] = ()  # model, pass rate, coefficient
    judges: tuple[JudgeOfPairs, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The keys win_rate, bradley_terry, pearson and agreement of `score --json`."""
        from interpref_core.metrics.ranking import finite_or_none

        ranked = self.ranking.to_json()
        models = [standing.model for standing in self.ranking.standings]
        order = [self.counts.models.index(model) for model in models]
        counts = self.counts.only(order)
        return {
            "win_rate": {
                "models": models,
                "matrix": [[finite_or_none(float(rate)) for rate in row] for row in counts.rates()],
                "counts": [[round(float(n)) for n in row] for row in counts.wins + counts.wins.T + counts.ties],
                "wins": [[round(float(n)) for n in row] for row in counts.wins],
                "ties": [[round(float(n)) for n in row] for row in counts.ties],
            },
            "bradley_terry": ranked["models"],
            "bradley_terry_fit": {key: value for key, value in ranked.items() if key != "models"},
            "pearson": self.pearson.to_json() if self.pearson else None,
            "agreement": self.agreement.to_json() if self.agreement else {},
            "judges_of_pairs": [one.to_json() for one in self.judges],
        }


def win_counts(study: Study) -> WinCounts:
    """Wins and ties of each pair of models, over everybody's current comparisons."""
    import numpy as np

    from interpref_core.metrics.win_matrix import TIE, A, B, WinCounts

    rows = study.rows("score_cells")
    models = sorted({name for row in rows for name in (row["model_a"], row["model_b"])})
    code = {name: n for n, name in enumerate(models)}
    outcome = {"a": A, "b": B}
    cells = np.zeros((len(models), len(models), 3))
    for row in rows:
        cells[code[row["model_a"]], code[row["model_b"]], outcome.get(row["winner"], TIE)] += row["n"]
    return WinCounts.from_cells(models, cells)


def comparison_scores(
    study: Study, scored: Sequence[RunScore] = (), manner: RankingOptions | None = None
) -> ComparisonScores | None:
    """The scores of the comparisons, or None where there are none. `scored` are pass rates to correlate with."""
    from interpref_core.metrics.correlation import pearson
    from interpref_core.metrics.ranking import rank

    counts = win_counts(study)
    if not counts.n:
        return None
    ranking = rank(counts, manner)
    both = _both(ranking, scored)
    correlated = pearson([rate for _, rate, _ in both], [score for _, _, score in both])
    return ComparisonScores(counts, ranking, correlated, annotator_agreement(study), both, judges_agree(study))


def _both(ranking: Ranking, scored: Sequence[RunScore]) -> tuple[tuple[str, float, float], ...]:
    """Pass rates (of a model the mean over its runs and judges, weighted by nothing) beside coefficients."""
    rates: dict[str, list[float]] = {}
    for one in scored:
        if one.numbers.passed.rate is not None:
            rates.setdefault(one.model, []).append(one.numbers.passed.rate)
    return tuple(
        (standing.model, fmean(rates[standing.model]), standing.coefficient)
        for standing in ranking.standings
        if standing.model in rates and isfinite(standing.coefficient)
    )


_SAID = ("first", "second", "tie")


def judges_agree(study: Study) -> tuple[JudgeOfPairs, ...]:
    """Every judge that compared runs, against itself in the other order and against people."""
    import numpy as np

    from interpref_core.metrics.agreement import cohen_of_table
    from interpref_core.metrics.rate_intervals import wilson_interval

    orders: dict[str, dict[str, bool]] = {}
    tables: dict[str, Any] = {}
    for row in study.rows("score_judges"):
        orders.setdefault(row["judge"], {})[row["entry"]] = bool(row["same_orders"])
        table = tables.setdefault(row["judge"], np.zeros((len(_SAID), len(_SAID))))
        if row["said"] is not None:
            table[_SAID.index(row["said"]), _SAID.index(row["judged"])] += 1
    return tuple(
        JudgeOfPairs(
            judge,
            wilson_interval(sum(same.values()), len(same)),
            wilson_interval(round(float(np.trace(tables[judge]))), round(float(tables[judge].sum()))),
            cohen_of_table(tables[judge], resamples=1000) if tables[judge].sum() else None,
        )
        for judge, same in orders.items()
    )


def annotator_agreement(study: Study, *, resamples: int = 1000) -> Agreement | None:
    """Agreement over comparisons that two annotators or more made; None where there are none."""
    from interpref_core.metrics.agreement import agreement
    from interpref_core.metrics.ratings import Ratings

    rows = study.rows("score_ratings")
    if not rows:
        return None
    return agreement(Ratings.of((row["entry"], row["annotator"], row["winner"]) for row in rows), resamples=resamples)
