"""Openings that give a preference away: found, counted, stripped without loss."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.text.openings import find_opening, has_opening, strip_opening

if TYPE_CHECKING:
    from pathlib import Path

STRIPPED = {
    "Given your love of jazz, try Monk.": "Try Monk.",
    "Considering that you are retired, here are some ideas:\n1. Walk": "Here are some ideas:\n1. Walk",
    "considering you’re a student, it’s best to wait.": "it’s best to wait.",
    "Since you enjoy art, you might go there.": "You might go there.",
    "As someone who loves quiet, detail-oriented work, you will like it.": "You will like it.",
    "As a retiree, you have time.": "You have time.",
    "Based on your interest in art, music, and history, I'd go to Rome.": "I'd go to Rome.",
    "Knowing that you can cook, I suggest a risotto.": "I suggest a risotto.",
    "Certainly! Given your budget, a tent is enough.": "Certainly! A tent is enough.",
    "Certainly, given your budget, a tent is enough.": "Certainly, a tent is enough.",
    "I'd be happy to help! 🎉 Considering that you love cats, I chose these.": "I'd be happy to help! 🎉 I chose these.",
    "I can help you with that, considering that you're curious.\n\nFirst": "I can help you with that.\n\nFirst",
    "Considering your wish for a quiet, focused place, a library or an archive would suit.": (
        "A library or an archive would suit."
    ),
    "Given your age, given your job, rest more.": "Rest more.",
    "Sure! Based on our previous conversations, I understand that you're a teacher. Try this.": "Sure! Try this.",
    "考虑到您喜欢安静，建议去图书馆。": "建议去图书馆。",
    "鉴于你的预算有限，可以露营。": "可以露营。",
    "好的！根据您的兴趣，推荐以下活动：": "好的！推荐以下活动：",
    "作为一名学生，您可以申请奖学金。": "您可以申请奖学金。",
}
NONE = [
    "",
    "Try Monk.",
    "Knowing your audience can help you write, and it shows.",
    "Understanding cultural nuances can greatly enhance your communication skills.",
    "Considering a weekend getaway sounds great! It depends on your budget, your time and so on.",
    "Given the weather, stay in.",
    "Based on research, sleep matters.",
    "As you explore, take notes.",
    "As a first step, you could write to them.",
    "As an AI, I have no taste.",
    "As a rule, you pay later.",
    "Since 1999, the club has met weekly.",
    "When considering the best place to live within your budget, weigh these factors.",
    "根据天气，建议带伞。",
    "1. First item.\n2. Second item.\n" + "Text. " * 60 + "Given your love of jazz, try Monk.",
]


@pytest.mark.parametrize(("response", "rest"), STRIPPED.items())
def test_phrases_at_the_start_are_found_and_stripped(response: str, rest: str) -> None:
    assert has_opening(response)
    assert strip_opening(response) == rest
    assert not has_opening(rest)


@pytest.mark.parametrize("response", NONE)
def test_other_responses_come_back_unchanged(response: str) -> None:
    assert not has_opening(response)
    assert find_opening(response) is None
    assert strip_opening(response) == response


def test_a_list_in_the_main_clause_is_not_taken_for_part_of_the_phrase() -> None:
    response = "Given your schedule, evening walks, light yoga, and reading may be good."
    assert strip_opening(response) == "Evening walks, light yoga, and reading may be good."


def test_a_response_that_is_nothing_but_the_phrase_is_left_alone() -> None:
    assert strip_opening("Given your love of jazz, ") == "Given your love of jazz, "


def test_letters_whose_small_form_is_longer_do_not_shift_the_cut() -> None:
    assert strip_opening("İİİİ! Given your love of jazz, try Monk.") == "İİİİ! Try Monk."


@given(st.text())
def test_what_is_stripped_is_never_what_follows(tail: str) -> None:
    for response in (tail, "Given your age, " + tail, "考虑到您的年龄，" + tail):
        stripped = strip_opening(response)
        assert len(stripped) <= len(response) + 2  # a capital letter may be longer
        if not has_opening(response):
            assert stripped == response


@pytest.mark.parametrize(
    "unit",
    [
        "given your ",
        ",",
        "as a ",
        "考虑到您",
        "I, considering that you ",
        "Given your a, ",
        " ",
        "# ",
        "since you've ",
        "\n",
    ],
)
def test_hostile_responses_cost_next_to_nothing(unit: str) -> None:
    response = unit * (1_000_000 // len(unit))
    began = time.perf_counter()
    has_opening(response)
    strip_opening(response)
    assert time.perf_counter() - began < 0.5


def test_most_published_workflow_answers_have_one_and_hardly_any_unprompted_ones(shared_data: Path) -> None:
    shares = {}
    for path in sorted((shared_data / "published" / "responses").glob("*/*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        answers = [row[side][-1][1] for row in rows for side in ("response_left", "response_right")]
        found = [has_opening(answer) for answer in answers]
        shares[path.name.removesuffix("_profile_2.jsonl")] = sum(found) / len(found)
        assert not any(has_opening(strip_opening(answer)) for answer in answers)
    for name, share in shares.items():
        if name.startswith("mutistep"):
            assert share >= 0.92, name
        elif name.startswith("None"):
            assert share <= 0.04, name
