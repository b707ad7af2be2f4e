"""`build --only verify`: what is found again, what leaks, how long texts are, and a split that shares no preference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_db.construction.verification.report import verify
from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.cli import Done, interpref
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.studies import small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import Record

SAID = {
    "p0": ("The user loves street photography.", "Which lens for crowds?"),
    "p1": ("The user keeps bees on the roof of a school.", "On our school's roof we keep bees."),
    "p2": ("The user is vegetarian.", "A soup without meat, please."),
    "p3": ("The user plays chess in tournaments.", "My opening was refuted again."),
    "p4": ("The user programs in Rust.", "Why does the borrow checker complain?"),
    "p5": ("The user programs in Haskell.", "Is this monad lawful?"),
}


def records() -> Iterator[Record]:
    for identifier, (text, turn) in SAID.items():
        yield Preference(id=identifier, text=text)
        turns = (Turn(role="user", content=turn), Turn(role="assistant", content="Yes."))
        yield History(id=f"h{identifier}", turns=turns * 12, extra={"preference": identifier})
    for n in range(3):
        yield Pair(id=f"q{n}", a=f"p{2 * n}", b=f"p{2 * n + 1}")
        query = "Is Rust a good choice for me?" if n == 2 else "What shall I do on Sunday?"
        yield Item(id=f"i{n}", query=query, pair=f"q{n}", history_a=f"hp{2 * n}", history_b=f"hp{2 * n + 1}")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, records()).close()
    return path


def run(study: Path, *more: object) -> Done:
    return interpref(study.parent, "build", study, "--only", "verify", *more)


def report(done: Done) -> dict[str, Any]:
    return next(line for line in done.lines if line.get("event") == "report")


def test_what_needs_no_model_is_told_without_one(study: Path) -> None:
    found = report(run(study, "--json"))
    assert found["preservation"] is None
    leaks = {(one["kind"], one["thing"]): one for one in found["leakage"]["leaks"]}
    assert set(leaks) == {("query", "i2"), ("history", "hp1")}
    assert leaks["query", "i2"]["found"] == "rust"
    assert leaks["history", "hp1"]["how"] == "nearly"
    assert found["leakage"]["queries"] == 3
    assert found["conversations"]["n"] == 6
    assert (found["histories"]["turns"], found["histories"]["long"]) == (24.0, 6)
    assert found["paper"]["self_bleu"]["InterPref"] == 0.477
    assert 0 < found["self_bleu"]["mean"] <= 1
    text = run(study)
    assert text.code == 0
    assert "1 of 3 queries give a preference away" in text.out
    assert "6 of 6 have more than 20 turns" in text.out


def answer(body: dict[str, Any], _: int) -> Reply:
    """Finds p0 in its words, p2 in others, nothing else; says so when it is asked."""
    asked = body["messages"][0]["content"]
    if "Which lens" in asked:
        return Reply(text='{"preferences": ["The user is keen on street photography."]}')
    if "without meat" in asked:
        return Reply(text='{"preferences": ["The user eats plants alone."]}')
    if "somebody read what" in asked.casefold():
        right = "street photography" in asked or "eats plants" in asked
        return Reply(text=json.dumps({"note": 1 if right else 0}))
    return Reply(text="- The user asks questions.")


@pytest.mark.parametrize(("match", "kept", "calls"), [("words", 1, 6), ("model", 2, 12)])
def test_what_another_model_finds_again(study: Path, match: str, kept: int, calls: int) -> None:
    with FakeOpenAI(answer) as server:
        command = ("--model", "openai/other", "--base-url", server.url, "--match", match, "--json")
        found = report(run(study, *command))["preservation"]
        assert len(server.asked) == calls
        assert report(run(study, *command))["preservation"] == found
        assert len(server.asked) == calls  # nothing is asked twice
    assert (found["model"], found["n"], found["kept"]) == ("other", 6, kept)
    assert len(found["lost"]) == 6 - kept
    assert found["low"] < found["rate"] < found["high"]
    lost = {one["preference"]: one for one in found["lost"]}
    assert ("p2" in lost) == (match == "words")
    assert lost["p4"]["closest"] == "The user asks questions."


def test_the_split_keeps_clusters_together_and_grows(study: Path) -> None:
    with Study.open(study) as opened:
        desk = ClusterWorkspace(opened, "me")
        desk.join_new()
        clusters = desk.book.state.cluster_of
        desk.merge([clusters["p3"], clusters["p4"]])  # items 1 and 2 hang together now
    split = report(run(study, "--test-share", "0.34", "--json"))["split"]
    assert (split["train"], split["test"], split["groups"], split["largest"]) == (2, 1, 2, 2)
    with Study.open(study) as opened, opened.writing("more") as writer:
        writer.add([Item(id="i9", query="And on Monday?", pair="q1", history_a="hp2", history_b="hp3")], origin="more")
        writer.fold("more")
    grown = report(run(study, "--json"))["split"]
    assert (grown["train"], grown["test"], grown["without"]) == (3, 1, 0)


def test_the_published_histories_are_as_long_as_the_paper_says(shared_data: Path, tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        import_files(study, [shared_data / "published" / "history_map.json"])
        found = verify(study)
    assert found.conversations.n == 1213
    assert found.conversations.tokens == pytest.approx(580, rel=0.05)
    assert found.self_bleu is not None
    assert found.self_bleu.mean == pytest.approx(0.58, abs=0.05)
    assert len(found.leaks.of("history")) < 0.1 * 1213
