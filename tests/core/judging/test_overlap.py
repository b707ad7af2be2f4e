"""The judge with no model: which words it goes by, and that the order shown changes nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.judging import OverlapJudge
from interpref_core.metrics.verdict_patterns import pattern_of
from interpref_core.orders import ORDERS

if TYPE_CHECKING:
    from pathlib import Path

Sides = dict[str, str]


def pattern(judge: OverlapJudge, personas: dict[str, str | None], responses: Sides) -> str:
    return pattern_of(
        judge.decide(
            (personas[order.preferences[0]], personas[order.preferences[1]]),
            (responses[order.responses[0]], responses[order.responses[1]]),
        ).choice
        for order in ORDERS
    )


def judge_of(*texts: str) -> OverlapJudge:
    return OverlapJudge.from_texts([*texts, "A text about the weather.", "Another text about trains."])


def test_a_response_belongs_to_the_preference_whose_words_only_it_has() -> None:
    personas = ("The user likes hiking.", "The user likes museums.")
    responses = ("Go for a hike in the hills.", "Visit the museum of art.")
    verdict = judge_of(*personas, *responses).decide(personas, responses)
    assert verdict.choice == "Left"
    assert verdict.case_label == "direct content"
    assert verdict.parsed_by == "overlap"
    assert verdict.reasoning == "Only Left shares with persona 1: hike; only Right shares with persona 2: museum."


def test_one_shared_word_is_enough_and_the_other_persona_may_be_no_preference() -> None:
    judge = judge_of("The user likes jazz.", "Try jazz.", "Try rock.")
    assert judge.decide(("The user likes jazz.", None), ("Try rock.", "Try jazz.")).choice == "Right"
    assert judge.decide((None, "The user likes jazz."), ("Try rock.", "Try jazz.")).choice == "Left"


def test_rare_words_weigh_more_than_common_ones() -> None:
    personas = ("The user enjoys walking and falconry", "The user enjoys quiet evenings")
    responses = ("Try falconry.", "Keep walking.")
    judge = OverlapJudge.from_texts([*personas, *responses, *["Keep walking."] * 20])
    assert judge.weight("falconri") > judge.weight("walk") > 0
    assert judge.decide(personas, responses).choice == "Left"


@pytest.mark.parametrize(
    ("personas", "responses"),
    [
        (("The user likes jazz.", "The user likes rock."), ("Hello there.", "Good day.")),
        (("The user likes jazz.", "The user likes rock."), ("jazz and rock", "rock and jazz")),
        (("The user likes jazz.", "The user likes jazz."), ("jazz", "rock")),
        ((None, None), ("jazz", "rock")),
        (("", ""), ("", "")),
    ],
)
def test_without_a_telling_word_it_does_not_know(
    personas: tuple[str | None, str | None], responses: tuple[str, str]
) -> None:
    verdict = judge_of("jazz", "rock").decide(personas, responses)
    assert (verdict.choice, verdict.case_label) == ("Don't know", "irrelevant")
    assert verdict.reasoning == "No word of either preference occurs in only one of the responses."


def test_words_that_weigh_the_same_are_named_and_not_decided_by() -> None:
    verdict = judge_of("jazz", "rock").decide(("jazz", "rock"), ("jazz rock", "nothing"))
    assert verdict.choice == "Don't know"
    assert "they weigh the same" in (verdict.reasoning or "")


@pytest.mark.parametrize(
    ("personas", "responses"),
    [
        (("用户喜欢爬山。", "用户喜欢看电影。"), ("周末可以去爬山。", "周末可以看一部电影。")),
        (("用户养猫", "用户养狗"), ("给猫咪买玩具", "给小狗买玩具")),
        (("ผู้ใช้ชอบกาแฟ", "ผู้ใช้ชอบชา"), ("ลองกาแฟดริป", "ลองชาเขียว")),
        (("उपयोगकर्ता को क्रिकेट पसंद है", "उपयोगकर्ता को शतरंज पसंद है"), ("क्रिकेट खेलें", "शतरंज खेलें")),
        (("Пользователь любит шахматы", "Пользователь любит футбол"), ("Сыграйте в шахматы", "Сыграйте в футбол")),
    ],
)
def test_it_reads_any_language(personas: tuple[str, str], responses: tuple[str, str]) -> None:
    assert judge_of(*personas, *responses).decide(personas, responses).choice == "Left"


telling = st.sampled_from(["jazz", "rock", "tea", "hiking", "hikes", "猫", "电影", "cheap,", "The user", "likes"])
texts = st.lists(telling).map(" ".join) | st.text(max_size=30)


@given(st.lists(texts, max_size=8), texts | st.none(), texts | st.none(), texts, texts)
def test_its_four_orders_always_agree(
    corpus: list[str], p: str | None, other: str | None, r: str, other_r: str
) -> None:
    judge = OverlapJudge.from_texts(corpus)
    personas, responses = {"a": p, "b": other}, {"a": r, "b": other_r}
    found = pattern(judge, personas, responses)
    assert found in {"LRRL", "RLLR", "DDDD"}
    assert pattern(judge, personas, responses) == found


def test_it_judges_two_hundred_real_items_in_four_orders_well_below_a_second(shared_data: Path) -> None:
    path = shared_data / "published" / "responses" / "gpt-4o" / "mutistep_gpt-4o_profile_2.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    items: list[tuple[dict[str, str | None], Sides]] = []
    for row in rows:
        second = None if row["persona_right"] == "None" else row["persona_right"]
        responses = {"a": row["response_left"][-1][1], "b": row["response_right"][-1][1]}
        items.append(({"a": row["persona_left"], "b": second}, responses))
    began = time.process_time()
    judge = OverlapJudge.from_texts(
        text for personas, responses in items for text in (*personas.values(), *responses.values()) if text
    )
    patterns = Counter(pattern(judge, *item) for item in items)
    assert time.process_time() - began < 1
    assert set(patterns) <= {"LRRL", "RLLR", "DDDD"}
    # The workflow's answers name the preference: words alone tell most of them apart.
    assert patterns["LRRL"] > 2 * (patterns["RLLR"] + patterns["DDDD"])
