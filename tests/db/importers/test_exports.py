"""Exports of chat services: the branch that was last seen, without what the user never saw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_db.importers import import_files

from .conftest import lines

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Importing


def node(name: str, parent: str | None, role: str | None, *parts: Any, **message: Any) -> dict[str, Any]:
    said = {"author": {"role": role}, "content": {"content_type": "text", "parts": list(parts)}, **message}
    return {"id": name, "parent": parent, "children": message.pop("children", []), "message": said if role else None}


def tree(*nodes: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    mapping = {one["id"]: one for one in nodes}
    for one in nodes:
        if one["parent"] in mapping:
            mapping[one["parent"]]["children"].append(one["id"])
    return [{"conversation_id": "c", "title": "T", "mapping": mapping, **fields}]


def test_the_current_branch_is_the_history(importing: Importing) -> None:
    nodes = (
        node("r", None, None),
        node("s", "r", "system", "hidden"),
        node("u", "s", "user", "hi", create_time=1700000000.5),
        node("a1", "u", "assistant", "first", create_time=1),
        node("a2", "u", "assistant", "second", create_time=2),
    )
    importing(tree(*nodes, current_node="a1"))
    assert importing.turns("c") == [("user", "hi"), ("assistant", "first")]
    assert importing.ask("SELECT title FROM histories") == [("T",)]
    assert importing.ask("SELECT time FROM turns WHERE time IS NOT NULL ORDER BY time DESC LIMIT 1") == [
        ("2023-11-14T22:13:20Z",)
    ]


def test_without_a_current_node_the_newest_leaf_is_taken(importing: Importing) -> None:
    nodes = (
        node("u", None, "user", "hi"),
        node("a2", "u", "assistant", "newest", create_time=9),
        node("a1", "u", "assistant", "older", create_time=2),
    )
    importing(tree(*nodes))
    assert importing.turns("c") == [("user", "hi"), ("assistant", "newest")]


def test_what_the_user_never_saw_is_left_out_and_parts_of_any_kind_are_read(importing: Importing) -> None:
    nodes = (
        node("1", None, "user", "look", {"content_type": "image_asset_pointer"}, {"text": "words"}),
        node("2", "1", "assistant", "to a tool", recipient="python"),
        node("3", "2", "tool", "result"),
        node("4", "3", "assistant", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
        node("5", "4", "assistant", "", content={"content_type": "thoughts", "thoughts": []}),
        node("6", "5", "assistant", "", content={"content_type": "code", "text": "print(1)"}),
        node("7", "6", "assistant", "", recipient="all"),
    )
    importing(tree(*nodes, current_node="7"))
    assert importing.turns("c") == [("user", "look\n[image_asset_pointer]\nwords"), ("assistant", "print(1)")]


def test_a_conversation_of_nothing_and_a_circle_are_refused_or_end(importing: Importing) -> None:
    empty = {"mapping": {"a": {"parent": "b", "message": None}, "b": {"parent": "a", "message": None}}}
    report = importing([empty, *tree(node("u", "u", "user", "hi"), current_node="u"), {"mapping": 5}, "text"])
    assert [one.line for one in report.rejected] == [1, 3, 4]
    assert importing.turns("c") == [("user", "hi")]


def test_claude_web_and_claude_code(importing: Importing) -> None:
    messages = [
        {"sender": "human", "text": "hi", "created_at": "2025-01-01T00:00:00Z"},
        {"sender": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hello"}]},
    ]
    importing([{"uuid": "w", "name": "N", "chat_messages": messages}], "web.json")
    assert importing.turns("w") == [("user", "hi"), ("assistant", "hello")]
    log = [
        {"type": "summary", "summary": "s"},
        {"type": "user", "sessionId": "k1", "message": {"content": "do it"}},
        {"type": "user", "sessionId": "k2", "message": {"content": "other"}},
        {"type": "assistant", "sessionId": "k1", "message": {"content": [{"type": "text", "text": "done"}]}},
        {"type": "user", "sessionId": "k1", "message": {"content": [{"type": "tool_result", "content": "x"}]}},
    ]
    report = importing(lines(*log, "{bad"), "code.jsonl")
    assert importing.turns("k1") == [("user", "do it"), ("assistant", "done")]
    assert importing.turns("k2") == [("user", "other")]
    assert [one.line for one in report.rejected] == [6]


def test_laps_sessions_are_one_history(importing: Importing) -> None:
    sessions = [
        {
            "dialogue": [{"role": "User", "message": "a"}, {"role": "Assistant", "message": "b"}],
            "preferences": {"x": 1},
        },
        {"dialogue": [{"role": "User", "message": "c"}]},
    ]
    report = importing([{"worker_id": 7, "topic": "food", "sessions": sessions}, {"sessions": [{"dialogue": 5}]}])
    assert importing.ask("SELECT user_id, turns, extra -> '$.sessions[0].preferences' FROM histories") == [
        ("7", 3, '{"x":1}')
    ]
    assert [(one.line, one.field) for one in report.rejected] == [(2, "sessions[0].dialogue")]


def test_the_real_exports_import_and_again_change_nothing(importing: Importing, shared_data: Path) -> None:
    files = sorted((shared_data / "chat_exports").iterdir())
    first = import_files(importing.study, files)
    assert (first.counts["histories"], first.rejected) == (5, [])
    export = json.loads((shared_data / "chat_exports" / "chatgpt_real_conversations.json").read_text())[0]
    texts = {
        part
        for one in export["mapping"].values()
        if one.get("message")
        for part in one["message"]["content"].get("parts", [])
        if isinstance(part, str)
    }
    kept = importing.ask("SELECT t.content FROM turns AS t JOIN histories ON key = history WHERE turns = 20")
    assert len(kept) == 20
    assert {text for (text,) in kept} <= texts | {"\n".join(texts)}
    again = import_files(importing.study, files)
    assert (again.unchanged, again.counts["histories"]) == (5, 0)
