"""Categories of failures, each from its own evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.failure_categories import FailedItem, categorize_failure, first_lost_stage, shared_words


def names(failed: FailedItem, facet: str) -> list[str]:
    return [one.name for one in categorize_failure(failed) if one.facet == facet]


def test_what_passed_has_none() -> None:
    assert categorize_failure(FailedItem("LRRL", case_labels=("format",) * 4, responses=("x", "x"))) == ()


@pytest.mark.parametrize(
    ("pattern", "name", "evidence"),
    [
        ("RLLR", "inverted", "RLLR: wrong in orders 1, 2, 3, 4"),
        ("LLLL", "always Left", "LLLL: wrong in orders 2, 3"),
        ("LLRR", "follows the preference order", "LLRR: wrong in orders 2, 4"),
        ("LRRD", "Don't know", "LRRD: wrong in orders 4"),
        ("URRL", "unreadable", "URRL: wrong in orders 1"),
    ],
)
def test_the_pattern_is_mechanical(pattern: str, name: str, evidence: str) -> None:
    found = categorize_failure(FailedItem(pattern))
    assert [(one.facet, one.name, one.evidence) for one in found] == [("mechanical", name, evidence)]


def test_case_labels_say_in_which_orders() -> None:
    found = [
        one
        for one in categorize_failure(FailedItem("LLLL", case_labels=("format", None, "format", "logical")))
        if one.facet == "case label"
    ]
    assert [(one.name, one.evidence) for one in found] == [("format", "orders 1, 3"), ("logical", "orders 4")]


def test_answers_that_are_the_same_say_that_the_history_was_ignored() -> None:
    text = "Take the early train and book a quiet seat by the window."
    assert names(FailedItem("DDDD", responses=(text, text)), "sameness") == ["the same answer"]
    assert names(FailedItem("DDDD", responses=(text, text.replace("early", "late"))), "sameness") == [
        "nearly the same answer"
    ]
    assert names(FailedItem("DDDD", responses=(text, "先试试蒸鱼和豆腐。")), "sameness") == []
    assert names(FailedItem("DDDD", responses=(text, None)), "sameness") == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_shared_words_is_a_share_and_symmetric(a: str, b: str) -> None:
    assert 0 <= shared_words(a, b) <= 1
    assert shared_words(a, b) == shared_words(b, a)
    assert shared_words(a, a) == 1


TRACE = {
    "extracted": ["Eats no meat or fish", "Has two cats"],
    "relevant": ["Eats no meat or fish"],
    "instructions": ["Offer plants."],
}


def test_the_first_step_that_lost_the_preference() -> None:
    preference = "The user eats no meat."
    assert first_lost_stage(preference, TRACE) == (None, "nearest: 'Eats no meat or fish', 100 % of its words")
    assert first_lost_stage(preference, TRACE | {"relevant": ["Has two cats"]}) == (
        "relevance",
        "nearest: 'Has two cats', 0 % of its words",
    )
    assert first_lost_stage(preference, TRACE | {"extracted": []}) == ("extraction", "nothing came out")
    assert first_lost_stage(preference, TRACE | {"instructions": []}) == ("construction", "nothing came out")
    assert first_lost_stage(preference, {"answer": "x"}) is None
    assert first_lost_stage("The user is", TRACE) is None
    failed = FailedItem("DDDD", preferences=(preference, None), traces=(TRACE | {"relevant": "no list"}, TRACE))
    assert names(failed, "stage") == ["relevance"]


def test_people_and_kinds() -> None:
    failed = FailedItem(
        "RLLR",
        category="Interactive style",
        errors={"invents a preference": ["ann", "bo"]},
        people={"people tell the answers apart": ["ann"]},
    )
    assert [(one.facet, one.name, one.evidence) for one in categorize_failure(failed)[1:]] == [
        ("preference kind", "style", "main category Interactive style"),
        ("error type", "invents a preference", "says ann, bo"),
        ("people", "people tell the answers apart", "says ann"),
    ]
    assert names(FailedItem("RLLR", category="Somebody's own"), "preference kind") == ["other"]
