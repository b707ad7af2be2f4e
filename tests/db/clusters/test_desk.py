"""Decisions about clusters: safe in a journal at once, the same in memory as in the study's views, and undone at will."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.clustering.events import PROGRAM, CategoryAssignment
from interpref_core.records.construction import Lineage
from interpref_core.records.data import Preference
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_db.errors import StudyError
from interpref_db.exporters.export import export
from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.studies import small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import Record

TEXTS = {
    "a1": "The user loves street photography.",
    "a2": "The user is keen on street photography.",
    "a3": "The user has a passion for street photography.",
    "b1": "The user prefers brief answers.",
    "b2": "The user likes concise replies.",
    "c1": "The user is vegetarian.",
    "d1": "The user plays chess in tournaments.",
    "d2": "The user is a tournament chess player.",
}


def records() -> Iterator[Record]:
    for identifier, text in TEXTS.items():
        yield Preference(id=identifier, text=text, category="Given" if identifier == "c1" else None)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with small_study(tmp_path / "s.duckdb", records()) as opened:
        yield opened


def named(desk: ClusterWorkspace) -> set[frozenset[str]]:
    return {frozenset(desk.known[place].id for place in members) for members in desk.clusters().values()}


def cluster_of(desk: ClusterWorkspace, identifier: str) -> str:
    return desk.book.state.cluster_of[identifier]


def ask(study: Study, query: str) -> list[tuple[Any, ...]]:
    with study.reading() as cursor:
        return cursor.execute(query).fetchall()


def test_the_first_cut_puts_paraphrases_together_and_everyone_somewhere(study: Study) -> None:
    desk = ClusterWorkspace(study, PROGRAM)
    assert desk.join_new() is not None
    assert named(desk) == {frozenset(group.split()) for group in ("a1 a2 a3", "b1 b2", "c1", "d1 d2")}
    assert desk.join_new() is None
    assert {row[0] for row in ask(study, "SELECT id FROM representatives")} == {
        desk.known[desk.standing(cluster, members).representative].id for cluster, members in desk.clusters().items()
    }


def test_every_decision_stands_in_the_study_s_views_and_in_a_new_desk(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    dice = random.Random(3)
    for _ in range(60):
        decide(desk, dice)
        assert_same(study, desk)
    with study.writing("fold"):
        pass
    assert_same(study, desk)
    again = ClusterWorkspace(study, "me")
    assert again.book.state == desk.book.state
    assert again.threshold == desk.threshold


def decide(desk: ClusterWorkspace, dice: random.Random) -> None:
    clusters = sorted(desk.clusters())
    one = dice.choice(clusters)
    members = desk.clusters()[one]
    what = dice.choice(["merge", "split", "name", "represent", "category", "cut", "undo", "undo", "redo", "program"])
    if what == "merge" and len(clusters) > 1:
        desk.merge(dice.sample(clusters, 2))
    elif what == "split" and len(members) > 1:
        desk.split(one, dice.choice([(), (members[0],)]))
    elif what == "name":
        desk.name(one, f"name {dice.random()}")
    elif what == "represent":
        desk.represent(one, dice.choice(members))
    elif what == "category":
        desk.categorise(one, "Lifestyle", "hobbies")
    elif what == "cut":
        desk.cut(dice.choice([0.2, 0.5, 0.8]))
    elif what == "undo":
        desk.undo()
    elif what == "redo":
        desk.redo()
    else:
        by, desk.by = desk.by, PROGRAM
        desk.set_categories({members[0]: CategoryAssignment(preference=desk.known[members[0]].id, category="Guess")})
        desk.by = by


def assert_same(study: Study, desk: ClusterWorkspace) -> None:
    state = desk.book.state
    rows = ask(study, 'SELECT preference, "cluster", representative FROM preference_clusters')
    assert {preference: cluster for preference, cluster, _ in rows} == state.cluster_of
    for cluster, members in desk.clusters().items():
        ids = [desk.known[place].id for place in members]
        chosen = state.representatives.get(cluster)
        shown = {representative for preference, _, representative in rows if preference in ids}
        assert shown == {chosen if chosen in ids else min(ids, key=lambda one: (len(TEXTS[one]), TEXTS[one], one))}
    names = dict(ask(study, 'SELECT "cluster", name FROM clusters WHERE name IS NOT NULL'))
    assert names == {cluster: name for cluster, name in state.names.items() if cluster in desk.clusters()}
    found = dict(ask(study, "SELECT id, category FROM preferences"))
    assert found == {one.id: desk.category(place)[0] for place, one in enumerate(desk.known)}


def test_what_people_did_survives_another_threshold(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    desk.merge([cluster_of(desk, "b1"), cluster_of(desk, "c1")])
    desk.split(cluster_of(desk, "a1"), [desk.place["a3"]])
    for threshold in (0.05, 0.95):
        desk.cut(threshold)
        assert {"b1", "b2", "c1"} <= next(group for group in named(desk) if "b1" in group)
        assert cluster_of(desk, "a3") != cluster_of(desk, "a1") == cluster_of(desk, "a2")
        assert desk.preview(threshold) == len(desk.clusters())


def test_new_preferences_join_old_clusters_and_keep_names(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    desk.name(cluster_of(desk, "a1"), "Photos")
    with study.writing("more") as writer:
        writer.add(
            [
                Preference(id="a4", text="Street photography is what the user enjoys."),
                Preference(id="e1", text="The user keeps bees."),
            ],
            origin="more",
        )
        writer.fold("more")
    fresh = ClusterWorkspace(study, PROGRAM)
    assert [fresh.known[place].id for place in fresh.new()] == ["a4", "e1"] or len(fresh.new()) == 2
    event = fresh.join_new()
    assert event is not None
    assert event.event == "joined"
    assert cluster_of(fresh, "a4") == cluster_of(fresh, "a1")
    assert fresh.book.state.names[cluster_of(fresh, "a4")] == "Photos"
    assert frozenset({"e1"}) in named(fresh)


def test_counterparts_are_no_one_s_duplicates(study: Study) -> None:
    with study.writing("link") as writer:
        writer.add(
            [Lineage(id="l", kind="preference", thing="a2", source_kind="preference", source="a1", role="counterpart")],
            origin="link",
        )
        writer.fold("link")
    assert "a2" not in {one.id for one in ClusterWorkspace(study, "me").known}


def test_undo_and_redo_go_as_far_as_there_is_something(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    before = named(desk)
    assert desk.undo() is None  # what the program did is not undone here
    desk.split(cluster_of(desk, "a1"))
    desk.name(cluster_of(desk, "b1"), "Short")
    after = named(desk)
    assert [event.event for event in (desk.undo(), desk.undo()) if event] == ["named", "split"]
    assert named(desk) == before
    assert [event.event for event in (desk.redo(), desk.redo()) if event] == ["split", "named"]
    assert named(desk) == after
    assert desk.redo() is None
    desk.undo()
    desk.name(cluster_of(desk, "b1"), "Other")
    assert desk.redo() is None  # something was decided since


@pytest.mark.parametrize(
    "wrong",
    [
        lambda desk: desk.merge([cluster_of(desk, "a1")]),
        lambda desk: desk.merge([cluster_of(desk, "a1"), "none"]),
        lambda desk: desk.split(cluster_of(desk, "c1")),
        lambda desk: desk.split(cluster_of(desk, "b1"), [desk.place["b1"], desk.place["b2"]]),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(study: Study, wrong: Any) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    seq = desk.book.seq
    with pytest.raises(StudyError):
        wrong(desk)
    assert ClusterWorkspace(study, "me").book.seq == seq


def test_two_desks_do_not_lock_each_other_out_and_see_each_other(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    mine, yours = ClusterWorkspace(study, "me"), ClusterWorkspace(study, "you")
    mine.name(cluster_of(mine, "a1"), "Photos")
    yours.merge([cluster_of(yours, "b1"), cluster_of(yours, "c1")])
    assert mine.refresh()
    assert not mine.refresh()
    assert yours.refresh()
    assert mine.book.state == yours.book.state


def test_decisions_go_out_and_come_back_byte_for_byte(study: Study, tmp_path: Path) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    desk = ClusterWorkspace(study, "me")
    desk.name(cluster_of(desk, "a1"), "界 [b] \x1b[31m")
    desk.categorise(cluster_of(desk, "b1"), "Interactive style", None)
    desk.undo()
    export(study, "study", tmp_path / "one.jsonl", format="native")
    with Study.open(tmp_path / "other.duckdb", create=True) as other:
        import_files(other, [tmp_path / "one.jsonl"])
        export(other, "study", tmp_path / "two.jsonl", format="native")
        assert ClusterWorkspace(other, "me").book.state == desk.book.state
        assert import_files(other, [tmp_path / "one.jsonl"]).rejected == []
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


SCRIPT = """
import sys
from interpref_db.study.study import Study
from interpref_db.clusters.workspace import ClusterWorkspace
with Study.open(sys.argv[1]) as study:
    desk = ClusterWorkspace(study, "me")
    for n in range(10_000):
        desk.name(sorted(desk.clusters())[0], f"name {n}")
        print(n, flush=True)
"""


def test_a_kill_loses_no_decision_that_was_made(study: Study) -> None:
    ClusterWorkspace(study, PROGRAM).join_new()
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(study.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(5)]
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    seen += process.stdout.read().splitlines()
    process.wait()
    made = [event for event in ClusterWorkspace(study, "me").book.events if event.event == "named"]
    assert len(made) in (len(seen), len(seen) + 1)
    assert json.dumps([event.name for event in made[: len(seen)]]) == json.dumps(
        [f"name {n}" for n in range(len(seen))]
    )
