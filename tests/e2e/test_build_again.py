"""`interpref build` stopped, killed and asked again: nothing is asked twice, and what is replaced is replaced whole."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cli import interpref, start
from tests.support.construction import builder, stage_of
from tests.support.fake_openai import FakeOpenAI, Reply

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.built import build, listed, raw, study_of

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
