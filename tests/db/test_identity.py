"""A study knows itself and its journals: through backups, copies, links, new names and restored files."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from interpref_core.annotation.labels import Assignment
from interpref_db.annotation.session import AnnotationSession
from interpref_db.errors import StudyError
from interpref_db.study.paths import StudyPaths
from interpref_db.study.study import Study
from tests.support.labels import label
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

COMPARE = Assignment(task="compare", runs=("one", "two"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    small_study(tmp_path / "my.duckdb", small_records(6, runs=("one", "two"))).close()
    return tmp_path / "my.duckdb"


def decide(path: Path, who: str, *answers: str) -> None:
    """Label what is undecided."""
    with Study.open(path) as study, AnnotationSession(study, who, COMPARE) as session:
        for answer in answers:
            place = session.next_undecided()
            assert place is not None
            session.decide(session.queue[place], answer)


def labels(path: Path) -> int:
    with Study.open(path) as study, study.reading() as cursor:
        row = cursor.execute("SELECT count(*) FROM labels").fetchone()
        return int(row[0]) if row else 0


def fold(path: Path) -> list[str]:
    with Study.open(path) as study:
        with study.writing("test"):
            pass
        return study.remarks


@pytest.mark.parametrize(
    "name", ["my.bak", "my.db", "my", "my (copy).duckdb", "my.duckdb.old", "MY.DUCKDB", "my.journal.duckdb"]
)
def test_a_backup_beside_a_study_never_touches_its_journal(file: Path, name: str) -> None:
    decide(file, "ann", "left", "tie", "right")
    backup = file.with_name(name)
    shutil.copy(file, backup)
    told = fold(backup)
    assert "is a copy of" in " ".join(told)
    assert (labels(file), labels(backup)) == (3, 0)
    decide(backup, "ann", "left")
    assert (labels(file), labels(backup)) == (3, 1)
    fold(file)
    backup.unlink()
    assert labels(file) == 3


def test_a_copy_of_both_has_what_both_had_and_goes_its_own_way(file: Path) -> None:
    decide(file, "ann", "left", "tie")
    copy = file.with_name("other.duckdb")
    shutil.copy(file, copy)
    shutil.copytree(StudyPaths(file).journal, StudyPaths(copy).journal)
    assert labels(copy) == 2
    decide(copy, "ann", "right")
    fold(copy)
    assert (labels(copy), labels(file)) == (3, 2)
    with Study.open(copy) as one, Study.open(file) as two:
        assert one.identity.study == two.identity.study
        assert one.identity.replica != two.identity.replica
        assert one.identity.copy_of == str(file)
        assert two.identity.copy_of != one.identity.copy_of


def test_labels_of_a_copy_come_home_by_copying_its_journal_or_importing_it(file: Path, tmp_path: Path) -> None:
    from interpref_db.importers import import_files

    laptop = tmp_path / "laptop" / "my.duckdb"
    laptop.parent.mkdir()
    shutil.copy(file, laptop)
    decide(file, "ann", "left", "tie")
    decide(laptop, "bo", "right", "tie", "left")
    journal = StudyPaths(laptop).label_journal("bo")
    with Study.open(file) as study:
        report = import_files(study, [journal])
        assert (report.counts["labels"], report.rejected) == (3, [])
        assert import_files(study, [journal]).counts["labels"] == 0
    shutil.copy(journal, StudyPaths(file).labels / "bo-laptop.jsonl")
    assert labels(file) == 5
    fold(file)
    assert labels(file) == 5


def test_a_new_study_under_an_old_name_does_not_take_the_old_ones_labels(file: Path) -> None:
    decide(file, "ann", "left", "tie")
    file.unlink()
    small_study(file.with_name("fresh.duckdb"), small_records(6, runs=("one", "two"))).close()
    with Study.open(file, create=True) as study:
        assert "another study" in " ".join(study.notices())
        with study.writing("test") as writer:
            writer.add(small_records(6, runs=("one", "two")), origin="test")
            writer.fold("test")
    assert labels(file) == 0
    decide(file, "ann", "right")  # its own journal of that name
    assert labels(file) == 1
    fold(file)
    assert labels(file) == 1
    assert StudyPaths(file).label_journal("ann").exists()  # the old one's is still there


def test_a_new_study_puts_journals_aside_that_do_not_say_whose_they_are(tmp_path: Path) -> None:
    places = StudyPaths(tmp_path / "s.duckdb")
    places.labels.mkdir(parents=True)
    old = label("ann", "i1", "a", 1)
    import json

    (places.labels / "ann.jsonl").write_text(json.dumps(old.to_json()) + "\n")
    with Study.open(places.file, create=True) as study, study.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM labels").fetchone() == (0,)
    assert [path.suffix for path in places.former.iterdir()] == [".jsonl"]


def test_a_study_that_is_given_another_name_finds_its_labels(file: Path) -> None:
    decide(file, "ann", "left", "tie")
    moved = file.with_name("moved.duckdb")
    file.rename(moved)
    assert labels(moved) == 2
    decide(moved, "ann", "right")
    fold(moved)
    assert labels(moved) == 3
    assert not StudyPaths(file).journal.exists()
    with Study.open(moved) as study:
        assert study.identity.copy_of != str(file)


def test_of_two_files_that_a_journal_may_belong_to_none_takes_it(file: Path) -> None:
    decide(file, "ann", "left", "tie")
    shutil.copy(file, file.with_name("backup.duckdb"))
    file.rename(file.with_name("moved.duckdb"))
    for name in ("backup.duckdb", "moved.duckdb"):
        with Study.open(file.with_name(name)) as study:
            assert "interpref import" in " ".join(study.notices())
        fold(file.with_name(name))
        assert labels(file.with_name(name)) == 0
    assert StudyPaths(file).label_journal("ann").exists()


def test_symbolic_links_lead_to_one_journal(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "mine" / "study.duckdb"
    link.parent.mkdir()
    link.symlink_to("../again.duckdb")
    (tmp_path / "again.duckdb").symlink_to(file)
    decide(link, "ann", "left", "tie")
    decide(file, "ann", "right")
    assert labels(link) == labels(file) == 3
    fold(link)
    assert labels(file) == 3
    with (
        Study.open(link) as one,
        AnnotationSession(one, "ann", COMPARE),
        Study.open(file) as two,
        pytest.raises(StudyError, match="annotation by ann"),
    ):
        AnnotationSession(two, "ann", COMPARE)


def test_another_name_of_one_file_leads_to_the_journal_of_its_home(file: Path, tmp_path: Path) -> None:
    decide(file, "ann", "left")  # the file learns where it is
    other = tmp_path / "sub" / "other.duckdb"
    other.parent.mkdir()
    os.link(file, other)
    decide(other, "ann", "tie")
    assert labels(file) == labels(other) == 2
    assert not StudyPaths(other).journal.exists()
    fold(other)
    assert labels(file) == labels(other) == 2


def test_names_of_a_file_that_has_no_home_are_refused_in_one_line(file: Path) -> None:
    other = file.with_name("other.duckdb")
    os.link(file, other)
    with pytest.raises(StudyError, match="hard link") as error:
        Study.open(other)
    assert "\n" not in str(error.value)
    other.unlink()
    Study.open(file).close()


def test_a_draft_that_a_kill_left_of_making_a_study_is_no_other_name(tmp_path: Path) -> None:
    Study.open(tmp_path / "s.duckdb", create=True).close()
    os.link(tmp_path / "s.duckdb", tmp_path / ".s.duckdb.0123.tmp")
    Study.open(tmp_path / "s.duckdb").close()
    assert [path.name for path in tmp_path.iterdir()] == ["s.duckdb"]


# -- the order of labels -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "times", [("2026-12-05", "2026-12-01"), ("2026-12-01", "2026-12-05"), ("2026-12-01", "2026-12-01")]
)
def test_what_supersedes_what_follows_the_numbers_not_the_clock(file: Path, times: tuple[str, str]) -> None:
    events = [
        label("ann", "i1", "a", 1, decided_at=f"{times[0]}T10:00:00.000Z"),
        label(
            "ann", "i1", None, 2, event="mark", flagged=True, comment="first", decided_at=f"{times[0]}T10:00:01.000Z"
        ),
        label("ann", "i1", "b", 3, decided_at=f"{times[1]}T10:00:00.000Z"),
        label(
            "ann", "i1", None, 4, event="mark", flagged=False, comment="second", decided_at=f"{times[1]}T10:00:01.000Z"
        ),
    ]
    with Study.open(file) as study:
        with study.open_label_journal("ann") as journal:
            journal.append(events)
        assert [row["winner"] for row in study.rows("export_comparisons")] == ["b"]
        with study.reading() as cursor:
            assert cursor.execute("SELECT flagged, comment FROM current_marks").fetchall() == [(False, "second")]
        with AnnotationSession(study, "ann", COMPARE) as session:
            entry = next(one for one in session.queue if one.item == "i1")
            current = session.ledger.current(entry)
            assert current is not None
            assert current.answer == "b"
            assert (session.ledger.get_mark(entry).flagged, session.ledger.get_mark(entry).comment) == (False, "second")


@pytest.mark.parametrize("skew", [-3, 3])
def test_two_machines_that_gave_one_number_twice_make_the_same_numbers_whatever_their_clocks(
    file: Path, skew: int
) -> None:
    one = label("ann", "i1", "a", 7, id="z", decided_at="2026-12-04T10:00:00.000Z")
    two = label("ann", "i1", "b", 7, id="a", decided_at=f"2026-12-{4 + skew:02d}T10:00:00.000Z")
    with Study.open(file) as study:
        with study.open_label_journal("ann") as journal:
            journal.append([one])
        with study.open_run_journal("laptop") as journal:
            journal.append([two])
        winners = [row["winner"] for row in study.rows("export_comparisons")]
        with AnnotationSession(study, "ann", COMPARE) as session:
            current = session.ledger.current(next(one for one in session.queue if one.item == "i1"))
            assert current is not None
    assert winners == [current.answer] == ["a"]
