"""The workflow: five steps, each seeing only what it should, and what happens when one gives nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.paradigms import ParadigmInput, ParadigmOutput, load_paradigm
from interpref_core.paradigms.output_parsing import read_list
from interpref_core.records.data import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.providers.messages import Message

CASE = ParadigmInput(
    query="What should I do today?",
    history=(
        Turn(role="user", content="I play the oboe."),
        Turn(role="assistant", content="ASSISTANT-TEXT"),
        Turn(role="user", content="I hate mornings."),
    ),
    preference=None,
    other_history=(),
    other_preference=None,
)
SAYS = {
    "extract": '{"preferences": ["The user plays the oboe.", "The user hates mornings."]}',
    "relevant": '```json\n{"preferences": ["The user plays the oboe."]}\n```',
    "instruct": '{"instructions": ["Because the user plays the oboe, name duets."]}',
    "answer": "Play.\n",
    "refine": "Play a duet.\n",
}


async def run(
    says: dict[str, str] | None = None, case: ParadigmInput = CASE
) -> tuple[ParadigmOutput, list[tuple[str, str, Mapping[str, Any] | None]]]:
    asked: list[tuple[str, str, Mapping[str, Any] | None]] = []

    async def ask(stage: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None) -> str:
        assert [message.role for message in messages] == ["user"]
        asked.append((stage, messages[0].content, schema))
        return (SAYS | (says or {}))[stage]

    return await load_paradigm("wf").answer(case, ask), asked


async def test_the_five_steps_build_on_each_other_and_leave_a_trace() -> None:
    found, asked = await run()
    assert found == ParadigmOutput(
        "Play a duet.",
        None,
        {
            "extracted": ["The user plays the oboe.", "The user hates mornings."],
            "relevant": ["The user plays the oboe."],
            "instructions": ["Because the user plays the oboe, name duets."],
            "answer": "Play.",
            "refined": "Play a duet.",
        },
    )
    assert [stage for stage, _, _ in asked] == ["extract", "relevant", "instruct", "answer", "refine"]
    extract, relevant, instruct, first, refine = (text for _, text, _ in asked)
    assert "I play the oboe." in extract
    assert "I hate mornings." in extract
    assert CASE.query not in extract
    assert "- The user hates mornings." in relevant
    assert "mornings" not in instruct + first + refine
    assert "name duets" in first
    assert "Play." in refine
    assert all(CASE.query in text for text in (relevant, instruct, first, refine))


async def test_only_the_users_own_turns_are_read_and_only_in_the_first_step() -> None:
    _, asked = await run()
    assert "ASSISTANT-TEXT" not in "".join(text for _, text, _ in asked)
    assert not any("I play the oboe." in text for _, text, _ in asked[1:])


async def test_steps_that_give_lists_ask_for_json() -> None:
    _, asked = await run()
    keys = [next(iter(schema["properties"])) if schema else None for _, _, schema in asked]
    assert keys == ["preferences", "preferences", "instructions", None, None]


async def test_at_most_ten_preferences_are_kept_and_ten_instructions_made() -> None:
    many = [f"The user likes {n}." for n in range(30)]
    found, _ = await run(
        {
            "extract": json.dumps({"preferences": many}),
            "relevant": json.dumps({"preferences": many}),
            "instruct": json.dumps({"instructions": many}),
        }
    )
    assert found.trace["extracted"] == many
    assert found.trace["relevant"] == found.trace["instructions"] == many[:10]


@pytest.mark.parametrize(
    ("says", "asked_for", "note"),
    [
        ({"extract": '{"preferences": []}'}, ["extract", "answer"], "the step 'extract' found nothing"),
        ({"relevant": "None."}, ["extract", "relevant", "answer"], "the step 'relevant' found nothing"),
        ({"relevant": "I cannot say."}, ["extract", "relevant", "answer"], "'relevant' gave no list that can be read"),
        ({"instruct": "{"}, ["extract", "relevant", "instruct", "answer"], "'instruct' gave no list that can be read"),
    ],
)
async def test_a_step_without_result_leaves_the_query_to_be_answered_alone(
    says: dict[str, str], asked_for: list[str], note: str
) -> None:
    found, asked = await run(says)
    assert [stage for stage, _, _ in asked] == asked_for
    assert asked[-1][1] == CASE.query
    assert found.text == found.trace["answer"] == found.trace["refined"] == "Play."
    assert found.trace["instructions"] == []
    assert note in found.trace["note"]


async def test_a_history_without_a_word_of_the_user_is_not_asked_about() -> None:
    history = (Turn(role="assistant", content="Hello."), Turn(role="user", content=" "))
    found, asked = await run(case=ParadigmInput(CASE.query, history, None, (), None))
    assert [stage for stage, _, _ in asked] == ["answer"]
    assert found.trace["extracted"] == []


async def test_an_empty_refinement_keeps_the_first_answer() -> None:
    found, _ = await run({"refine": " "})
    assert found.text == "Play."
    assert found.trace["refined"] == ""


async def test_thoughts_aloud_reach_no_later_step_and_no_answer() -> None:
    thinking = {stage: f"<think>HMM - [1]</think>\n{text}" for stage, text in SAYS.items()}
    found, asked = await run(thinking)
    assert (await run())[0] == found
    assert "HMM" not in "".join(text for _, text, _ in asked)


@pytest.mark.parametrize(
    "text",
    [
        '{"preferences": ["One [a].", " Two {b}. "]}',
        '["One [a].", "Two {b}.", "One [a]."]',
        'Here you are:\n```json\n{"preferences": ["One [a].", "Two {b}.", 3, null, ""]}\n```\nDone.',
        '{"preferences": ["One [a].", "Two {b}.", "Thr',
        "- One [a].\n- Two {b}.",
        "Sure:\n\n1. One [a].\n2) Two {b}.\n",
        "• One [a].\n\n• Two {b}.",
    ],
)
def test_lists_are_read_from_json_whole_or_cut_and_from_bullets(text: str) -> None:
    assert read_list(text, "preferences", 10) == ["One [a].", "Two {b}."]


def test_sentences_about_the_user_are_a_list_without_bullets_too() -> None:
    text = "Here is what I found.\n\nThe user plays chess.\nBecause the user is old, go slowly.\n用户喜欢猫。"
    expected = ["The user plays chess.", "Because the user is old, go slowly.", "用户喜欢猫。"]
    assert read_list(text, "preferences", 10) == expected


@given(st.text(), st.integers(0, 12))
def test_any_output_gives_a_list_or_none(text: str, limit: int) -> None:
    for output in (text, "[" + text, '{"preferences": ["' + text):
        found = read_list(output, "preferences", limit)
        assert found is None or (len(found) <= limit and all(one.strip() == one for one in found))


@given(st.lists(st.text().filter(str.strip), max_size=8))
def test_a_list_in_json_is_read_back(sentences: list[str]) -> None:
    expected = list(dict.fromkeys(sentence.strip() for sentence in sentences))
    assert read_list(json.dumps({"preferences": sentences}), "preferences", 10) == expected
