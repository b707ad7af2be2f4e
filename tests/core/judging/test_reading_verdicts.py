"""What a judge's output is read as, and that nothing is guessed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.judging import VERDICT_SCHEMA, parse_verdict
from interpref_core.judging.verdict_words import parse_case_label, parse_choice
from interpref_core.records.base import CASE_LABELS

if TYPE_CHECKING:
    from interpref_core.records.base import CaseLabel, Choice

SECTIONS = "# reasoning\n{reasoning}\n\n# response corresponds to persona_1\n{answer}\n\n# case_label\n{label}"
ANSWERS: dict[str, Choice] = {
    "Left": "Left",
    "left.": "Left",
    "**Right**": "Right",
    '"Right"': "Right",
    "`RIGHT`": "Right",
    "response_Left": "Left",
    "Response_Right.": "Right",
    "The left response": "Left",
    "I think it is response_Right": "Right",
    "Left, because it names jazz": "Left",
    "Left (response_Left)": "Left",
    "Right - it is shorter": "Right",
    "Don't know": "Don't know",
    "Don’t know": "Don't know",
    "dont know.": "Don't know",
    "DO NOT KNOW": "Don't know",
    "**Don`t know**": "Don't know",
    "I don't know": "Don't know",
    "Cannot tell": "Don't know",
    "unknown": "Don't know",
    "不知道": "Don't know",
    "": "Unreadable",
    "Both": "Unreadable",
    "Neither": "Unreadable",
    "Left or Right": "Unreadable",
    "Left / Don't know": "Unreadable",
    "Not Left": "Unreadable",
    "Left-handed": "Unreadable",
    "The user wants it done right away": "Unreadable",
    "Left\nRight": "Unreadable",
    "Left and Right": "Unreadable",
    "persona_2": "Unreadable",
    "All right, don't know": "Unreadable",
    "We don't know the user, so the left one": "Unreadable",
}
LABELS: dict[str, CaseLabel | None] = {
    "direct content relevant": "direct content",
    "Direct_Content": "direct content",
    "implicit content relevant": "implicit content",
    "implicity content relevant": "implicit content",
    "format relevant": "format",
    "logical relevant": "logical",
    "logic relevant": "logical",
    "inrelevant": "irrelevant",
    "irrelevant": "irrelevant",
    "Not relevant.": "irrelevant",
    "**format relevant**\n```": "format",
    "indirect": None,
    "direct content, format": None,
    "something else": None,
    "": None,
}


@pytest.mark.parametrize(("answer", "choice"), ANSWERS.items())
def test_answers_are_read_as_what_they_say(answer: str, choice: Choice) -> None:
    assert parse_choice(answer) == choice
    assert parse_verdict(SECTIONS.format(reasoning="so", answer=answer, label="format")).choice == choice
    assert parse_verdict(json.dumps({"reasoning": "so", "persona_1": answer, "case_label": "format"})).choice == choice


@pytest.mark.parametrize(("spelling", "label"), LABELS.items())
def test_case_labels_are_one_of_five_whatever_their_spelling(spelling: str, label: CaseLabel | None) -> None:
    assert parse_case_label(spelling) == label


def test_what_is_no_text_has_no_case_label() -> None:
    assert parse_case_label(None) is None
    assert parse_case_label(["format"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "# Reasoning\nLeft names jazz.\n# Response corresponds to persona_1\nLeft\n# Case_label\nformat relevant",
        "# reasoning\nLeft names jazz.\n\n# response corresponds to persona_1\n\nLeft\n\n# case_label\n\nformat relevant",
        "**reasoning**: Left names jazz.\n**response corresponds to persona_1:** Left\n**case_label**: format relevant",
        "```\n# reasoning\nLeft names jazz.\n# response corresponds to persona_1\n`Left`\n# case_label\nformat relevant\n```",
        "## reasoning:\nLeft names jazz.\n## response corresponds to persona\\_1:\n**Left**\n## case\\_label:\nformat",
        "Reasoning: Left names jazz.\nThe response corresponds to persona_1: response_Left\nCase label: format",
        "# reasoning\nLeft names jazz.\n# response corresponds to persona_1 Left\n# case_label format relevant",
        "reasoning: Left names jazz.\r\npersona_1: Left\r\ncase_label: format\r\n",
        "<think># response corresponds to persona_1\nRight</think>"
        + SECTIONS.format(reasoning="Left names jazz.", answer="Left", label="format"),
    ],
)
def test_labelled_sections_are_read_in_any_dress(text: str) -> None:
    verdict = parse_verdict(text)
    assert (verdict.choice, verdict.case_label, verdict.parsed_by) == ("Left", "format", "sections")
    assert verdict.reasoning == "Left names jazz."


@pytest.mark.parametrize(
    "text",
    [
        '{"reasoning": "r {x}", "persona_1": "Right", "case_label": "logical"}',
        'Sure, here it is:\n```json\n{"reasoning": "r {x}", "persona_1": "Right", "case_label": "logical relevant"}\n```\nBye.',
        '{"# reasoning": "r {x}", "# response corresponds to persona_1": "Right", "# case_label": "logic relevant"}',
        '{not json} and then {"Reasoning": "r {x}", "Persona_1": "response_Right", "Case Label": "logical"}',
        '{"verdict": {"reasoning": "r {x}", "persona_1": "Right", "case_label": "logical"}}',
        '<think>{"persona_1": "Left"}</think>{"reasoning": "r {x}", "persona_1": "Right", "case_label": "logical"}',
        '{"reasoning": "r {x}", "persona_1": "Right", "case_label": "logical"}\n# response corresponds to persona_1\nRight',
    ],
)
def test_json_is_read_in_fences_and_in_talk(text: str) -> None:
    verdict = parse_verdict(text)
    assert (verdict.choice, verdict.case_label, verdict.parsed_by) == ("Right", "logical", "json")
    assert verdict.reasoning == "r {x}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Left",
        "Both responses are fine.",
        '{"reasoning": "Left names jazz", "persona_1": "Le',
        '{"reasoning": "Left names jazz", "persona_1": "Left", "case_la',
        '{"reasoning": "Left names jazz"}',
        '{"persona_1": null}',
        '{"persona_1": ["Left"]}',
        '{"persona_1": "Left", "persona_1": "Right"}',
        '{"persona_1": "Left"} or rather {"persona_1": "Right"}',
        '{"persona_1": "Left"}\n# response corresponds to persona_1\nRight',
        "# reasoning\nIt is the left one.",
        "# response corresponds to persona_1\nLeft\n# response corresponds to persona_1\nRight",
        "# reasoning\npersona_1: the user leans left.\npersona_1 is right-handed: so what",
        "# reasoning\nWhat about\npersona_1\nprefers the left",
        "<think>It is the left one. # response corresponds to persona_1\nLeft",
    ],
)
def test_what_is_cut_or_contradicts_itself_or_says_nothing_is_unreadable(text: str) -> None:
    assert parse_verdict(text).choice == "Unreadable"


def test_a_sentence_that_begins_with_a_heading_word_stays_in_the_reasoning() -> None:
    reasoning = 'Persona_1 prefers a narrative style: "Once".\npersona_2 does not.\nReasoning by age does not help.'
    verdict = parse_verdict(SECTIONS.format(reasoning=reasoning, answer="Right", label="format relevant"))
    assert verdict.choice == "Right"
    assert verdict.reasoning == reasoning


def test_json_that_a_judge_quotes_from_a_response_is_no_verdict() -> None:
    quoted = 'It answers {"answer": "Left"} and {"choice": "Right"}.'
    verdict = parse_verdict(SECTIONS.format(reasoning=quoted, answer="Right", label="format relevant"))
    assert (verdict.choice, verdict.parsed_by) == ("Right", "sections")


@given(
    choice=st.sampled_from(["Left", "Right", "Don't know"]),
    label=st.sampled_from(CASE_LABELS),
    reasoning=st.text(),
    indent=st.sampled_from([None, 2]),
    fence=st.booleans(),
    ascii_only=st.booleans(),
)
def test_whatever_follows_the_schema_is_read_back(
    choice: Choice, label: CaseLabel, reasoning: str, indent: int | None, fence: bool, ascii_only: bool
) -> None:
    output = json.dumps(
        {"reasoning": reasoning, "persona_1": choice, "case_label": label}, indent=indent, ensure_ascii=ascii_only
    )
    verdict = parse_verdict(f"```json\n{output}\n```" if fence else output)
    assert (verdict.choice, verdict.case_label, verdict.reasoning) == (choice, label, reasoning)


@given(st.text())
def test_any_text_gives_a_verdict_and_no_error(text: str) -> None:
    parse_verdict(text)
    parse_verdict("{" + text)
    parse_verdict("# response corresponds to persona_1\n" + text)


@pytest.mark.parametrize(
    "unit", ["{", '{"persona_1": ', "[" * 10, "# ", "```", "<think>", "persona_1\n", "Left ", '"', " "]
)
def test_hostile_output_costs_no_more_than_its_length(unit: str) -> None:
    began = time.perf_counter()
    parse_verdict(unit * (200_000 // len(unit)))
    assert time.perf_counter() - began < 2


def test_the_schema_names_what_is_read() -> None:
    properties = VERDICT_SCHEMA["properties"]
    assert set(VERDICT_SCHEMA["required"]) == set(properties)
    assert [parse_choice(choice) for choice in properties["persona_1"]["enum"]] == properties["persona_1"]["enum"]
    assert tuple(parse_case_label(label) for label in properties["case_label"]["enum"]) == CASE_LABELS
