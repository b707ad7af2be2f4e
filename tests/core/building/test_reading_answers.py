"""What models answer to the prompts of construction: read where it can be, refused with a reason where it cannot."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.construction import counterparts, queries
from interpref_core.construction.answer_parsing import UnreadableAnswer, parse_string_list
from interpref_core.construction.conversation_synthesis import read_conversation
from interpref_core.construction.extraction import read_window
from interpref_core.construction.reask import ask_until_valid
from interpref_core.construction.rule_checks import negation_reason, words_naming_preference
from interpref_core.construction.windows import Span
from interpref_core.engine import CallResult, TaskContext
from interpref_core.prompts.loading import load_prompt
from interpref_core.providers import Message, Parameters, open_provider
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = Span(11, 20)
CHUNKS = [
    {
        "begin_dialog_id": 11,
        "end_dialog_id": 15,
        "topic": "bread",
        "personal_profile": [{"text": "The user bakes.", "turns": [12, 99]}],
        "response_format": [],
    },
    {
        "begin_dialog_id": 16,
        "end_dialog_id": 40,
        "topic": "trains",
        "personal_profile": ["The user commutes."],
        "response_format": [{"text": "The user wants tables.", "turns": ["Dialog 17"]}, "none"],
    },
]
LABELLED = """
**begin_dialog_id**: 11
**end_dialog_id**: 15
topic: bread
personal_profile:
- The user bakes. (12)
response_format: none

