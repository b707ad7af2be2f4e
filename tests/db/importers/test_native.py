"""The native format: every type, with its fields of the right kind and naming only what there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_core.clustering.events import CategoryAssignment, ClusterEvent, ClusterMembers
from interpref_core.construction.train_test_split import Split
from interpref_core.records.construction import Chunk, Lineage, Query, StageOutput, StageRun, Superseded
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import (
    Call,
    CallError,
    Comparison,
    JudgeRun,
    PromptUsed,
    Provenance,
    Response,
    Run,
    Tokens,
    Verdict,
)
from interpref_db.exporters.export import export
from interpref_db.importers import import_files
from interpref_db.study.study import Study

from .conftest import lines

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.records.base import Record

    from .conftest import Importing

PROVENANCE = Provenance(
    provider="openai", model="m", seed=1, prompt=PromptUsed(name="td", version="1", hash="h"), tokens=Tokens(prompt=5)
)
RECORDS: tuple[Record, ...] = (
    History(id="h", turns=(Turn(role="user", content="hi", time="2025-01-01T00:00:00Z"),), user="u", language="en"),
    History(id="g", turns=(Turn(role="system", content=""), Turn(role="tool", content="\x00界")), confidential=True),
    Preference(id="p", text="Tea.", category="Lifestyle", subcategory="dietary", extra={"a": [1, None]}),
    Preference(id="q", text="Rum."),
    Pair(id="pq", a="p", b="q", topic="drinks"),
    Item(id="i", query="What?", pair="pq", history_a="h", history_b="g"),
    Run(id="r", name="run", model="m", paradigm="np", parameters={"temperature": 0}, seed=2**40, expected=1),
    JudgeRun(id="r/j", run="r", judge="j", model="m", strip_openings=True),
    Response(id="ra", run="r", item="i", side="a", text="Tea it is", trace={"extracted": ["x"]}, provenance=PROVENANCE),
    Response(id="rb", run="r", item="i", side="b", text="", raw="raw"),
    Verdict(id="v", run="r", judge="j", item="i", order=1, choice="Left", case_label="format", judging="r/j"),
    Verdict(id="w", run="r", judge="j", choice="Unreadable", stage="opinion", seq=2, row=7, note="not placed"),
    Call(id="c", hash="x", stage="extract", text="t", run="r", item="i", side="a"),
    CallError(id="e", run="r", item="i", error="timeout", message="no answer", attempts=3, status=504),
    Comparison(id="k", annotator="me", model_a="m", model_b="n", winner="both bad", item="i", left="b"),
    StageRun(id="b", stage="extract", generation=2, seed=1, prompts=(PromptUsed(name="x", version="1", hash="h"),)),
    StageOutput(
        id="m", building="b", stage="extract", subject="h", part=1, made={"chunks": []}, refused=({"reason": "no"},)
    ),
    Chunk(id="u", history="h", number=1, first_turn=1, last_turn=1, queries=1, topic="tea", building="b"),
    Query(id="y", pair="pq", number=1, text="What now?", building="b", extra={"note": "x"}),
    Lineage(id="l", kind="preference", thing="p", source_kind="chunk", source="u", turns=(1, 3), confidential=True),
    Superseded(id="s", kind="preference", thing="old", building="b"),
    ClusterEvent(
        id="z1",
        event="made",
        seq=1,
        time="2025-01-01T00:00:00Z",
        by="program",
        threshold=0.5,
        vectors="offline/1",
        groups=(
            ClusterMembers(cluster="c", members=("p", "q"), representative="p"),
            ClusterMembers(cluster="d", members=()),
        ),
    ),
    ClusterEvent(
        id="z2",
        event="category",
        seq=2,
        time="2025-01-01T00:00:01Z",
        by="me",
        cluster="c",
        categories=(CategoryAssignment(preference="p", category="Food \x00界", confidence=0.25),),
    ),
    Split(id="z4", seed=7, share=0.25, time="2025-01-01T00:00:00Z", train=("i",), test=()),
    ClusterEvent(id="z3", event="undo", seq=3, time="2025-01-01T00:00:02Z", by="me", undoes="z2"),
)


def test_all_types_go_in_whichever_comes_first_and_again_change_nothing(importing: Importing) -> None:
    content = lines(*(record.to_json() for record in reversed(RECORDS)))
    report = importing(content)
    assert (report.format, report.rejected) == ("interpref", [])
    assert sum(report.counts.values()) == len(RECORDS) + report.counts["turns"]
    again = importing(content)
    assert (again.unchanged, again.rejected, any(again.counts.values())) == (len(RECORDS), [], False)
    assert importing.ask("SELECT seed FROM runs") == [(2**40,)]
    assert importing.turns("g") == [("system", ""), ("tool", "\x00界")]
    assert importing.ask("SELECT confidential FROM histories ORDER BY id") == [(True,), (False,)]


def test_what_else_people_note_is_kept_beside_what_they_kept_themselves(importing: Importing) -> None:
    written = [
        {"type": "preference", "id": "p", "text": "Tea.", "topic": "drinks", "note": {"by": ["me"]}},
        {"type": "preference", "id": "q", "text": "No tea.", "topic": "drinks", "extra": {"topic": "mine"}},
        {"type": "history", "id": "h", "turns": [{"role": "user", "content": "x"}], "language": "en", "site": "s"},
        {"type": "preference", "id": "r", "text": "t", "topic": "drinks", "extra": 3},
    ]
    report = importing(lines(*written))
    assert [(one.line, one.field) for one in report.rejected] == [(4, "extra")]
    kept = [json.loads(row[0]) for row in importing.ask("SELECT extra FROM preferences ORDER BY id")]
    assert kept == [{"topic": "drinks", "note": {"by": ["me"]}}, {"topic": "mine"}]
    assert json.loads(importing.ask("SELECT extra FROM histories")[0][0]) == {"site": "s"}


def test_an_item_may_name_two_preferences_instead_of_their_pair(importing: Importing) -> None:
    preferences = [record.to_json() for record in RECORDS if isinstance(record, Preference)]
    pair = {"type": "pair", "id": "mine", "a": "p", "b": "q"}
    sides = (("p", "q"), ("p", "q"), ("q", "p"))
    items = [{"type": "item", "id": f"i{n}", "query": "?", "a": a, "b": b} for n, (a, b) in enumerate(sides)]
    assert importing(lines(*preferences, pair, *items)).counts["pairs"] == 2
    assert importing.ask("SELECT count(DISTINCT pair) FROM items WHERE pair <> 'mine'") == [(1,)]
    assert importing(lines(*preferences, *items)).unchanged == 5


EVENT = {"type": "clustering", "id": "x", "event": "made", "seq": 1, "time": "t", "by": "me"}
WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"type": "surprise", "id": "x"}, "type", "unknown type"),
    ({"type": ["history"], "id": "x"}, "type", "unknown type"),
    ({"type": "preference", "id": 5, "text": "t"}, "id", "not a text"),
    ({"type": "preference", "id": "", "text": "t"}, "id", "not a text"),
    ({"type": "preference", "id": "x"}, "text", "missing"),
    ({"type": "preference", "id": "x", "text": "t", "category": 5}, "category", "not a text"),
    ({"type": "preference", "id": "x", "text": "t", "extra": [1]}, "extra", "not an object"),
    ({"type": "history", "id": "x"}, "turns", "missing"),
    ({"type": "history", "id": "x", "turns": []}, "turns", "empty"),
    ({"type": "history", "id": "x", "turns": [{"role": "user"}]}, "turns[0].content", "not a text"),
    ({"type": "history", "id": "x", "turns": [{"role": "king", "content": "c"}]}, "turns[0].role", "not one of"),
    ({"type": "history", "id": "x", "turns": [{"role": "user", "content": "c", "time": 5}]}, "turns[0].time", "text"),
    (
        {"type": "history", "id": "x", "turns": [{"role": "user", "content": "c"}], "confidential": 1},
        "confidential",
        "",
    ),
    ({"type": "item", "id": "x", "query": "q"}, "pair", "neither"),
    ({"type": "item", "id": "x", "query": "q", "pair": "none"}, "pair", "no pair 'none'"),
    ({"type": "item", "id": "x", "query": "q", "a": "p", "b": "none"}, "b", "no preference 'none'"),
    ({"type": "item", "id": "x", "query": "q", "pair": "pq", "history_a": "none"}, "history_a", "no history"),
    ({"type": "pair", "id": "x", "a": "none"}, "a", "no preference"),
    ({"type": "run", "id": "x", "name": "n", "model": "m", "paradigm": "np", "seed": 2**63}, "seed", "too large"),
    ({"type": "run", "id": "x", "name": "n", "model": "m", "paradigm": "np", "seed": 1.5}, "seed", "whole number"),
    ({"type": "response", "id": "x", "run": "none", "item": "i", "side": "a", "text": ""}, "run", "no run 'none'"),
    ({"type": "response", "id": "x", "run": "r", "item": "none", "side": "a", "text": ""}, "item", "no item 'none'"),
    ({"type": "response", "id": "x", "run": "r", "item": "i", "text": ""}, "side", "missing"),
    ({"type": "response", "id": "x", "run": "r", "item": "i", "side": "c", "text": ""}, "side", "not one of"),
    ({"type": "verdict", "id": "x", "run": "r", "judge": "j", "choice": "left"}, "choice", "not one of"),
    ({"type": "verdict", "id": "x", "run": "r", "judge": "j", "choice": "Left", "order": 5}, "order", "not one of"),
    ({"type": "comparison", "id": "x", "annotator": "a", "model_a": "m", "model_b": "n"}, "winner", "missing"),
    ({"type": "chunk", "id": "x", "history": "h", "building": "b"}, "number", "missing"),
    ({"type": "link", "id": "x", "kind": "item", "thing": "i", "source_kind": "query"}, "source", "missing"),
    (
        {"type": "link", "id": "x", "kind": "item", "thing": "i", "source_kind": "query", "source": "y", "turns": [0]},
        "turns",
        "positions",
    ),
    (
        {"type": "making", "id": "x", "building": "b", "stage": "s", "subject": "h", "refused": ["no"]},
        "refused",
        "objects",
    ),
    ({**EVENT, "event": "label"}, "event", "not one of"),
    ({**EVENT, "seq": None}, "seq", "missing"),
    ({**EVENT, "groups": [{"cluster": "c", "members": "p"}]}, "groups[0].members", "list of texts"),
    ({**EVENT, "groups": [{"members": []}]}, "groups[0]", "cluster"),
    ({**EVENT, "groups": {"c": []}}, "groups", "not a list"),
    ({**EVENT, "categories": [{"preference": "p"}]}, "categories[0]", "category"),
    (
        {**EVENT, "categories": [{"preference": "p", "category": "c", "subcategory": 1}]},
        "categories[0].subcategory",
        "text",
    ),
    ({**EVENT, "threshold": "high"}, "threshold", "number"),
    ({"type": "split", "id": "x", "seed": 1, "time": "t", "share": "half"}, "share", "number"),
    ({"type": "split", "id": "x", "seed": 1, "time": "t", "share": 0.5, "train": ["i", 5]}, "train", "list of texts"),
    ({"type": "preference", "id": "p", "text": "Other."}, "id", "with other content"),
)


def test_wrong_records_are_refused_with_line_and_field_and_the_rest_goes_in(importing: Importing) -> None:
    importing(lines(*(one.to_json() for one in RECORDS)))
    identifiers = "SELECT id FROM preferences UNION ALL SELECT id FROM items UNION ALL SELECT id FROM runs ORDER BY id"
    before = importing.ask(identifiers)
    good = {"type": "preference", "id": "new", "text": "New."}
    wrong = [{**record, "id": f"x{n}"} if record["id"] == "x" else record for n, (record, _, _) in enumerate(WRONG)]
    report = importing(lines(good, *wrong), "more.jsonl")
    assert [(one.line, one.field) for one in report.rejected] == [(n, one[1]) for n, one in enumerate(WRONG, start=2)]
    for one, record, (_, _, reason) in zip(report.rejected, wrong, WRONG, strict=True):
        assert reason in one.reason
        assert json.loads(json.dumps(one.record)) == record
    assert importing.ask(identifiers) == sorted([*before, ("new",)])


def test_confidential_records_stay_so(importing: Importing) -> None:
    history = {"type": "history", "id": "h", "turns": [{"role": "user", "content": "c"}]}
    importing(lines(history))
    assert importing(lines(history), confidential=True).unchanged == 1
    assert importing(lines(history)).unchanged == 1
    assert importing.ask("SELECT confidential FROM histories") == [(True,)]


def test_what_was_exported_goes_in_again_byte_for_byte(importing: Importing, tmp_path: Path) -> None:
    importing(lines(*(record.to_json() for record in RECORDS)))
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    export(importing.study, "study", first, include_confidential=True)
    with Study.open(tmp_path / "again.duckdb", create=True) as again:
        report = import_files(again, [first])
        assert report.rejected == []
        export(again, "study", second, include_confidential=True)
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_text(encoding="utf-8").splitlines()) == len(RECORDS)
