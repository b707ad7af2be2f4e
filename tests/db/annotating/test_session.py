"""Sessions of one annotator and of several: what is on the disk is what counts."""

from __future__ import annotations

import ctypes
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_core.annotation.labels import Assignment, Label
from interpref_core.annotation.ledger import Ledger
from interpref_db.annotation.quality import disagreements, quality
from interpref_db.annotation.row_mapping import label_of
from interpref_db.annotation.session import AnnotationSession, LabelContext
from interpref_db.errors import StudyBusy, StudyError
from interpref_db.study.study import Study
from tests.support.labels import label
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARE = Assignment(task="compare", runs=("one", "two"), judge="judge")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = small_study(tmp_path / "s.duckdb", small_records(8, runs=("one", "two"), text=HOSTILE))
    yield made
    made.close()


def comparisons(study: Study) -> dict[str, str]:
    return {row["item"]: row["winner"] for row in study.rows("export_comparisons")}


def everyone(study: Study) -> list[dict[str, Any]]:
    return study.rows("annotate_everyone", task="compare", runs=["one", "two"])


def decide_all(study: Study, who: str, answers: str, assignment: Assignment = COMPARE) -> None:
    """Answers by item, i0 first: a, b, t (tie), s (skip)."""
    with AnnotationSession(study, who, assignment) as session:
        for entry in session.queue:
            letter = answers[int(entry.item[1:])]
            shown = {"t": "tie", "s": "skip"}.get(letter) or ("left" if session.remaining(entry) == letter else "right")
            session.decide(entry, shown)