begin_dialog_id: 16
end_dialog_id: 20
topic: trains
personal_profile:
- The user commutes.
response_format:
1. The user wants tables. [Dialogs 17]
"""
CHINESE = """
开始编号：11
结束编号：15
主题：面包
个人信息：
- 用户喜欢烘焙。（12）
回答方式：无
"""


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(
        ["chunks", "begin_dialog_id", "counterparts", "checked", "number", "queries", "turns", "user_1"]
    )
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"chunks": CHUNKS}),
        json.dumps(CHUNKS),
        f"<think>hm</think>Here you are:\n```json\n{json.dumps({'chunks': CHUNKS}, indent=1)}\n```\nDone.",
        json.dumps({"chunks": CHUNKS})[:-1],  # cut off: the chunks are whole
        LABELLED,
    ],
)
def test_chunks_are_read_from_json_in_any_dress_and_from_labelled_lines(text: str) -> None:
    pieces, refused = read_window(text, WINDOW)
    assert [(piece.span.first, piece.span.last, piece.topic) for piece in pieces] == [
        (11, 15, "bread"),
        (16, 20, "trains"),
    ]
    assert [(one.kind, one.text, one.turns) for one in pieces[0].found] == [("profile", "The user bakes.", (12,))]
    assert [(one.kind, one.text, one.turns) for one in pieces[1].found] == [
        ("profile", "The user commutes.", (16, 17, 18, 19, 20)),
        ("format", "The user wants tables.", (17,)),
    ]
    assert refused == []


def test_chinese_labels_are_read() -> None:
    pieces, _ = read_window(CHINESE, WINDOW)
    assert [(one.text, one.turns) for one in pieces[0].found] == [("用户喜欢烘焙。", (12,))]


@pytest.mark.parametrize(
    "text",
    ["", "I cannot do that.", "{}", '{"chunks": []}', '{"chunks": [{"begin_dialog_id": 1, "end_dialog_id": 2}]}'],
)
def test_an_answer_without_a_chunk_of_the_window_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read_window(text, WINDOW)


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), _nested).map(json.dumps)))
def test_no_answer_breaks_a_reader(text: str) -> None:
    readers: tuple[Callable[[], Any], ...] = (
        lambda: read_window(text, WINDOW),
        lambda: counterparts.read_counterparts(text, "The user bakes."),
        lambda: counterparts.read_check(text, ["a", "b"]),
        lambda: queries.read_queries(text, ("The user bakes.", None)),
        lambda: queries.read_check(text, ["a", "b"]),
        lambda: read_conversation(text, "The user bakes."),
    )
    for reader in readers:
        with suppress(UnreadableAnswer):
            reader()


def test_counterparts_say_something_of_their_own() -> None:
    answer = json.dumps(
        {
            "counterparts": [
                "The user drinks green tea.",
                "The user does not drink coffee.",
                "The user isn't someone who never drinks coffee.",
                "The user drinks COFFEE.",
                "The user drinks green tea!",
                "The user only drinks tap water.",
            ]
        }
    )
    kept, refused = counterparts.read_counterparts(answer, "The user drinks coffee.")
    assert kept == ["The user drinks green tea.", "The user only drinks tap water."]
    assert [one["reason"] for one in refused] == [
        "a negation that adds nothing",
        "a double negative",
        "says what the preference says",
        "given twice",
    ]


@pytest.mark.parametrize(
    ("preference", "counterpart", "reason"),
    [
        ("用户喜欢咖啡。", "用户不喜欢咖啡。", "a negation that adds nothing"),
        ("用户喜欢咖啡。", "用户喜欢绿茶。", None),
        ("The user is employed.", "The user is not employed but retired.", None),
        ("The user does not eat meat.", "The user does not eat sugar.", None),
    ],
)
def test_negations(preference: str, counterpart: str, reason: str | None) -> None:
    assert negation_reason(preference, counterpart) == reason


def test_a_check_orders_counterparts_from_near_to_far_and_refuses_other_topics() -> None:
    answer = {
        "checked": [
            {"number": 1, "same_topic": True, "different": True, "distance": 2},
            {"number": 2, "same_topic": True, "different": True, "distance": 1},
            {"number": 3, "same_topic": False, "different": True, "distance": 3},
        ]
    }
    checked = counterparts.read_check(json.dumps(answer), ["far", "near", "other", "unmentioned"])
    assert checked.kept == ["near", "far"]
    assert [(one["text"], one["reason"]) for one in checked.refused] == [
        ("other", "not on the same topic"),
        ("unmentioned", "the check says nothing of it"),
    ]


@pytest.mark.parametrize(
    ("query", "sides", "named"),
    [
        ("Which milk drink suits me?", ("The user likes coffee.", "The user likes milk."), ["milk"]),
        ("What shall I drink?", ("The user likes to drink coffee.", "The user likes to drink milk."), []),
        ("Give me some teas", ("The user drinks tea.", "The user runs."), ["teas"]),
        ("推荐一款咖啡", ("用户喜欢咖啡。", "用户喜欢牛奶。"), ["咖啡"]),
        ("推荐一款饮料", ("用户喜欢咖啡。", "用户喜欢牛奶。"), []),
        ("Plan my weekend", ("The user hikes.", None), []),
        ("Quel livre lire dans le train ?", ("L'utilisateur aime le thé.", "L'utilisateur aime la bière."), []),
        ("Welches Bier passt dazu?", ("Der Nutzer mag Bier.", "Die Nutzerin mag Tee."), ["bier"]),
    ],
)
def test_a_query_names_a_preference_by_a_word_that_only_one_has(
    query: str, sides: tuple[str, str | None], named: list[str]
) -> None:
    assert words_naming_preference(query, sides) == named


def test_queries_that_name_a_preference_or_repeat_are_refused() -> None:
    answer = json.dumps({"queries": ["Plan a trip.", "plan a trip", "Where can I ski?", "The user wants a plan."]})
    kept, refused = queries.read_queries(answer, ("The user loves to ski.", "The user loves the beach."))
    assert kept == ["Plan a trip."]
    assert [one["reason"] for one in refused] == [
        "given twice",
        "names a preference: ski",
        "speaks of the user instead of asking",
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"user_1": "Hi", "assistant_1": "Yes", "user_2": "More", "assistant_2": "Sure"}),
        "user: Hi\nchatbot: Yes\nuser: More\nchatbot: Sure",
        "**User:** Hi\n\n**Assistant:** Yes\n\n**User:** More\n\n**Assistant:** Sure",
        "# user:\nHi\n# chatbot:\nYes\n# user:\nMore\n# chatbot:\nSure",
        "用户：Hi\n助手：Yes\n用户：More\n助手：Sure",
        json.dumps({"turns": [{"role": r, "content": c} for r, c in zip(("user", "assistant") * 2, ("Hi", "Yes", "More", "Sure"), strict=True)]}),
    ],
)  # fmt: skip
def test_two_rounds_are_read_from_json_and_from_labelled_sections(text: str) -> None:
    turns = read_conversation(text, "The user is in his thirties.")
    assert [(turn.role, turn.content) for turn in turns] == [
        ("user", "Hi"), ("assistant", "Yes"), ("user", "More"), ("assistant", "Sure"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Once upon a time", "no conversation"),
        ("user: Hi\nassistant: Yes", "not two rounds"),
        ("user: Hi\nuser: Hi\nassistant: Yes\nassistant: No", "not two rounds"),
        ("user: Hi\nassistant:\nuser: x\nassistant: y", "a turn is empty"),
        ("user: Hi, the user is in his thirties\nassistant: a\nuser: x\nassistant: y", "recites"),
    ],
)
def test_half_a_conversation_is_none(text: str, reason: str) -> None:
    with pytest.raises(UnreadableAnswer, match=reason):
        read_conversation(text, "The user is in his thirties.")


def test_what_is_wrong_is_said_and_the_model_asked_again_a_few_times() -> None:
    asked: list[tuple[str, tuple[Message, ...]]] = []
    answers = iter([("nonsense", "length"), ("- one\n- two", "stop")])

    async def call(stage: str, messages: tuple[Message, ...], _: object) -> CallResult:
        asked.append((stage, messages))
        text, finish_reason = next(answers)
        return CallResult("hash", text, True, Tokens(), 0.1, 1, finish_reason)

    asking = TaskContext(open_provider("openai/x", base_url="http://127.0.0.1:1/v1"), Parameters(), call)
    question = (Message("user", "list"),)
    again = load_prompt("build-again")
    found = asyncio.run(
        ask_until_valid(asking, "s", question, {}, read=lambda text: parse_string_list(text, "x"), again=again)
    )
    assert found == ["one", "two"]
    assert [stage for stage, _ in asked] == ["s", "s again 1"]
    assert [message.role for message in asked[1][1]] == ["user", "assistant", "user"]
    assert "no list of x in the answer; the answer was cut off" in asked[1][1][2].content
