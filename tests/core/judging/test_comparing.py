"""What a judge of pairs is asked, and how its answers are read; ties where its two orders disagree."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.annotation.ai_opinion import opinion_for_pair
from interpref_core.judging.pair_comparison import comparison_messages, parse_comparison, resolve_winner
from interpref_core.prompts.loading import load_prompt
from tests.support.studies import HOSTILE


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('{"reasoning": "r", "better": "Left"}', "Left"),
        ('```json\n{"better": "right", "reasoning": "x"}\n```', "Right"),
        ('Well. {"reasoning": "r", "better": "TIE."}', "Tie"),
        ('{"better": "neither"}', "Tie"),
        ('{"better": "平局"}', "Tie"),
        ("# reasoning\nboth fine\n# better\nRight", "Right"),
        ("**better:** Left", "Left"),
        ('<think>{"better": "Left"}</think>{"better": "Right"}', "Right"),
        ('{"better": "Left"} {"better": "Right"}', "Unreadable"),
        ('{"better": "Left or Right"}', "Unreadable"),
        ('{"better": 1}', "Unreadable"),
        ('{"better": "Le', "Unreadable"),
        ("Left is longer than Right.", "Unreadable"),
        ("", "Unreadable"),
    ],
)
def test_what_an_answer_says(text: str, better: str) -> None:
    assert parse_comparison(text).better == better


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert parse_comparison(text).better in ("Left", "Right", "Tie", "Unreadable")


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("Left", "Right", "a"),
        ("Right", "Left", "b"),
        ("Left", "Left", "tie"),
        ("Right", "Right", "tie"),
        ("Tie", "Tie", "tie"),
        ("Tie", "Left", "tie"),
        ("Unreadable", "Left", None),
    ],
)
def test_both_orders_make_one_winner(first: str, second: str, winner: str | None) -> None:
    assert resolve_winner((("a", first), ("b", second))) == winner  # type: ignore[arg-type]


def test_the_prompt_holds_both_pairs_and_nothing_is_filled_twice() -> None:
    left, right = {"a": "LA {{right_1}}", "b": "LB"}, {"a": HOSTILE, "b": "RB"}
    (message,) = comparison_messages(load_prompt("compare"), "Where?", ("likes tea", None), left, right)  # type: ignore[arg-type]
    text = message.content
    assert text.index("LA {{right_1}}") < text.index("LB") < text.index(HOSTILE) < text.index("RB")
    assert "(no particular preference)" in text


def test_the_opinion_is_the_same_however_the_runs_stand() -> None:
    orders = json.loads(
        '[{"left": "a", "better": "Left", "reasoning": "one"}, {"left": "b", "better": "Right", "reasoning": "two"}]'
    )
    straight, turned = (opinion_for_pair("j", "a", orders, turned=way) for way in (False, True))
    assert (straight.says, turned.says) == ("a", "b")
    assert straight.lines["a"] == turned.lines["b"]
    assert "one" in straight.lines["a"]
    assert "two" in straight.lines["a"]
    assert opinion_for_pair("j", "skip", [], turned=False).says is None
