"""Scores of comparisons against the paper, other people's implementations and a general optimiser."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interpref_core.metrics import bradley_terry as bt
from interpref_core.metrics import bt_intervals, newton, ranking
from interpref_core.metrics.correlation import pearson
from interpref_core.metrics.model_fit import fit_model
from interpref_core.metrics.win_matrix import WinCounts

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PAPER = np.array([[0, 0.51, 0.65, 0.75], [0.48, 0, 0.58, 0.77], [0.34, 0.41, 0, 0.60], [0.23, 0.22, 0.39, 0]])
NU = 0.6


def paper_counts() -> WinCounts:
    """Table 3 with ties as what is missing to 1."""
    ties = 1 - PAPER - PAPER.T
    np.fill_diagonal(ties, 0)
    return WinCounts(("GPT-4o", "Llama3.1-70B", "Llama3.1-8B", "Qwen2.5-7B"), PAPER, ties)


def drawn(k: int = 8, n: int = 3000, seed: int = 1) -> WinCounts:
    """Comparisons of k models with known strengths and some ties."""
    generator = np.random.default_rng(seed)
    strength = generator.normal(size=k)
    rows = []
    for _ in range(n):
        a, b = generator.choice(k, 2, replace=False)
        gap = (strength[a] - strength[b]) / 2
        chances = np.array([math.exp(gap), math.exp(-gap), NU])
        rows.append((f"m{a}", f"m{b}", ("a", "b", "tie")[generator.choice(3, p=chances / chances.sum())]))
    return WinCounts.of(rows, [f"m{i}" for i in range(k)])


def test_table_3_is_not_the_minimum_that_the_paper_prints() -> None:
    found = bt.fit_bradley_terry(paper_counts())
    assert np.round(found.scores + 0.5, 3).tolist() == [0.963, 0.870, 0.361, -0.195]
    assert found.converged
    # Eq. 5 goes over ordered pairs.
    assert 2 * found.loss == pytest.approx(7.5581, abs=5e-5)
    printed = np.array([0.983, 0.949, 0.424, -0.356])
    assert 2 * bt.bt_loss(paper_counts().halves, printed) == pytest.approx(7.5872, abs=5e-5)


def test_the_paper_scale_has_mean_one_half() -> None:
    made = ranking.rank(paper_counts())
    assert [s.model for s in made.standings] == ["GPT-4o", "Llama3.1-70B", "Llama3.1-8B", "Qwen2.5-7B"]
    assert np.mean([s.coefficient for s in made.standings]) == pytest.approx(0.5)
    elo = ranking.rank(paper_counts(), ranking.RankingOptions(scale="elo"))
    gap = made.standings[0].coefficient - made.standings[1].coefficient
    assert elo.standings[0].coefficient - elo.standings[1].coefficient == pytest.approx(gap * 400 / math.log(10))


def test_the_wikipedia_example(shared_data: Path) -> None:
    known = json.loads((shared_data / "agreement" / "known_values.json").read_text())["bradley_terry_wikipedia"]
    rows = [(key[0], key[2], "a") for key, times in known["wins"].items() for _ in range(times)]
    counts = WinCounts.of(rows)
    scores = dict(zip(counts.models, np.exp(bt.fit_bradley_terry(counts).scores), strict=True))
    assert scores == pytest.approx(known["expected_p_geometric_mean_1"], rel=known["rtol"])


def test_equal_to_choix() -> None:
    choix = pytest.importorskip("choix")
    counts = drawn()
    theirs = choix.ilsr_pairwise_dense(counts.halves, tol=1e-12)
    assert bt.fit_bradley_terry(counts).scores == pytest.approx(theirs - theirs.mean(), abs=1e-6)


def test_equal_to_evalica() -> None:
    evalica = pytest.importorskip("evalica")
    counts = drawn()
    k = len(counts.models)
    xs, ys, winners = [], [], []
    for i in range(k):
        for j in range(k):
            times = int(counts.wins[i, j])
            xs += [counts.models[i]] * times
            ys += [counts.models[j]] * times
            winners += [evalica.Winner.X] * times
            if i < j:
                times = int(counts.ties[i, j])
                xs += [counts.models[i]] * times
                ys += [counts.models[j]] * times
                winners += [evalica.Winner.Draw] * times
    theirs = evalica.bradley_terry(xs, ys, winners, tolerance=1e-14, limit=100_000)
    logs = np.log(theirs.scores.reindex(list(counts.models)).to_numpy())
    assert bt.fit_bradley_terry(counts).scores == pytest.approx(logs - logs.mean(), abs=1e-6)
    newman = evalica.newman(xs, ys, winners, tolerance=1e-14, limit=100_000)
    ours = fit_model(counts, "davidson")
    logs = np.log(newman.scores.reindex(list(counts.models)).to_numpy())
    assert ours.scores == pytest.approx(logs - logs.mean(), abs=1e-6)
    assert ours.nu == pytest.approx(2 * newman.v, abs=1e-6)


def test_davidson_equals_a_general_optimiser() -> None:
    from scipy.optimize import minimize

    counts = drawn(k=5, n=800)

    def loss(place: NDArray[np.float64]) -> float:
        gap = (place[:5, None] - place[None, :5]) / 2
        total = np.log(np.exp(gap) + np.exp(-gap) + np.exp(place[5]))
        return float((counts.wins * (total - gap)).sum() + (counts.ties * (total - place[5])).sum() / 2)

    best = minimize(loss, np.zeros(6), method="BFGS", options={"gtol": 1e-9})
    found = fit_model(counts, "davidson")
    assert found.loss == pytest.approx(best.fun, abs=1e-6)
    assert found.scores == pytest.approx(best.x[:5] - best.x[:5].mean(), abs=1e-4)
    assert found.nu == pytest.approx(math.exp(best.x[5]), abs=1e-4)
    assert found.nu == pytest.approx(NU, abs=0.15)


@pytest.mark.parametrize("ties", ["half", "drop", "davidson"])
def test_three_kinds_of_interval_tell_much_the_same(ties: newton.Ties) -> None:
    counts = drawn(n=6000)
    widths = {}
    for interval in ("sandwich", "hessian", "bootstrap"):
        made = ranking.rank(counts, ranking.RankingOptions(ties=ties, interval=interval))
        widths[interval] = np.array([s.high - s.low for s in sorted(made.standings, key=lambda s: s.model)])
    assert widths["sandwich"] == pytest.approx(widths["bootstrap"], rel=0.12)
    # Half wins are less noisy than the model believes, so the inverse Hessian is too wide with them.
    assert (widths["hessian"] > widths["sandwich"]).all() == (ties == "half")


def test_the_sandwich_covers() -> None:
    """About 95 of 100 intervals hold the truth."""
    generator = np.random.default_rng(5)
    strength = np.array([0.8, 0.2, -0.3, -0.7])
    inside = 0
    chance = 1 / (1 + np.exp(-(strength[:, None] - strength[None, :])))
    for _ in range(300):
        wins = np.triu(generator.binomial(60, chance), 1).astype(float)
        wins += np.tril(60 - wins.T, -1)
        counts = WinCounts(("a", "b", "c", "d"), wins, np.zeros((4, 4)))
        made = {s.model: s for s in ranking.rank(counts, ranking.RankingOptions(scale="zero")).standings}
        inside += made["a"].low <= strength[0] <= made["a"].high
    assert 270 <= inside <= 298


def test_clusters_widen_intervals_when_annotators_repeat_themselves() -> None:
    generator = np.random.default_rng(3)
    a = np.repeat(generator.integers(0, 4, 200), 10)
    b = (a + np.repeat(generator.integers(1, 4, 200), 10)) % 4
    outcome = np.repeat(generator.integers(0, 3, 200), 10)
    rows = bt_intervals.Rows(a, b, outcome, np.repeat(np.arange(200), 10))
    counts = WinCounts.from_codes(list("wxyz"), a, b, outcome)
    plain = ranking.rank(counts).standings[0]
    for interval in ("sandwich", "bootstrap"):
        manner = ranking.RankingOptions(interval=interval, resamples=300)
        clustered = ranking.rank(counts, manner, rows=rows).standings[0]
        # Ten copies of each comparison: intervals are the square root of ten too narrow without clusters.
        ratio = (clustered.high - clustered.low) / (plain.high - plain.low)
        assert ratio == pytest.approx(math.sqrt(10), rel=0.15)


def test_undefeated_and_winless_models_have_no_number_and_are_named() -> None:
    made = ranking.rank(WinCounts.of([("a", "b", "a"), ("b", "c", "a"), ("c", "b", "a"), ("c", "d", "a")]))
    assert [(s.model, s.place) for s in made.standings] == [("a", "undefeated"), ("c", ""), ("b", ""), ("d", "winless")]
    assert made.standings[0].coefficient == math.inf
    assert made.standings[-1].coefficient == -math.inf
    assert "a: never lost" in made.notices[0]
    document = made.to_json()
    assert json.loads(json.dumps(document, allow_nan=False))["models"][0]["coefficient"] is None
    prior = ranking.rank(
        WinCounts.of([("a", "b", "a"), ("b", "c", "a"), ("c", "b", "a"), ("c", "d", "a")]),
        ranking.RankingOptions(regularisation=1.0),
    )
    assert all(math.isfinite(s.coefficient) for s in prior.standings)
    assert "prior" in prior.notices[0]


def test_components_that_never_met_are_apart() -> None:
    both = [("a", "b"), ("c", "d"), ("d", "e"), ("e", "c")]
    made = ranking.rank(WinCounts.of([(x, y, w) for x, y in both for w in ("a", "b")]))
    assert {s.model: s.place for s in made.standings} == {"a": "apart", "b": "apart", "c": "", "d": "", "e": ""}
    assert math.isnan(made.standings[-1].coefficient)
    assert any("not compared with the scored group" in notice for notice in made.notices)


def test_a_group_above_another() -> None:
    both = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("d", "e"), ("e", "d")]
    made = ranking.rank(WinCounts.of([*((x, y, "a") for x, y in both), ("a", "c", "a")]))
    assert {s.model: s.place for s in made.standings} == {"a": "above", "b": "above", "c": "", "d": "", "e": ""}


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ([], []),
        ([("a", "b", "a")], ["undefeated", "winless"]),
        ([("a", "b", "tie")], ["", ""]),
        ([("a", "a", "a")], [""]),
        ([("a", "b", "skip"), ("a", "b", "nan")], []),
    ],
)
def test_next_to_nothing(rows: list[tuple[str, str, str]], places: list[str]) -> None:
    made = ranking.rank(WinCounts.of(rows))
    assert [s.place for s in made.standings] == places
    json.dumps(made.to_json(), allow_nan=False)


def test_all_ties_are_equal_with_intervals_that_are_not_of_width_nothing() -> None:
    made = ranking.rank(WinCounts.of([("a", "b", "tie")] * 10))
    assert [s.coefficient for s in made.standings] == [0.5, 0.5]
    assert made.standings[0].high > 0.6
    assert (made.standings[0].rank_low, made.standings[0].rank_high) == (1, 2)


def test_bootstraps_repeat_by_seed() -> None:
    counts = drawn(k=4, n=40)
    one, same, other = (
        ranking.rank(counts, ranking.RankingOptions(interval="bootstrap", seed=seed, resamples=200))
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_information_is_highest_where_little_is_known() -> None:
    counts = WinCounts.of([("a", "b", "a"), ("a", "b", "b")] * 20 + [("b", "c", "a")])
    gain = bt.information(counts)
    assert gain[0, 2] > gain[0, 1]
    assert gain[1, 2] > gain[0, 1]
    assert gain == pytest.approx(gain.T)
    # One more comparison by brute force: the variances' sum falls by as much as said.
    found = bt.fit_bradley_terry(counts, regularisation=1.0)
    before = np.trace(np.linalg.inv(found.hessian + np.eye(3)))
    p = 1 / (1 + math.exp(found.scores[2] - found.scores[0]))
    more = found.hessian + np.eye(3) + p * (1 - p) * np.outer([1, 0, -1], [1, 0, -1])
    assert gain[0, 2] == pytest.approx(before - np.trace(np.linalg.inv(more)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from(["a", "b", "tie", "both bad"])),
        max_size=60,
    )
)
def test_any_comparisons_give_a_leaderboard(rows: list[tuple[str, str, str]]) -> None:
    counts = WinCounts.of(rows)
    for ties in ("half", "davidson", "drop"):
        made = ranking.rank(counts, ranking.RankingOptions(ties=ties))
        json.dumps(made.to_json(), allow_nan=False)
        assert sorted(s.model for s in made.standings) == sorted(counts.models)
        scored = [s for s in made.standings if math.isfinite(s.coefficient)]
        if len(scored) > 1:
            assert made.converged
            assert np.mean([s.coefficient for s in scored]) == pytest.approx(0.5, abs=1e-6)
            assert all(s.low <= s.coefficient <= s.high for s in scored)
        # Turning every comparison round changes nothing.
        turned = [(b, a, {"a": "b", "b": "a"}.get(w, w)) for a, b, w in rows]
        again = ranking.rank(WinCounts.of(turned), ranking.RankingOptions(ties=ties))
        assert [s.model for s in again.standings] == [s.model for s in made.standings]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.sampled_from(["a", "b", "tie", "tie"])),
        max_size=9,
    )
)
@example([("a", "b", "a"), ("a", "c", "tie"), ("b", "c", "tie"), ("c", "d", "tie")])
def test_davidson_is_fitted_exactly_where_it_has_an_optimum(rows: list[tuple[str, str, str]]) -> None:
    """Far along the way that would lead to infinity the loss is lower than at any fit, or there is a fit."""
    from interpref_core.metrics import davidson

    counts = WinCounts.of(rows)
    if not counts.models or len(ranking.strongly_connected_groups(counts, "half")) > 1 or not counts.wins.any():
        return
    if davidson.has_finite_maximum(counts):
        assert davidson.fit_davidson(counts).converged
    else:
        made = ranking.rank(counts, ranking.RankingOptions(ties="davidson"))
        assert all(math.isnan(one.coefficient) for one in made.standings)
        assert "no finite scores" in made.notices[-1]
        with_prior = ranking.rank(counts, ranking.RankingOptions(ties="davidson", regularisation=1.0))
        assert all(math.isfinite(one.coefficient) for one in with_prior.standings)


def test_pearson_of_the_paper() -> None:
    found = pearson([60.5, 57.0, 53.0, 21.0], [0.983, 0.949, 0.424, -0.356])
    assert found is not None
    assert found.p == pytest.approx(1 - abs(found.r))
    from scipy.stats import pearsonr

    x, y = [1.0, 2, 4, 3, 7, 9], [2.0, 1, 5, 3, 4, 9]
    theirs = pearsonr(x, y)
    ours = pearson(x, y)
    assert ours is not None
    assert (ours.r, ours.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert pearson([1, 1, 1], [1, 2, 3]) is None
    assert pearson([1.0], [2.0]) is None
    two = pearson([1.0, 2], [4.0, 3])
    assert two is not None
    assert two.r == pytest.approx(-1)
    assert two.p is None
