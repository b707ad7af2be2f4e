"""Patterns of four verdicts, what they mean, and the pass rate with its interval."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.metrics.rate_intervals import Rate, wilson_interval
from interpref_core.metrics.verdict_patterns import CHANCE, MEANINGS, meaning_of, pass_rate, pattern_of

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.records.base import Choice

LETTERS_OF_LOGS = {"Left": "L", "Right": "R", "Don": "D"}
ALL_PATTERNS = ["".join(letters) for letters in product("LRDU", repeat=4)]
counts_of_patterns = st.dictionaries(st.sampled_from(ALL_PATTERNS), st.integers(0, 50))


def published_patterns(shared_data: Path, log: str) -> Counter[str]:
    path = shared_data / "published" / "evaluation" / f"{log}.jsonl"
    rows = [json.loads(line)["choices"] for line in path.read_text(encoding="utf-8").splitlines()]
    return Counter("".join(LETTERS_OF_LOGS.get(choice, "U") for choice in choices) for choices in rows)


@pytest.mark.parametrize(
    ("log", "rate"),
    [
        ("None_gpt-4o_2", 18.5),
        ("ZS_gpt-4o_2", 35.0),
        ("mutistep_gpt-4o_2", 76.0),
        ("None_llama3.1-70b_2", 16.0),
        ("mutistep_llama3.1-70b_2", 51.5),
    ],
)
def test_published_verdicts_give_the_papers_pass_rates(shared_data: Path, log: str, rate: float) -> None:
    numbers = pass_rate(published_patterns(shared_data, log))
    assert numbers.passed.n == 200
    assert numbers.passed.rate is not None
    assert round(100 * numbers.passed.rate, 10) == rate


def test_the_papers_judge_leans_to_the_left(shared_data: Path) -> None:
    numbers = pass_rate(published_patterns(shared_data, "None_gpt-4o_2"))
    assert [rate.count for rate in numbers.per_order] == [165, 58, 73, 162]
    assert (numbers.left.count, numbers.left.n) == (555, 555 + 167)
    assert numbers.left.low is not None
    assert numbers.left.low > 0.7
    assert numbers.meanings["inverted"] == 3
    assert numbers.meanings["always Left"] == 51
    assert numbers.meanings["unreadable"] == numbers.unreadable == 2
    assert (numbers.readable.count, numbers.readable.n) == (37, 198)


MEANT = {
    "LRRL": "pass",
    "RLLR": "inverted",
    "LLLL": "always Left",
    "RRRR": "always Right",
    "LLRR": "follows the preference order",
    "RRLL": "follows the preference order",
    "LRLR": "follows the response order",
    "RLRL": "follows the response order",
}


@pytest.mark.parametrize("pattern", ALL_PATTERNS)
def test_every_pattern_has_one_meaning(pattern: str) -> None:
    if "U" in pattern:
        expected = "unreadable"
    elif "D" in pattern:
        expected = "Don't know"
    else:
        expected = MEANT.get(pattern, "mixed")
        assert (expected == "mixed") == (pattern.count("L") in (1, 3))
    assert meaning_of(pattern) == expected
    assert expected in MEANINGS


def test_a_pattern_is_written_in_the_order_of_the_verdicts() -> None:
    choices: list[Choice] = ["Left", "Right", "Don't know", "Unreadable"]
    assert pattern_of(choices) == "LRDU"


def test_a_blind_guess_passes_one_in_sixteen() -> None:
    numbers = pass_rate({pattern: 1 for pattern in ALL_PATTERNS if set(pattern) <= {"L", "R"}})
    assert numbers.passed.rate == CHANCE
    assert [rate.rate for rate in numbers.per_order] == [0.5] * 4
    assert numbers.left.rate == numbers.response_swap.rate == numbers.preference_swap.rate == 0.5


@pytest.mark.parametrize(
    ("pattern", "response_swap", "preference_swap"),
    [("LRRL", 1, 1), ("RLLR", 1, 1), ("LLLL", 0, 0), ("LLRR", 0, 1), ("LRLR", 1, 0), ("LRLL", 0.5, 0.5)],
)
def test_a_judge_that_sees_what_it_should_turns_with_each_swap(
    pattern: str, response_swap: float, preference_swap: float
) -> None:
    numbers = pass_rate({pattern: 7})
    assert numbers.response_swap.rate == response_swap
    assert numbers.preference_swap.rate == preference_swap
    assert numbers.response_swap.n == 14


def test_swaps_are_counted_only_where_both_verdicts_name_a_side() -> None:
    numbers = pass_rate({"LRDU": 1})
    assert (numbers.response_swap.count, numbers.response_swap.n) == (1, 1)
    assert numbers.preference_swap.n == 0
    assert numbers.preference_swap.rate is None


def test_nothing_judged_is_no_rate_and_no_error() -> None:
    numbers = pass_rate({})
    assert numbers.passed == Rate(0, 0, None, None, None)
    assert numbers.meanings == {}


@pytest.mark.parametrize("pattern", ["", "LRR", "LRRLL", "lrrl", "LRR-", "LRR\n", "Left"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        pass_rate({pattern: 1})


@given(counts_of_patterns)
def test_numbers_hang_together(counts: dict[str, int]) -> None:
    numbers = pass_rate(counts)
    n = sum(counts.values())
    assert numbers.passed.n == sum(numbers.meanings.values()) == sum(numbers.patterns.values()) == n
    assert numbers.passed.count == numbers.readable.count == numbers.meanings.get("pass", 0)
    assert numbers.readable.n + numbers.unreadable == n
    assert numbers.meanings.get("unreadable", 0) == numbers.unreadable
    assert all(rate.count >= numbers.passed.count for rate in numbers.per_order)
    assert list(numbers.patterns.values()) == sorted(numbers.patterns.values(), reverse=True)


@given(counts_of_patterns)
def test_only_the_counts_matter_so_that_sql_can_group(counts: dict[str, int]) -> None:
    items = [pattern for pattern, count in counts.items() for _ in range(count)]
    assert pass_rate(Counter(reversed(items))) == pass_rate(counts)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Roots of (p - x)^2 = z^2 x (1 - x) / n, worked out by hand; Newcombe 1998, table I, for 81/263 and 15/148.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(count: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(count, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_bounds_solve_their_equation_and_hold_the_share(share: tuple[int, int], confidence: float) -> None:
    count, n = share
    found, narrower = wilson_interval(count, n, confidence), wilson_interval(count, n, confidence / 2)
    assert found.rate is not None
    assert found.low is not None
    assert found.high is not None
    assert narrower.low is not None
    assert 0 <= found.low <= narrower.low <= found.rate <= found.high <= 1
    mirrored = wilson_interval(n - count, n, confidence)
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-12)
    # At each bound x the share lies the same number of standard errors sqrt(x (1 - x) / n) away.
    if 0 < count < n:
        z = [abs(found.rate - x) / math.sqrt(x * (1 - x) / n) for x in (found.low, found.high)]
        assert z[0] == pytest.approx(z[1], rel=1e-6)


@pytest.mark.parametrize(("count", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)])
def test_what_is_no_share_is_refused(count: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(count, n, confidence)
