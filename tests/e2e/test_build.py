"""`interpref build` as its users run it: the whole chain, stage by stage."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from interpref_core.construction.stages import STAGES
from interpref_core.records.data import Pair, Preference
from interpref_db.study.study import Study
from tests.support.cli import interpref
from tests.support.construction import builder, stage_of
from tests.support.fake_openai import FakeOpenAI, Reply

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.built import accept, build, listed, raw, study_of


def test_from_raw_conversations_to_items_that_people_chose(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [*(raw(n) for n in range(3)), raw(9, turns=2)])
    first = build(tmp_path, study, server, "--from", "histories", "--until", "items")
    assert first.code == 0, first.err
    assert "1 histories have fewer than three turns of the user" in first.err
    assert "wait for people" in first.err
    assert listed(study, "items") == []
    assert (
        Counter(stage_of(body) for body in server.asked)["conversation"] == 0
    )  # nothing is paid for before they choose
    accept(study, 4)
    second = build(tmp_path, study, server, "--from", "queries")
    assert second.code == 0, second.err
    items = listed(study, "items")
    accepted = [one for one in listed(study, "queries") if one["accepted"]]
    assert len(accepted) == len(items) == 4
    assert {one["query"] for one in items} == {one["text"] for one in accepted}
    again = build(tmp_path, study, server, "--from", "histories")
    assert again.code == 0
    assert max(server.answered.values()) == 1
    shown = interpref(tmp_path, "show", study, items[0]["id"], "--json").json
    steps = {(step["kind"], step["source_kind"]) for step in shown["made_from"]}
    assert {("item", "query"), ("query", "pair"), ("preference", "chunk"), ("chunk", "history")} <= steps
    assert sum(step["role"] == "filler" for step in shown["made_from"]) == 8
    history = interpref(tmp_path, "show", study, shown["history_a"], "--json").json
    assert len(history["turns"]) == 40
    place = shown["extra"]["place"]
    told = history["turns"][8 * (place - 1) : 8 * place]
    carried = shown["preference_a"].removeprefix("The user ").rstrip(".")
    assert carried in told[2]["content"]


def test_every_preference_names_the_turns_of_the_history_that_show_it(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, turns=100)])
    assert build(tmp_path, study, server, "--only", "extract", "--window", 20, "--overlap", 6).code == 0
    chunks = listed(study, "chunks")
    assert [one["number"] for one in chunks] == list(range(1, len(chunks) + 1))
    assert (chunks[0]["first_turn"], chunks[-1]["last_turn"]) == (1, 200)
    assert all(one["last_turn"] + 1 == other["first_turn"] for one, other in itertools.pairwise(chunks))
    by_id = {one["id"]: one for one in chunks}
    links = listed(study, "links", kind="preference")
    assert links
    for link in links:
        chunk = by_id[link["source"]]
        assert all(chunk["first_turn"] <= turn <= chunk["last_turn"] and turn % 2 for turn in link["turns"])
    shown = interpref(tmp_path, "show", study, links[0]["thing"], "--json").json
    assert [turn["role"] for turn in shown["source_turns"]] == ["user"] * len(links[0]["turns"])


def test_a_dry_run_counts_and_asks_nothing(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, turns=50), raw(2, turns=3)])
    told = build(tmp_path, study, server, "--dry-run", "--json").json
    assert told["calls"] == 3  # 50 turns are two windows
    assert told["stages"][0]["stage"] == "extract"
    assert server.asked == []
    assert listed(study, "buildings") == []


def test_progress_is_json_lines_and_the_last_one_says_how_it_ended(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1)])
    lines = build(tmp_path, study, server, "--accept-all", "--json").lines
    begun = [line["stage"] for line in lines if line["event"] == "stage"]
    assert begun[0] == "extract"
    assert begun == [name for name in STAGES if name in begun]
    assert lines[-1]["event"] == "built"
    assert {one["stage"] for one in lines[-1]["stages"]} >= {"extract", "counterparts", "queries", "histories", "items"}


def test_the_gate_drops_queries_whose_answers_a_judge_cannot_tell_apart(tmp_path: Path) -> None:
    records = [
        Preference(id="a", text="The user is fond of chess."),
        Preference(id="b", text="The user is fond of rowing."),
        Pair(id="ab", a="a", b="b"),
    ]
    study = study_of(tmp_path / "s.duckdb", records)

    def script(body: dict[str, Any], before: int) -> Reply:
        text = body["messages"][0]["content"]
        if stage_of(body) == "answer":
            hobby = "chess" if "chess" in text and "present" not in text else "rowing"
            return Reply(text=f"All about {hobby}")
        return builder(body, before)

    with FakeOpenAI(script) as server:
        assert build(tmp_path, study, server, "--only", "queries", "--gate").code == 0
    assert [one["text"].split()[0] for one in listed(study, "queries")] == ["How", "Suggest"]
    refusals = listed(study, "refusals")
    assert [one["reason"].startswith("a judge cannot tell the two answers apart") for one in refusals] == [True]


def test_published_conversations_become_items_without_a_model(tmp_path: Path, shared_data: Path) -> None:
    study = tmp_path / "s.duckdb"
    log = shared_data / "published" / "responses" / "gpt-4o" / "None_gpt-4o_profile_2.jsonl"
    assert interpref(tmp_path, "import", study, shared_data / "published" / "history_map.json", log).code == 0
    done = interpref(
        tmp_path, "build", study, "--only", "queries", "--only", "histories", "--only", "items", "--existing-queries",
        "--position", "last", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.lines[-1]["stages"][-1]["made"]["item"] == 200
    with Study.open(study) as opened, opened.reading() as cursor:
        found = cursor.execute(
            "SELECT a.turns, b.turns, (i.extra ->> '$.place')::INTEGER FROM items AS i "
            "JOIN histories AS a ON a.id = i.history_a JOIN histories AS b ON b.id = i.history_b "
            "WHERE i.id IN (SELECT thing FROM links WHERE kind = 'item')"
        ).fetchall()
    assert len(found) == 200
    assert min(min(row[:2]) for row in found) > 20
    assert {row[2] for row in found} == {5}


def test_real_conversations_in_english_and_chinese_go_through_the_whole_chain(
    tmp_path: Path, shared_data: Path
) -> None:
    study = tmp_path / "s.duckdb"
    files = [shared_data / "sharegpt" / name for name in ("tools_zh.json", "dpo_en.json")]
    assert interpref(tmp_path, "import", study, *files).code == 0
    in_chinese = {"The user is fond of": "用户喜欢", "The user enjoys": "用户爱好", "The user adores": "用户热爱"}

    def bilingual(body: dict[str, Any], before: int) -> Reply:
        text = builder(body, before).text or ""
        if re.search("[\u4e00-\u9fff]{4}", body["messages"][0]["content"].partition("Give JSON")[2]):
            for english, chinese in in_chinese.items():
                text = text.replace(english, chinese)
        return Reply(text=text)

    with FakeOpenAI(bilingual) as server:
        done = build(tmp_path, study, server, "--accept-all", "--limit", 24, "--json")
        assert done.code == 0, done.err
        shown = [body["messages"][0]["content"] for body in server.asked if stage_of(body) == "extract"]
    made = {one["stage"]: one["made"] for one in done.lines[-1]["stages"]}
    assert made["extract"]["preference"] >= 48
    assert made["items"]["item"] > 0
    # The tools' turns are not the user's: what was shown is what people wrote.
    assert not any("function_call" in text.partition("<<<")[2] for text in shown)
    preferences = [one["text"] for one in listed(study, "preferences")]
    assert any(one.startswith("用户") for one in preferences)
    assert any(one.startswith("The user") for one in preferences)
    assert any(one["b"].startswith("用户") for one in listed(study, "pairs"))
