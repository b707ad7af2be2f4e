"""Answers of a few words, read from the probabilities of first tokens."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.constrained_choice import (
    ChoiceConstraint,
    choice_text,
    match_option,
    option_probabilities,
    read_tokens,
)
from interpref_core.judging import VERDICT_CHOICE, confidence_text, parse_probabilities

OPTIONS = VERDICT_CHOICE.options


@pytest.mark.parametrize(
    ("token", "option"),
    [
        ("Left", 0), (" Left", 0), ("▁Left", 0), ("left", 0), ("LEFT", 0), ("Le", 0), ("L", 0), ('"Left', 0), ("Left,", 0),
        ("**Right", 1), ("R", 1), ("D", 2), ("Don", 2), (" Don\u2019t", 2), ("Don't know.", 2),
        ("", None), (" ", None), ("\n", None), ("Both", None), ("Leftover", None), ("The", None), ("\x00", None),
    ],
)  # fmt: skip
def test_a_first_token_begins_an_option_or_none(token: str, option: int | None) -> None:
    assert match_option(token, OPTIONS) == option


def test_a_token_that_begins_two_options_counts_for_neither() -> None:
    assert match_option("L", ("Left", "Lower")) is None
    assert match_option("Le", ("Left", "Lower")) == 0


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(-50, 0)), max_size=20), st.floats(-20, 0))
def test_probabilities_sum_up_to_one_and_the_likeliest_wins(others: list[tuple[str, float]], left: float) -> None:
    raw = read_tokens([*others, ("Left", left)], VERDICT_CHOICE)
    assert raw is not None
    found = option_probabilities(raw)
    assert found is not None
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    said = json.loads(raw)
    assert found[said["persona_1"]] == max(found.values())
    assert 0 <= said["mass"] <= 1
    verdict = parse_probabilities(raw)
    assert (verdict.choice, verdict.parsed_by) == (said["persona_1"], "probabilities")


def test_several_spellings_of_an_option_add_up() -> None:
    raw = read_tokens([("Left", math.log(0.3)), (" left", math.log(0.2)), ("Right", math.log(0.4))], VERDICT_CHOICE)
    assert json.loads(raw or "")["probabilities"] == pytest.approx(
        {"Left": 5 / 9, "Right": 4 / 9, "Don't know": 0}, abs=1e-6
    )
    assert confidence_text(raw) == "Left 0.56, Right 0.44, Don't know 0.00 (90% of its first words)"


def test_what_says_none_of_the_options_is_unreadable() -> None:
    assert read_tokens([("The", -0.1)], VERDICT_CHOICE) is None
    verdict = parse_probabilities("The")
    assert (verdict.choice, verdict.parsed_by) == ("Unreadable", None)
    assert parse_probabilities("Left").choice == "Unreadable", "one token of a text is not a verdict"


@given(st.text() | st.none())
def test_other_texts_hold_no_probabilities(text: str | None) -> None:
    assert option_probabilities(text) is None


@pytest.mark.parametrize(
    "raw",
    ['{"probabilities": 3}', '{"probabilities": {"Left": "much"}}', '["probabilities"]', '{"probabilities": null}'],
)
def test_texts_that_look_like_it_do_not_either(raw: str) -> None:
    assert option_probabilities(raw) is None


def test_options_keep_their_order_in_a_tie() -> None:
    assert json.loads(choice_text([0.2, 0.2], ChoiceConstraint("answer", ("yes", "no")))) == {
        "answer": "yes", "probabilities": {"yes": 0.5, "no": 0.5}, "mass": 0.4,
    }  # fmt: skip
