"""Many pairs of runs at once give the numbers that each gives alone, counted slowly."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_core.failure_categories import shared_words
from interpref_core.metrics.clustered_rates import clustered_rate
from interpref_core.metrics.paired_tests import mcnemar, smallest_difference
from interpref_core.text.words import comparison_words, stem


def _slow_mcnemar(only_a: int, only_b: int) -> float:
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**n) if n < 1000 else min(1.0, math.exp(math.log(2 * tail) - n * math.log(2)))


def _slow_smallest(discordant: int, n: int) -> float | None:
    for more in range((discordant + 1) // 2, discordant + 1):
        if _slow_mcnemar(more, discordant - more) < 0.05:
            return (2 * more - discordant) / n
    return None


@given(st.integers(0, 400), st.integers(0, 400))
def test_p_is_exact(only_a: int, only_b: int) -> None:
    assert mcnemar(only_a, only_b) == _slow_mcnemar(only_a, only_b)


@pytest.mark.parametrize("n", [998, 999, 1000, 1001, 2500])
def test_p_of_many_items(n: int) -> None:
    for fewer in range(0, n // 2 + 1, max(1, n // 9)):
        assert mcnemar(fewer, n - fewer) == pytest.approx(_slow_mcnemar(fewer, n - fewer), rel=1e-9)
    assert mcnemar(n // 2, n - n // 2) == pytest.approx(1.0)


@settings(max_examples=30)
@given(st.integers(0, 120))
def test_the_smallest_difference_is_the_first_that_is_significant(discordant: int) -> None:
    assert smallest_difference(discordant, 500) == _slow_smallest(discordant, 500)


def test_the_smallest_difference_of_many() -> None:
    assert smallest_difference(1200, 5000) == _slow_smallest(1200, 5000)


def test_clusters_are_drawn_as_each_alone() -> None:
    """What is drawn for one run is used for the next: the numbers are those of a draw of its own."""
    random = np.random.default_rng(3)
    for _ in range(3):
        passed = random.random(60) < 0.4
        found = clustered_rate([(bool(one), [n]) for n, one in enumerate(passed)])
        drawn = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), size=2000)
        low, high = np.quantile(drawn @ passed / 60, [0.025, 0.975])
        assert found is not None
        assert [found.low, found.high] == pytest.approx([float(low), float(high)])


@given(
    st.lists(st.sampled_from(["cat", "cats", "Running", "ran", "猫", "日本語", "été", "'s"]), max_size=12), st.data()
)
def test_shared_words_as_multisets(first: list[str], data: st.DataObject) -> None:
    second = data.draw(st.lists(st.sampled_from([*first, "other"]), max_size=12))
    a, b = " ".join(first), " ".join(second)
    one, other = Counter(comparison_words(a)), Counter(comparison_words(b))
    union = (one | other).total()
    slow = 1.0 if a == b or not union else (one & other).total() / union
    assert shared_words(a, b) == slow


def test_long_words_are_not_kept_in_mind() -> None:
    from interpref_core.text.words import _FOLDED

    long = "a" * 1000 + "ing"
    assert stem(long) == "a" * 1000 or stem(long)
    assert long not in _FOLDED
    for n in range(40_000):
        stem(f"word{n}")
    assert len(_FOLDED) <= 1 << 15
