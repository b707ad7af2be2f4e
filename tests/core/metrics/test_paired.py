"""Paired runs, split lengths, clusters, corrected rates and position bias, against other people's numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from interpref_core.metrics.clustered_rates import clustered_rate
from interpref_core.metrics.length_split import independent_difference, length_split
from interpref_core.metrics.paired_tests import compare_paired, holm_adjust, items_needed, mcnemar, smallest_difference
from interpref_core.metrics.position_bias import position_bias
from interpref_core.metrics.prediction_powered import corrected_rate
from interpref_core.metrics.rate_intervals import wilson_interval

if TYPE_CHECKING:
    from pathlib import Path


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_as_statsmodels(only_a: int, only_b: int) -> None:
    theirs = their_mcnemar([[5, only_a], [only_b, 3]], exact=True).pvalue if only_a + only_b else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(min(1.0, theirs), rel=1e-9)


def test_mcnemar_of_very_many() -> None:
    assert mcnemar(2600, 2400) == pytest.approx(their_mcnemar([[0, 2600], [2400, 0]], exact=True).pvalue, rel=1e-9)


@settings(max_examples=25)  # theirs takes a twentieth of a second a call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_as_statsmodels(ps: list[float]) -> None:
    assert holm_adjust(ps) == pytest.approx(multipletests(ps, method="holm")[1].tolist(), rel=1e-9, abs=1e-12)


@given(st.integers(1, 80), st.integers(1, 80), st.data())
def test_newcombe_as_statsmodels(n: int, m: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    theirs = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    assert independent_difference(wilson_interval(a, n), wilson_interval(b, m)) == pytest.approx(theirs, abs=1e-9)


def test_the_halves_of_table_6() -> None:
    """53 of 100 against 59 of 100: no length bias shown, and none excluded."""
    items = [(100.0 + n, n % 100 < 59) for n in range(100)] + [(900.0 + n, n % 100 < 53) for n in range(100)]
    found = length_split(items)
    assert found is not None
    assert (found.shorter.count, found.longer.count) == (59, 53)
    assert found.difference == pytest.approx(-0.06)
    assert found.low < -0.19
    assert 0.07 < found.high < 0.08
    assert length_split(items[:1]) is None


def test_a_paired_comparison_says_what_could_have_been_seen() -> None:
    found = compare_paired(100, 30, 20, 50)
    assert found.difference == pytest.approx(0.05)
    assert found.low < 0 < found.high
    assert found.p == pytest.approx(0.2026, abs=1e-4)
    # 50 items differ: 33 against 17 is the nearest split that is significant.
    assert found.smallest == pytest.approx((33 - 17) / 200)
    assert mcnemar(33, 17) < 0.05 < mcnemar(32, 18)
    assert compare_paired(3, 0, 0, 4).needed is None
    assert smallest_difference(5, 100) is None
    with pytest.raises(ValueError, match="no items"):
        compare_paired(0, 0, 0, 0)


def test_so_many_items_have_the_power_that_is_promised() -> None:
    only_a, only_b = 0.25, 0.15
    n = items_needed(only_a, only_b)
    assert n is not None
    generator = np.random.default_rng(1)
    drawn = generator.multinomial(n, [only_a, only_b, 1 - only_a - only_b], size=2000)
    power = np.mean([mcnemar(int(a), int(b)) < 0.05 for a, b, _ in drawn])
    # The exact test is a little more careful than the formula.
    assert 0.74 < power < 0.84


def test_clusters_widen_the_interval() -> None:
    generator = np.random.default_rng(2)
    covered = naive = 0
    for trial in range(200):
        # 40 topics of 5 items, all of a topic alike more often than not.
        topic = generator.random(40) < 0.5
        items = [(bool(generator.random() < (0.9 if topic[n // 5] else 0.1)), (n // 5,)) for n in range(200)]
        found = clustered_rate(items, resamples=400, seed=trial)
        assert found is not None
        assert found.clusters == 40
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.5 <= found.high
        plain = wilson_interval(sum(passed for passed, _ in items), 200)
        naive += (plain.low or 0) <= 0.5 <= (plain.high or 1)
    assert naive < 160
    assert covered > 180


def test_items_that_share_any_preference_are_one_cluster() -> None:
    found = clustered_rate([(True, ("p", "q")), (False, ("q", "r")), (True, ("s",)), (True, ())])
    assert found is not None
    assert found.clusters == 3
    assert found.low is None
    assert "3 clusters" in found.note
    assert clustered_rate([]) is None


def test_a_corrected_rate_covers_the_truth_where_the_judge_does_not() -> None:
    generator = np.random.default_rng(4)
    covered = fooled = narrower = 0
    trials = 300
    for _ in range(trials):
        truth = generator.random(1000) < 0.55
        judge = np.where(truth, generator.random(1000) < 0.95, generator.random(1000) < 0.35)
        found = corrected_rate(
            judge[100:].astype(float).tolist(),
            list(zip(judge[:100].astype(float).tolist(), truth[:100].astype(float).tolist(), strict=True)),
        )
        assert found is not None
        covered += found.low <= 0.55 <= found.high
        raw = wilson_interval(int(judge.sum()), 1000)
        fooled += not (raw.low or 0) <= 0.55 <= (raw.high or 1)
        narrower += found.high - found.low < found.people_high - found.people_low
    assert fooled > 0.95 * trials
    assert covered > 0.91 * trials
    assert narrower > 0.95 * trials
    assert corrected_rate([1.0], [(1.0, 1.0)]) is None


def test_a_judge_that_says_nothing_is_given_no_weight() -> None:
    found = corrected_rate([1.0] * 50, [(1.0, float(n % 2)) for n in range(20)])
    assert found is not None
    assert found.weight == 0
    assert found.rate == pytest.approx(0.5)


def test_the_floor_of_the_published_judge(shared_data: Path) -> None:
    """GPT-4o np: 555 Left, 167 Right, 76 Don't know; right in orders 1-4: 165, 58, 73, 162 of 200."""
    path = shared_data / "published" / "evaluation" / "None_gpt-4o_2.jsonl"
    rows = [json.loads(line)["choices"] for line in path.read_text(encoding="utf-8").splitlines()]
    letters = {"Left": "L", "Right": "R", "Don": "D", "Don't know": "D"}
    patterns: dict[str, int] = {}
    for row in rows:
        pattern = "".join(letters.get(choice, "U") for choice in row)
        patterns[pattern] = patterns.get(pattern, 0) + 1
    found = position_bias(patterns)
    assert found is not None
    assert [round(200 * (one.value or 0)) for one in found.orders] == [165, 58, 73, 162]
    assert found.left.value == pytest.approx(555 / 722, abs=0.002)
    # A judge that leans like this one and sees nothing passes 2 %, not 6.25 %.
    assert found.floor.value == pytest.approx((555 / 800 * 167 / 800) ** 2, abs=0.0005)
    assert found.floor.low is not None
    assert found.floor.value is not None
    assert found.floor.low < found.floor.value < 0.04


def test_bias_of_one_sided_judges() -> None:
    left = position_bias({"LLLL": 30})
    assert left is not None
    assert left.floor.value == 0
    assert left.left.value == 1
    silent = position_bias({"DDDD": 5})
    assert silent is not None
    assert silent.left.value is None
    assert position_bias({}) is None
    fair = position_bias({"LRRL": 10, "RLLR": 10})
    assert fair is not None
    assert fair.floor.value == pytest.approx(1 / 16)
