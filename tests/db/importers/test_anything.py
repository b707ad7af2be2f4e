"""Whatever stands in a record, an import ends with a report, never with an exception."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpref_db.importers import import_files
from interpref_db.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just([]), st.just({}), st.just([[]]), st.just([{}]),
    st.text(max_size=5), st.just([None]), st.just({"a": {}}), st.just("None"), st.just(10**30), st.just("\ud800"),
)  # fmt: skip

RECORDS: dict[str, Any] = {
    "sharegpt": {"id": "a", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "x": 1},
    "openai": {"messages": [{"role": "user", "content": [{"type": "text", "text": "t"}], "tool_calls": [{"a": 1}]}]},
    "chatgpt": {
        "conversation_id": "c",
        "current_node": "n",
        "mapping": {
            "r": {"parent": None, "message": None, "children": ["n"]},
            "n": {
                "parent": "r",
                "children": [],
                "message": {
                    "author": {"role": "user"},
                    "create_time": 1.5,
                    "recipient": "all",
                    "metadata": {},
                    "content": {"content_type": "text", "parts": ["hi", {"text": "x"}]},
                },
            },
        },
    },
    "claude": {
        "uuid": "u",
        "name": "n",
        "chat_messages": [{"sender": "human", "text": "t", "content": [{"text": "t"}]}],
    },
    "code": {
        "type": "user",
        "sessionId": "s",
        "timestamp": "t",
        "message": {"content": [{"type": "text", "text": "t"}]},
    },
    "laps": {"worker_id": 1, "topic": "t", "sessions": [{"dialogue": [{"role": "User", "message": "m"}], "p": 1}]},
    "prefeval": {"preference": "p", "question": "q", "conversation": {"0": {"user": "u", "assistant": "a"}}},
    "choice": {
        "preference": "p",
        "question": "q",
        "conversation": {
            "query": "q",
            "assistant_options": ["x"],
            "user_selection": "x",
            "assistant_acknowledgment": "k",
        },
    },
    "pandalm": {"idx": 0, "cmp_key": "a_b", "annotator1": 0, "annotator2": 1, "annotator3": 2, "instruction": "i"},
    "battle": {"model_a": "A", "model_b": "B", "winner": "tie", "judge": "j", "question_id": 5},
    "flags": {"model_a": "A", "model_b": "B", "winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0},
    "responses": {
        "history_idx": 4,
        "persona_left": "p",
        "persona_right": "q",
        "ai_opinion": "o",
        "response_left": [["q", "a"]],
        "response_right": [["q", "b"]],
    },
    "evaluation": {**{f"ai_opinion_{n}": "# reasoning" for n in range(1, 5)}, "choices": ["Left"] * 4},
    "history": {"type": "history", "id": "h", "turns": [{"role": "user", "content": "c"}], "extra": {}},
    "item": {"type": "item", "id": "i", "query": "q", "a": "p", "b": "q", "history_a": "h"},
    "verdict": {"type": "verdict", "id": "v", "run": "r", "judge": "j", "choice": "Left", "order": 1, "provenance": {}},
    "run": {"type": "run", "id": "r", "name": "n", "model": "m", "paradigm": "np", "seed": 1, "parameters": {}},
    "map": [["user", "assistant"]],
}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a value."""
    yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*at, step))


def changed(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    if not way:
        return new
    value = copy.copy(value)
    value[way[0]] = changed(value[way[0]], way[1:], new)
    return value


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with Study.open(tmp_path_factory.mktemp("any") / "s.duckdb", create=True) as study:
        yield study


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_refused(study: Study, kind: str, data: st.DataObject) -> None:
    good = RECORDS[kind]
    ways = list(places(good))
    records = [changed(good, data.draw(st.sampled_from(ways)), data.draw(_ANY)) for _ in range(8)]
    path = study.path.parent / "file.json"
    if kind == "map":
        path.write_text(json.dumps({"good": good, **{f"r{n}": record for n, record in enumerate(records)}}))
    elif data.draw(st.booleans()):
        path.write_text(json.dumps([good, *records]))
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in (good, *records)))
    report = import_files(study, [path])
    assert report.format or report.rejected
    assert all("\n" not in one.reason and len(one.reason) < 500 for one in report.rejected)
    json.dumps(report.to_json(), allow_nan=False)
