"""`interpref build` as its users run it: the whole chain, stage by stage, killed and resumed, with good and bad models."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.annotation.labels import Assignment, Entry
from interpref_core.building.stages import STAGES
from interpref_core.records import History, Pair, Preference, Turn
from interpref_db.annotating.session import AnnotationSession
from interpref_db.lists import Asked, rows
from interpref_db.study import Study
from tests.support.cli import Done, interpref, start
from tests.support.construction import builder, stage_of
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.gguf_model import write_tiny_gguf
from tests.support.studies import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TURNS = 14


def raw(number: int, turns: int = TURNS, **more: Any) -> History:
    """A conversation as people have them: so many turns of the user, each answered."""
    texts = [
        (role, f"{role} says {n} in history {number}") for n in range(turns) for role in ("user", "assistant")
    ]  # fmt: skip
    return History(id=f"raw-{number}", turns=tuple(Turn(role=role, content=text) for role, text in texts), **more)


def study_of(path: Path, records: Any) -> Path:
    with Study.open(path, create=True) as study, study.writing("test") as writer:
        writer.add(records, origin="test")
        writer.fold("test")
    return path


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(builder) as running:
        yield running


def build(home: Path, study: Path, server: FakeOpenAI, *arguments: object) -> Done:
    return interpref(
        home, "build", study, "--model", "openai/fake", "--base-url", server.url, *arguments, OPENAI_API_KEY="k"
    )


def listed(study: Path, name: str, **where: Any) -> list[dict[str, Any]]:
    """A list of what the study holds, as `interpref list` gives it."""
    with Study.open(study) as opened, opened.reading() as cursor:
        return rows(cursor, name, Asked(where=where))


def accept(study: Path, wanted: int) -> None:
    """A person accepts the first candidates and refuses the others."""
    with (
        Study.open(study) as opened,
        AnnotationSession(opened, "ann", Assignment(task="query", order="fixed")) as session,
    ):
        for place, entry in enumerate(session.queue):
            assert isinstance(entry, Entry)
            assert session.texts(entry) is not None
            session.decide(entry, "right" if place < wanted else "left")


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


COLUMNS = {"chunks": "topic", "preferences": "text", "pairs": "a", "queries": "text", "items": "query"}


def texts(study: Path, kind: str) -> list[str]:
    return sorted(str(one[COLUMNS[kind]]) for one in listed(study, kind))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a build makes that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    study = study_of(folder / "s.duckdb", [raw(n) for n in range(4)])
    with FakeOpenAI(builder) as server:
        assert build(folder, study, server, "--accept-all").code == 0
    return {kind: texts(study, kind) for kind in COLUMNS}


@pytest.mark.parametrize("stage", ["extract", "counterparts", "queries", "conversation"])
def test_killed_at_any_stage_it_goes_on_and_asks_nothing_twice(
    tmp_path: Path, stage: str, uninterrupted: dict[str, list[str]]
) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(4)])
    arguments = ("--accept-all", "--concurrency", 2)
    asked: Counter[str] = Counter()

    def slow(body: dict[str, Any], before: int) -> Reply:
        asked[stage_of(body)] += 1
        reply = builder(body, before)
        return Reply(text=reply.text, delay=0.05 if stage_of(body) == stage else 0.0)

    with FakeOpenAI(slow) as server:
        command = ("build", study, "--model", "openai/fake", "--base-url", server.url, *arguments)
        process = start(tmp_path, *command, OPENAI_API_KEY="k")
        deadline = time.monotonic() + 60
        while asked[stage] < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        done = build(tmp_path, study, server, *arguments)
        assert done.code == 0, done.err
        # What was on its way when the process died may have been answered unheard; nothing else is asked again.
        twice = [name for name, count in server.answered.items() if count > 1]
        assert len(twice) <= 2
    made = {kind: texts(study, kind) for kind in uninterrupted}
    assert made == uninterrupted


def test_a_model_that_talks_nonsense_is_survived_by_every_stage_and_every_refusal_is_listed(tmp_path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf", context=16384)
    records = [
        raw(1, turns=3),
        Preference(id="p", text="The user bakes bread."),
        Preference(id="x", text="The user sails."),
        Preference(id="y", text="The user climbs."),
        Pair(id="xy", a="x", b="y"),
    ]
    study = study_of(tmp_path / "s.duckdb", records)
    asking = ("--model", f"llama_cpp/{model}", "--max-tokens", 40, "--accept-all")
    stages = [part for stage in ("extract", "counterparts", "queries", "histories") for part in ("--only", stage)]
    done = interpref(tmp_path, "build", study, *stages, *asking)
    assert done.code == 0, done.err
    refusals = listed(study, "refusals")
    assert {"extract", "counterparts", "queries"} <= {one["stage"] for one in refusals}
    assert all(one["reason"] for one in refusals)
    assert listed(study, "errors") == []
    with Study.open(study) as opened, opened.writing("test") as writer:
        query = {"type": "query", "id": "q", "pair": "xy", "number": 1, "text": "What now?", "building": "b"}
        writer.add([(1, query)], origin="test")
        writer.fold("test")
    done = interpref(tmp_path, "build", study, "--only", "histories", *asking)
    assert done.code == 0, done.err
    refused = [one for one in listed(study, "refusals") if one["stage"] == "histories"]
    assert {one["subject"] for one in refused} >= {"x", "y"}
    assert [one["id"] for one in listed(study, "histories")] == ["raw-1"]  # no half conversation was kept


def test_a_new_generation_replaces_the_old_one_only_when_it_is_complete(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(2)])
    failing = False

    def script(body: dict[str, Any], before: int) -> Reply:
        if failing and stage_of(body) == "extract" and "history 1" in body["messages"][0]["content"]:
            return Reply(status=500)
        reply = builder(body, before)
        # Warmer, it words everything otherwise.
        return Reply(text=(reply.text or "").replace("The user", "The user surely")) if body["temperature"] else reply

    with FakeOpenAI(script) as server:
        assert build(tmp_path, study, server, "--accept-all").code == 0
        before = {kind: listed(study, kind) for kind in ("chunks", "preferences", "items")}
        assert all(before.values())
        failing = True
        half = build(tmp_path, study, server, "--again", "extract", "--temperature", 0.5, "--attempts", 1)
        assert half.code == 3
        assert "is not complete: the one before it stands" in half.err
        assert {kind: listed(study, kind) for kind in before} == before
        failing = False
        whole = build(tmp_path, study, server, "--again", "extract", "--temperature", 0.5, "--json")
        assert whole.code == 0
        settled = next(line for line in whole.lines if line["event"] == "settled")
        assert (settled["generation"], settled["replaced"]["item"]) == (2, len(before["items"]))
    assert listed(study, "items") == []
    assert len(listed(study, "chunks")) == len(before["chunks"])
    assert [one["replaced"] for one in listed(study, "buildings", stage="extract")] == [
        True,
        False,
    ]
    exported = tmp_path / "all.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", exported).code == 0
    kinds = Counter(json.loads(line)["type"] for line in exported.read_text(encoding="utf-8").splitlines())
    assert kinds["item"] == len(before["items"])  # what was replaced is kept


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


def test_confidential_histories_go_to_no_remote_model_nor_does_what_was_made_of_them(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, confidential=True), raw(2)])
    with FakeOpenAI(builder) as server:
        remote = (
            "build",
            study,
            "--model",
            "openai/fake",
            "--base-url",
            server.url,
            "--accept-all",
            "--only",
            "extract",
        )
        # A name of this machine that is not known as local: the loopback address is.
        local = interpref(tmp_path, *remote, OPENAI_API_KEY="k")
        assert local.code == 0
    made = listed(study, "links", kind="preference")
    with Study.open(study) as opened, opened.reading() as cursor:
        private = {
            row[0]
            for row in cursor.execute("SELECT thing FROM links WHERE confidential AND kind = 'preference'").fetchall()
        }
    assert 0 < len(private) < len(made)
    elsewhere = ("build", study, "--model", "openai/fake", "--base-url", "https://models.invalid/v1", "--dry-run")
    told = interpref(tmp_path, *elsewhere, "--only", "counterparts", OPENAI_API_KEY="k")
    assert f"{len(private)} preferences come from confidential histories" in told.err
    sent = interpref(tmp_path, *elsewhere, "--only", "counterparts", "--allow-confidential", OPENAI_API_KEY="k")
    assert "confidential" not in sent.err


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


def test_what_a_new_generation_makes_again_stays_with_all_that_hangs_on_it(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(2)])
    assert build(tmp_path, study, server, "--accept-all").code == 0
    before = {kind: texts(study, kind) for kind in COLUMNS}
    asked = len(server.asked)
    assert build(tmp_path, study, server, "--again", "extract").code == 0
    assert len(server.asked) == asked  # the same calls: known
    assert {kind: texts(study, kind) for kind in COLUMNS} == before
    assert [one["replaced"] for one in listed(study, "buildings", stage="extract")] == [True, False]
    # Counterparts that a warmer model words otherwise replace the old ones, with their queries and items; nothing else goes.
    server.script = lambda body, n: Reply(
        text=(builder(body, n).text or "").replace("The user enjoys", "The user loves")
    )
    assert build(tmp_path, study, server, "--again", "counterparts", "--temperature", 1).code == 0
    after = {kind: texts(study, kind) for kind in COLUMNS}
    assert after["chunks"] == before["chunks"]
    assert after["pairs"] == before["pairs"]  # as many, of the same preferences
    assert 0 < len(after["items"]) < len(before["items"])
    assert not any("enjoys" in one for one in after["preferences"])
    assert {one["a"] for one in listed(study, "items")} <= {one["a"] for one in listed(study, "pairs")}


def test_exports_hold_nothing_that_was_made_of_confidential_histories(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, confidential=True), raw(2), raw(3)])
    assert build(tmp_path, study, server, "--accept-all", "--no-check").code == 0
    with Study.open(study) as opened, opened.reading() as cursor:
        told = cursor.execute(
            "SELECT p.text FROM preferences AS p WHERE id IN (SELECT thing FROM private_things) AND text NOT IN "
            "(SELECT text FROM preferences WHERE id NOT IN (SELECT thing FROM private_things))"
        ).fetchall()
        items = cursor.execute(
            "SELECT i.id, h.confidential, i.id IN (SELECT thing FROM private_things WHERE kind = 'item') "
            "FROM items AS i JOIN histories AS h ON h.id = i.history_a"
        ).fetchall()
    assert told
    assert {private for _, private, _ in items} == {False, True}
    assert all(private == made for _, private, made in items)  # an open item stays open: its fillers are
    exported, whole = tmp_path / "open.jsonl", tmp_path / "whole.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", exported).code == 0
    text = exported.read_text(encoding="utf-8")
    assert not [one for (one,) in told if one in text]
    assert "in history 1" not in text
    assert interpref(tmp_path, "export", study, "study", "-o", whole, "--include-confidential").code == 0
    assert all(one in whole.read_text(encoding="utf-8") for (one,) in told)
    again = interpref(tmp_path, "import", tmp_path / "again.duckdb", exported, "--json")
    assert (again.code, again.json["rejected"]) == (0, [])
    table = tmp_path / "items.csv"
    assert interpref(tmp_path, "export", study, "items", "-o", table).code == 0
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1 + sum(not private for _, private, _ in items)


def test_hostile_answers_go_through_the_chain_and_come_out_inert(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1), raw(2)])

    def script(body: dict[str, Any], before: int) -> Reply:
        answer = json.loads(builder(body, before).text or "{}")
        return Reply(text=json.dumps(_poisoned(answer)))  # escaped: \u0000, \u001b, a lone surrogate

    with FakeOpenAI(script) as server:
        done = build(tmp_path, study, server, "--accept-all")
        assert done.code == 0, done.err
    items = listed(study, "items")
    assert items
    for arguments in (("list", study, "refusals"), ("list", study, "queries"), ("show", study, items[0]["id"])):
        told = interpref(tmp_path, *arguments)
        assert told.code == 0
        assert not {"\x1b", "\x07", "\x00"} & set(told.out)
    exported = tmp_path / "all.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", exported).code == 0
    again = interpref(tmp_path, "import", tmp_path / "again.duckdb", exported, "--json").json
    assert again["rejected"] == []


def _poisoned(value: Any) -> Any:
    """Every text of an answer with what terminals, markup, SQL and spreadsheets would run."""
    if isinstance(value, dict):
        return {key: _poisoned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_poisoned(one) for one in value]
    return f"{value} {HOSTILE} \ud800" if isinstance(value, str) else value


def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(6)])
    with FakeOpenAI(builder, delay=0.2) as server:
        asking = ("--only", "extract", "--concurrency", 1)
        command = ("build", study, "--model", "openai/fake", "--base-url", server.url, *asking)
        process = start(tmp_path, *command, OPENAI_API_KEY="k")
        while len(server.asked) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "what is done is safe; the same command goes on" in told
        assert build(tmp_path, study, server, *asking).code == 0
        assert max(server.answered.values()) == 1
        assert len(server.answered) == 6


def test_a_budget_holds_for_all_stages_together(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(3)])
    lines = build(
        tmp_path, study, server, "--accept-all", "--budget-tokens", 9_000, "--max-tokens", 200, "--json"
    ).lines
    spent = sum(line["prompt_tokens"] + line["completion_tokens"] for line in lines if line["event"] == "finished")
    assert 0 < spent <= 9_000
    assert "budget of 9000 tokens" in lines[-1]["broken"]
    assert len([line for line in lines if line["event"] == "finished"]) > 1  # more than one stage was paid from it


def test_conversations_and_items_are_made_again_when_that_is_asked_for(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(n) for n in range(2)])
    assert build(tmp_path, study, server, "--accept-all", "--position", "first").code == 0
    items = listed(study, "items")
    asked = Counter(stage_of(body) for body in server.asked)
    again = build(tmp_path, study, server, "--again", "items", "--position", "last", "--accept-all")
    assert again.code == 0, again.err
    moved = listed(study, "items")
    assert {one["query"] for one in moved} == {one["query"] for one in items}
    assert not {one["id"] for one in moved} & {one["id"] for one in items}
    shown = interpref(tmp_path, "show", study, moved[0]["id"], "--json").json
    assert shown["extra"]["place"] == 5
    assert build(tmp_path, study, server, "--again", "histories", "--temperature", 1, "--accept-all").code == 0
    assert Counter(stage_of(body) for body in server.asked)["conversation"] == 2 * asked["conversation"]
