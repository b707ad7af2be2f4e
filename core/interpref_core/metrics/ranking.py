"""A leaderboard: Bradley-Terry scores with their uncertainty, and in words what the comparisons cannot tell.

Finite scores exist only among models that are connected by wins in both directions (Ford 1957). Scores are given for the
largest such group; what stands above or below it, or was never compared with it, is named so and has no number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interpref_core.metrics import bradley_terry as bt
from interpref_core.metrics import bt_intervals, davidson, newton
from interpref_core.metrics.model_fit import fit_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interpref_core.metrics.bt_intervals import Rows
    from interpref_core.metrics.win_matrix import WinCounts

    Floats = NDArray[np.float64]

Interval = Literal["sandwich", "hessian", "bootstrap"]
Scale = Literal["paper", "zero", "elo"]
Connectivity = Literal["", "undefeated", "winless", "above", "below", "apart"]

_Z = 1.959963984540054
ELO = 400 / math.log(10)
MEANS: dict[Scale, tuple[float, float]] = {"paper": (0.5, 1.0), "zero": (0.0, 1.0), "elo": (1000.0, ELO)}
_SHOWN = 6  # names in a notice
_UNBOUNDED = (
    "Davidson's model has no finite scores for these comparisons (no cycle of wins outweighs the ties in it): ties as half wins, "
    "or a prior, give some."
)


@dataclass(frozen=True, slots=True)
class ModelStanding:
    """One model's line. Without an anchor `coefficient`, `low` and `high` are infinite or NaN, and `place` says why."""

    model: str
    coefficient: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int
    n: int
    rank: int
    rank_low: int
    rank_high: int
    place: Connectivity = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Standings, best first, and how they were made. `loss` is that of Eq. 5 (or Davidson's) for the scored group."""

    standings: tuple[ModelStanding, ...]
    n: int
    converged: bool
    loss: float
    notices: tuple[str, ...]
    scale: Scale
    ties: newton.Ties
    interval: Interval
    regularisation: float
    nu: float | None
    components: tuple[
        tuple[str, ...], ...
    ] = ()  # groups that wins connect both ways, largest first; the first is scored

    def to_json(self) -> dict[str, Any]:
        """The document of `rank --json`; infinite and unknown numbers are null, `place` says which."""
        return {
            "models": [
                {
                    "model": s.model,
                    "coefficient": finite_or_none(s.coefficient),
                    "low": finite_or_none(s.low),
                    "high": finite_or_none(s.high),
                    "wins": s.wins,
                    "losses": s.losses,
                    "ties": s.ties,
                    "n": s.n,
                    "rank": s.rank,
                    "rank_low": s.rank_low,
                    "rank_high": s.rank_high,
                    "place": s.place,
                }
                for s in self.standings
            ],
            "n": self.n,
            "converged": self.converged,
            "loss": finite_or_none(self.loss),
            "scale": self.scale,
            "ties": self.ties,
            "interval": self.interval,
            "regularisation": self.regularisation,
            "nu": self.nu,
            "components": [list(names) for names in self.components],
            "notices": list(self.notices),
        }


def finite_or_none(value: float | None) -> float | None:
    """A number that JSON can hold, or None."""
    return value if value is not None and math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How a leaderboard is made. `regularisation` is the precision of a normal prior on each score, 0 for none."""

    ties: newton.Ties = "half"
    scale: Scale = "paper"
    interval: Interval = "sandwich"
    resamples: int = 1000
    seed: int = 0
    regularisation: float = 0.0


def rank(counts: WinCounts, manner: RankingOptions | None = None, *, rows: Rows | None = None) -> Ranking:
    """Standings from win counts; with `rows`, intervals take account of clusters (annotators or items)."""
    how = manner or RankingOptions()
    groups = strongly_connected_groups(counts, how.ties)
    placed, main, notices = _place_models(counts, groups, how)
    inner = counts.only(main)
    centre, unit = MEANS[how.scale]
    k = len(counts.models)
    middle = np.full(k, np.nan)
    error_low, error_high = np.full(k, np.nan), np.full(k, np.nan)
    found: newton.Fit | None = None
    if how.ties == "davidson" and not how.regularisation and not davidson.has_finite_maximum(inner):
        notices = [*notices, _UNBOUNDED]
    elif len(main) > 1 or (len(main) == 1 and k == 1):
        found = fit_model(inner, how.ties, regularisation=how.regularisation)
        low, high = _bounds(inner, found, how, _only_rows(rows, main, k))
        middle[main] = centre + unit * found.scores
        error_low[main], error_high[main] = centre + unit * low, centre + unit * high
        notices += _doubts(found)
    for number, place in enumerate(placed):
        if place in {"undefeated", "above"}:
            middle[number], error_low[number], error_high[number] = math.inf, math.nan, math.inf
        elif place in {"winless", "below"}:
            middle[number], error_low[number], error_high[number] = -math.inf, -math.inf, math.nan
    return Ranking(
        _standings(counts, middle, error_low, error_high, placed),
        round(counts.n),
        found.converged if found else False,
        found.loss if found else math.nan,
        tuple(notices),
        how.scale,
        how.ties,
        how.interval,
        how.regularisation,
        found.nu if found else None,
        tuple(tuple(counts.models[n] for n in group) for group in groups),
    )


def strongly_connected_groups(counts: WinCounts, ties: newton.Ties) -> list[list[int]]:
    """Groups of models joined by wins both ways (ties are half a win each way, unless dropped), largest first."""
    k = len(counts.models)
    won = bt.effective_wins(counts, ties) > 0
    if k and len(_reaching(won, [0])) == k - 1 == len(_reaching(won.T, [0])):
        # Everyone beats the first model by some chain, and is beaten by it: no need for a library that takes long to load.
        return [list(range(k))]
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    _, group = connected_components(csr_matrix(won), directed=True, connection="strong")
    played = counts.played
    members: dict[int, list[int]] = {}
    for number, label in enumerate(group):
        members.setdefault(int(label), []).append(number)
    return sorted(members.values(), key=lambda of: (-len(of), -float(played[of].sum()), of[0]))


def _place_models(
    counts: WinCounts, groups: list[list[int]], how: RankingOptions
) -> tuple[list[Connectivity], list[int], list[str]]:
    """Where each model stands to the scored group, that group, and what is to be said about the others."""
    k = len(counts.models)
    if len(groups) <= 1 or how.regularisation:
        notices = []
        if len(groups) > 1:
            notices.append(
                f"Wins do not connect all models both ways ({len(groups)} groups): the scores rest on a prior of "
                f"precision {how.regularisation:g}, not on comparisons alone."
            )
        return [""] * k, list(range(k)), notices
    main = groups[0] if len(groups[0]) > 1 else []
    wins = bt.effective_wins(counts, how.ties)
    above, below = _reaching(wins > 0, main), _reaching(wins.T > 0, main)
    places: list[Connectivity] = [""] * k
    for number in set(range(k)) - set(main):
        if not wins[:, number].any():
            places[number] = "undefeated" if wins[number].any() else "apart"
        elif not wins[number].any():
            places[number] = "winless"
        elif number in above:
            places[number] = "above"
        else:
            places[number] = "below" if number in below else "apart"
        # Undefeated among models that never met the scored group is not above that group.
        if main and number not in above and number not in below:
            places[number] = "apart"
    return places, sorted(main), _caveats(counts.models, places, main)


def _reaching(won: NDArray[np.bool_], goal: Sequence[int]) -> set[int]:
    """Models from which a chain of wins leads to the goal (the goal left out). `won` is k x k."""
    reached = np.zeros(len(won), np.bool_)
    fresh = list(goal)
    while fresh:
        reached[fresh] = True
        fresh = np.nonzero(won[:, fresh].any(axis=1) & ~reached)[0].tolist()
    return set(np.nonzero(reached)[0].tolist()) - set(goal)


def _caveats(models: Sequence[str], places: Sequence[Connectivity], main: Sequence[int]) -> list[str]:
    said = []
    reasons: dict[Connectivity, str] = {
        "undefeated": "never lost, so no finite score fits",
        "winless": "never won, so no finite score fits",
        "above": "never lost to a model of the scored group: above it by no finite gap",
        "below": "never won against a model of the scored group: below it by no finite gap",
        "apart": "not compared with the scored group, directly or through others",
    }
    for place, reason in reasons.items():
        named = [models[n] for n, other in enumerate(places) if other == place]
        if named:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            said.append(f"{', '.join(named[:_SHOWN])}{more}: {reason}.")
    if not main:
        said.append("No two models are connected by wins both ways, so there are no scores.")
    else:
        said.append(f"Scores are for the {len(main)} models that wins connect both ways. A prior scores all models.")
    return said


def _doubts(found: newton.Fit) -> list[str]:
    return [] if found.converged else [f"The fit had not converged after {found.steps} steps."]


def _only_rows(rows: Rows | None, main: Sequence[int], k: int) -> Rows | None:
    if rows is None or len(main) == k:
        return rows
    new = np.full(k, -1)
    new[list(main)] = np.arange(len(main))
    kept = rows.where((new[rows.a] >= 0) & (new[rows.b] >= 0))
    return bt_intervals.Rows(new[kept.a], new[kept.b], kept.outcome, kept.cluster)


def _bounds(counts: WinCounts, found: newton.Fit, how: RankingOptions, rows: Rows | None) -> tuple[Floats, Floats]:
    """95 % intervals of the scores of mean 0."""
    if len(found.scores) < 2:
        return found.scores, found.scores
    if how.interval == "bootstrap":
        if rows is not None:
            samples = bt_intervals.clustered_bootstrap(counts, rows, how.ties, resamples=how.resamples, seed=how.seed)
        else:
            samples = bt_intervals.bootstrap(counts, found, how.ties, resamples=how.resamples, seed=how.seed)
        low, high = np.quantile(samples, [0.025, 0.975], axis=0)
        return np.asarray(low), np.asarray(high)
    if how.interval == "hessian":
        errors = bt_intervals.hessian_errors(found)
    elif rows is not None and how.ties != "davidson":
        errors = bt_intervals.clustered_errors(found, rows, how.ties)
    else:
        errors = bt_intervals.sandwich_errors(counts, found, how.ties)
    if not errors.all():
        # Every comparison came out as fitted (all ties, say): no residuals is no evidence of no error.
        errors = bt_intervals.hessian_errors(found)
    return found.scores - _Z * errors, found.scores + _Z * errors


def _standings(
    counts: WinCounts, middle: Floats, low: Floats, high: Floats, placed: Sequence[Connectivity]
) -> tuple[ModelStanding, ...]:
    k = len(counts.models)
    wins, losses, ties = counts.wins.sum(axis=1), counts.wins.sum(axis=0), counts.ties.sum(axis=1)
    share = (wins + ties / 2) / np.maximum(1, wins + losses + ties)
    # Those apart come last; infinite ones are ordered by their share of wins.
    value = np.where(np.isnan(middle), -math.inf, middle)
    apart = np.array([place == "apart" or math.isnan(m) for place, m in zip(placed, middle, strict=True)], np.bool_)
    order = sorted(range(k), key=lambda n: (bool(apart[n]), -value[n], -share[n], counts.models[n]))
    bottom = np.where(np.isnan(low), middle, low)
    top = np.where(np.isnan(high), middle, high)
    known = ~apart
    lows, highs = np.sort(bottom[known]), np.sort(top[known])
    ranked = []
    for number, index in enumerate(order, 1):
        if apart[index]:
            best, worst = 1, k
        else:
            best = 1 + int(len(lows) - np.searchsorted(lows, top[index], side="right"))
            worst = k - int(apart.sum()) - int(np.searchsorted(highs, bottom[index], side="left"))
        ranked.append(
            ModelStanding(
                counts.models[index],
                float(middle[index]),
                float(low[index]),
                float(high[index]),
                round(float(wins[index])),
                round(float(losses[index])),
                round(float(ties[index])),
                round(float(wins[index] + losses[index] + ties[index])),
                number,
                min(best, number),
                max(worst, number),
                placed[index],
            )
        )
    return tuple(ranked)