def test_leaving_and_coming_back_lands_on_the_next_undecided(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        queue = list(session.queue)
        assert session.next_undecided() == 0
        session.decide(queue[0], "left")
        session.decide(queue[2], "tie")
    with AnnotationSession(study, "ann", COMPARE) as session:
        assert session.queue == queue
        assert session.decided == 2
        assert session.next_undecided() == 1
        assert session.next_undecided(1) == 3
        assert session.ledger.current(queue[2]).answer == "tie"  # type: ignore[union-attr]  # there is one


def test_undo_goes_back_over_sessions_without_end_and_redo_gives_again(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        first, second = session.queue[:2]
        session.decide(first, "left")
        session.decide(second, "right")
    with AnnotationSession(study, "ann", COMPARE) as session:
        assert session.undo().entry == second  # type: ignore[union-attr]  # there is one
        assert session.undo().entry == first  # type: ignore[union-attr]  # there is one
        assert session.undo() is None
        assert session.decided == 0
        assert session.ledger.previous(first).shown == "left"  # type: ignore[union-attr]  # there is one
        assert session.redo().entry == first  # type: ignore[union-attr]  # there is one
        assert session.decided == 1
    assert len(comparisons(study)) == 1


def test_a_correction_supersedes_and_its_undo_brings_the_old_one_back(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        entry = session.queue[0]
        one = session.decide(entry, "tie")
        two = session.decide(entry, "both bad")
        assert two.supersedes == one.id
        assert comparisons(study)[entry.item] == "both bad"
        session.undo()
        assert comparisons(study)[entry.item] == "tie"
    lines = study.places.label_journal("ann").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert [one["event"] for one in events if one["type"] == "label"] == ["label", "label", "undo"]


def test_the_papers_own_correction_leaves_one_label_an_item_and_the_whole_story(study: Study) -> None:
    """Go back, change an earlier one, go on: the page of the paper wrote 128 lines for it."""
    with AnnotationSession(study, "ann", COMPARE) as session:
        for entry in session.queue[:4]:
            session.decide(entry, "left")
        session.decide(session.queue[1], "right")
        for entry in session.queue[4:]:
            session.decide(entry, "tie")
    assert len(comparisons(study)) == 8
    lines = study.places.label_journal("ann").read_text(encoding="utf-8").splitlines()
    assert sum(json.loads(line)["type"] == "label" for line in lines) == 9


def test_every_label_says_how_it_came_about(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        entry = session.queue[0]
        made = session.decide(
            entry, "left", LabelContext(shown_at="2026-11-23T10:00:00Z", active=1.2345, elapsed=9, confidence=4)
        )
        line = json.loads(study.places.label_journal("ann").read_text(encoding="utf-8").splitlines()[-1])
    assert line["answer"] == session.remaining(entry)
    wanted = {"shown": "left", "active": 1.234, "elapsed": 9, "confidence": 4, "seq": 1}
    assert {name: line[name] for name in wanted} == wanted
    assert line["left"] == session.remaining(entry)
    for name in (
        "id",
        "decided_at",
        "program",
        "assignment",
        "seed",
        "model_a",
        "model_b",
        "flags",
        "opinion",
        "first",
    ):
        assert name in line, name
    assert line["flags"] == ["fast"]
    assert line["opinion"] == {"mode": "after", "seen": False, "judge": "judge", "says": "tie"}
    assert (made.shown, made.confidence) == ("left", 4)


def test_flags_and_comments_stand_beside_the_answer(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        entry = session.queue[0]
        session.mark(entry, flagged=True)
        session.mark(entry, comment=HOSTILE)
        session.decide(entry, "tie")
        session.mark(entry, flagged=False)
    row = next(row for row in study.rows("export_comparisons") if row["item"] == entry.item)
    assert (row["flagged"], row["comment"]) == (False, HOSTILE)
    with AnnotationSession(study, "ann", COMPARE) as session:
        assert session.ledger.get_mark(entry).comment == HOSTILE


def test_the_same_annotator_twice_at_once_is_refused_and_others_are_not(study: Study) -> None:
    with (
        AnnotationSession(study, "ann", COMPARE),
        AnnotationSession(study, "bo", COMPARE),
        pytest.raises(StudyBusy, match="ann"),
    ):
        AnnotationSession(study, "ann", COMPARE)
    AnnotationSession(study, "ann", COMPARE).close()


def test_labels_fold_into_the_study_and_count_once(study: Study) -> None:
    decide_all(study, "ann", "abtsabta")
    before = comparisons(study)
    path = study.path
    study.close()
    with Study.open(path) as again:
        with again.writing("test"):
            pass
        assert not again.places.label_journal("ann").exists()
        assert comparisons(again) == before
        with AnnotationSession(again, "ann", COMPARE) as session:
            assert session.decided == 8


def test_a_journal_copied_home_from_another_machine_twice_counts_once(study: Study, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    shutil.copy(study.path, tmp_path / "away" / "s.duckdb")
    with Study.open(tmp_path / "away" / "s.duckdb") as away:
        decide_all(away, "bo", "aaaatttt")
        source = away.places.label_journal("bo")
        for name in ("bo.jsonl", "bo-laptop.jsonl"):
            target = study.places.labels / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    decide_all(study, "ann", "abtsabta")
    assert len(everyone(study)) == 16
    assert len(study.rows("export_comparisons")) == 16


def test_a_torn_line_and_hostile_lines_leave_the_rest_readable(study: Study) -> None:
    decide_all(study, "ann", "abtsabta")
    journal = study.places.label_journal("ann")
    bad = [
        '{"type": "label"}',
        "[1, 2]",
        '"text"',
        "nothing",
        '{"type": "label", "id": 5, "task": {"a": 1}, "seq": "x"}',
        '{"type": "elephant", "id": "e"}',
    ]
    with journal.open("ab") as file:
        file.write(("\n".join(bad) + "\n").encode())
        file.write(b'{"type": "label", "id": "torn')
    path = study.path
    study.close()
    with Study.open(path) as again:
        assert len(comparisons(again)) == 8
        with AnnotationSession(again, "ann", COMPARE) as session:
            assert session.decided == 8
            session.decide(session.queue[0], "tie")
        assert len(comparisons(again)) == 8


def test_gold_is_spread_counted_and_not_given_away(study: Study) -> None:
    decide_all(study, "boss", "aaaaaaaa")
    assignment = Assignment(task="compare", runs=("one", "two"), gold="boss", gold_rate=0.5)
    decide_all(study, "ann", "aabbaaaa", assignment)
    report = quality(study, "compare", ["one", "two"], gold="boss", full=False)
    ann = next(one for one in report["annotators"] if one["annotator"] == "ann")
    assert (ann["gold"]["right"], ann["gold"]["n"]) == (6, 8)


def test_disagreements_are_adjudicated_beside_the_labels(study: Study) -> None:
    decide_all(study, "ann", "aattbbss")
    decide_all(study, "bo", "abtabbsa")
    keys = disagreements(study, COMPARE)
    assert {key.split("\x1f")[1] for key in keys} == {"i1", "i3"}
    judge = Assignment(task="compare", runs=("one", "two"), adjudicate=True, opinion="never")
    with AnnotationSession(study, "cy", judge) as session:
        assert {entry.item for entry in session.queue} == {"i1", "i3"}
        session.decide(session.queue[0], "tie")
    kinds = [row["kind"] for row in study.rows("export_comparisons")]
    assert (kinds.count("label"), kinds.count("adjudication")) == (16, 1)
    with pytest.raises(StudyError, match="nobody disagrees"):
        AnnotationSession(study, "cy", Assignment(task="match", runs=("one",), adjudicate=True))


def test_overlap_gives_each_entry_to_two_of_three(study: Study) -> None:
    assignment = Assignment(task="compare", runs=("one", "two"), overlap=2, among=("ann", "bo", "cy"))
    seen: list[str] = []
    for who in assignment.among:
        with AnnotationSession(study, who, assignment) as session:
            seen += [entry.item for entry in session.queue]
    assert sorted(seen) == sorted(f"i{n}" for n in range(8) for _ in range(2))
    with pytest.raises(StudyError, match="not among"):
        AnnotationSession(study, "dora", assignment)


def test_the_most_informative_next_is_where_little_is_known(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", small_records(12, runs=("one", "two", "three"))) as study:
        with study.writing("test") as writer:
            writer.add([label("bo", f"i{n}", "ab"[n % 2], n) for n in range(12)], origin="test")
            writer.fold("test")
        assignment = Assignment(task="compare", runs=("one", "three", "two"), order="informative")
        with AnnotationSession(study, "ann", assignment) as session:
            pairs = []
            for _ in range(6):
                place = session.next_undecided()
                assert place is not None
                entry = session.queue[place]
                pairs.append({entry.run_a, entry.run_b})
                made = session.decide(entry, "tie")
                assert made.weight is not None
            assert {"one", "two"} not in pairs[:4]


def test_the_opinion_and_both_votes_are_recorded(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        entry = session.queue[0]
        blind = session.decide(entry, "left")
        assert (blind.opinion["seen"], blind.first) == (False, blind.answer)
        after = session.decide(entry, "tie", LabelContext(opinion_seen=True))
        assert (after.opinion["seen"], after.first, after.answer) == (True, blind.answer, "tie")
    report = quality(study, "compare", ["one", "two"], full=False)
    assert report["opinion"]["flipped"]["count"] == 1
    assert report["opinion"]["flipped_towards_opinion"]["count"] == 1
    before = Assignment(task="compare", runs=("one", "two"), opinion="before", judge="judge")
    with AnnotationSession(study, "bo", before) as session:
        made = session.decide(session.queue[0], "left", LabelContext(opinion_seen=True))
        assert (made.first, made.opinion["mode"]) == (None, "before")


def _as_anyone() -> None:
    """In a child that is about to start: root may no longer write where the mode says nobody may (Linux)."""
    ctypes.CDLL(None).prctl(24, 1)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE


def test_labels_go_to_the_home_where_the_studys_folder_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    small_study(folder / "s.duckdb", small_records(3, runs=("one", "two"))).close()
    script = f"""
import os
from pathlib import Path
from interpref_db.annotation.session import AnnotationSession
from interpref_db.study.study import Study
from interpref_core.annotation.labels import Assignment
os.environ["XDG_DATA_HOME"] = {str(tmp_path / "home")!r}
for number in (0, 1):
    with Study.open(Path({str(folder / "s.duckdb")!r})) as study:
        with AnnotationSession(study, "ann", Assignment(task="compare", runs=("one", "two"))) as session:
            assert session.decided == number, session.decided
            session.decide(session.queue[number], "left")
        print(study.places.label_journal("ann"))
        print(len(study.rows("export_comparisons")), "comparisons")
"""
    (folder / "s.duckdb").chmod(0o444)
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=_as_anyone,
        )
    finally:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "home") in done.stdout
    assert "2 comparisons" in done.stdout
    assert sorted(one.name for one in folder.iterdir()) == ["s.duckdb"]


def test_a_full_disk_is_said_aloud_and_nothing_counts_as_saved(study: Study) -> None:
    """In a process whose files may not grow further."""
    study.close()
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from interpref_db.study.study import Study
from interpref_db.annotation.session import AnnotationSession, LabelNotSaved
from interpref_core.annotation.labels import Assignment
with Study.open(Path({str(study.path)!r})) as study:
    with AnnotationSession(study, "ann", Assignment(task="compare", runs=("one", "two"))) as session:
        session.decide(session.queue[0], "left")
        size = study.places.label_journal("ann").stat().st_size
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
        try:
            session.decide(session.queue[1], "left")
        except LabelNotSaved as error:
            print("refused:", error)
        print("decided:", session.decided)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        session.decide(session.queue[1], "right")
        print("decided:", session.decided)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "refused: not saved:" in done.stdout
    assert done.stdout.count("decided: 1") == 1
    assert "decided: 2" in done.stdout
    with Study.open(study.path) as again:
        assert len(comparisons(again)) == 2


def test_names_of_annotators_are_no_paths(study: Study) -> None:
    for name in ("../../etc/passwd", "a/b", "con", ".", "界面", "x" * 300):
        with AnnotationSession(study, name, COMPARE) as session:
            session.decide(session.queue[0], "tie")
        assert study.places.label_journal(name).parent == study.places.labels
    assert len(everyone(study)) == 6


events = st.lists(
    st.tuples(st.sampled_from(["left", "right", "tie", "undo", "redo", "skip"]), st.integers(0, 3)), max_size=25
)


@settings(max_examples=25, deadline=None)
@given(events)
def test_what_the_session_shows_is_what_the_study_says(script: list[tuple[str, int]]) -> None:
    """The ledger in memory, the same ledger read again, and SQL agree after any keys."""
    with (
        tempfile.TemporaryDirectory() as folder,
        small_study(Path(folder) / "s.duckdb", small_records(4, runs=("one", "two"))) as study,
    ):
        with AnnotationSession(study, "ann", COMPARE) as session:
            for action, n in script:
                if action in ("undo", "redo"):
                    getattr(session, action)()
                else:
                    session.decide(session.queue[n], action)
            shown = {one.entry.item: one.answer for one in session.ledger.decisions().values()}
        assert comparisons(study) == shown
        rows = study.rows("annotate_mine", annotator="ann", task="compare")
        labels: list[Label] = [label_of(row) for row in rows]
        random.Random(1).shuffle(labels)
        again = Ledger(labels)
        assert {one.entry.item: one.answer for one in again.decisions().values()} == shown


def test_a_wrong_answer_is_refused_and_nothing_is_written(study: Study) -> None:
    with AnnotationSession(study, "ann", COMPARE) as session:
        with pytest.raises(ValueError, match="answer"):
            session.decide(session.queue[0], "5")
        assert session.decided == 0
