"""What a model thinks aloud is kept apart from what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.text.reasoning_tags import split_reasoning


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("Hello.", None, "Hello."),
        ("<think>\nHm.\n</think>\n\nHello.", "Hm.", "Hello."),
        ("  <THINK>Hm.</THINK>Hello.", "Hm.", "Hello."),
        ("<think>\n\n</think>\n\nHello.", None, "Hello."),
        ("Hm.\n</think>\nHello.", "Hm.", "Hello."),
        ("<think>Hm. It goes on", "Hm. It goes on", ""),
        ("The mark <think> opens, </think> closes.", None, "The mark <think> opens, </think> closes."),
    ],
)
def test_thoughts_stand_at_the_start(text: str, thoughts: str | None, rest: str) -> None:
    assert split_reasoning(text) == (thoughts, rest)


@given(st.text())
def test_a_text_without_marks_is_said_as_it_is(text: str) -> None:
    if "</think>" not in text.lower() and "<think>" not in text.lower():
        assert split_reasoning(text) == (None, text)
