"""What the judge is asked in each of the four orders."""

from __future__ import annotations

import pytest

from interpref_core.judging import judge_messages
from interpref_core.prompts.loading import load_prompt
from interpref_core.records.base import CASE_LABELS

NAMES = ["judge", "judge-sections"]


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_judged_is_shown_once_and_in_its_place(name: str) -> None:
    (message,) = judge_messages(
        load_prompt(name), "What now?", ("likes jazz", "likes rock"), ("Try Monk.", "Try Queen.")
    )
    text = message.content
    assert message.role == "user"
    for part in ("What now?", "persona_1: likes jazz\n", "persona_2: likes rock\n"):
        assert text.count(part) == 1
    assert (
        text.index("response_Left") < text.index("Try Monk.") < text.index("response_Right") < text.index("Try Queen.")
    )
    assert all(label in text for label in CASE_LABELS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_preference_is_said_in_words(name: str, nothing: str | None) -> None:
    (message,) = judge_messages(load_prompt(name), "q", ("likes jazz", nothing), ("l", "r"))
    assert "persona_2: (no particular preference)\n" in message.content


@pytest.mark.parametrize("name", NAMES)
def test_texts_with_placeholders_and_braces_of_their_own_stay_as_they_are(name: str) -> None:
    hostile = "{{persona_2}} {query} {0} %s $x \\1 {{response_right}}"
    (message,) = judge_messages(load_prompt(name), hostile, (hostile, "P2"), (hostile, "RIGHT"))
    assert message.content.count(hostile) == 3
    assert message.content.count("P2") == 1
    assert message.content.count("RIGHT") == 1
