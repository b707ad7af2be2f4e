"""Journals and studies that people copy, move, restore and remove while programs have them open: nothing that was saved is missing."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from interpref_db.study import journal as journals
from interpref_db.study.journal import JournalWriter
from interpref_db.study.paths import StudyPaths
from interpref_db.study.study import Study
from tests.support.labels import label

if TYPE_CHECKING:
    from pathlib import Path


def labels_of(study: Study) -> list[str]:
    with study.reading() as cursor:
        return [row[0] for row in cursor.execute("SELECT id FROM labels ORDER BY id").fetchall()]


def save(study: Study, annotator: str, *numbers: int) -> Path:
    """Save labels in a session of their own; where they are."""
    with study.open_label_journal(annotator) as journal:
        for number in numbers:
            journal.append([label(annotator, f"i{number}", "a", number)])
        return journal.path


def fold(study: Study) -> None:
    with study.writing("test"):
        pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "s.duckdb"
    Study.open(made, create=True).close()
    return made


def test_the_first_of_two_copies_of_a_journal_goes_and_the_other_still_counts(path: Path) -> None:
    with Study.open(path) as study:
        journal = save(study, "b", 1, 2)
        assert labels_of(study) == ["b-1", "b-2"]
        shutil.copy(journal, journal.with_name("a.jsonl"))
        assert labels_of(study) == ["b-1", "b-2"]
        journal.unlink()
        assert labels_of(study) == ["b-1", "b-2"]
        shutil.copy(journal.with_name("a.jsonl"), journal)
        assert labels_of(study) == ["b-1", "b-2"]
        journal.with_name("a.jsonl").unlink()
        assert labels_of(study) == ["b-1", "b-2"]


def test_a_backup_of_the_study_is_put_back_under_a_reader_and_what_journals_hold_is_there(path: Path) -> None:
    backup = path.with_suffix(".bak")
    with Study.open(path) as reader, Study.open(path) as study:
        save(study, "anna", 1)
        fold(study)
        shutil.copy(path, backup)
        journal = save(study, "anna", 2)
        aside = path.with_name("laptop.jsonl")
        shutil.copy(journal, aside)
        fold(study)
        journal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(aside, journal)  # comes home once more, though it is settled
        assert labels_of(reader) == ["anna-1", "anna-2"]
        backup.replace(path)
        assert labels_of(reader) == ["anna-1", "anna-2"]


def test_another_study_is_put_under_the_name_and_each_keeps_its_labels(path: Path) -> None:
    other, away = path.with_name("other.duckdb"), path.with_name("away.duckdb")
    Study.open(other, create=True).close()
    with Study.open(path) as study:
        save(study, "anna", 1)
        path.replace(away)
        other.replace(path)
        fold(study)
        assert labels_of(study) == []
    with Study.open(path) as study:
        assert labels_of(study) == []
    with Study.open(away) as study:
        assert labels_of(study) == ["anna-1"]


def test_a_renamed_study_keeps_its_labels_when_a_new_one_is_made_under_its_name(path: Path) -> None:
    with Study.open(path) as study:
        save(study, "anna", 1)
    away = path.with_name("away.duckdb")
    path.replace(away)
    with Study.open(path, create=True) as study:
        assert labels_of(study) == []
        save(study, "anna", 2)
        assert labels_of(study) == ["anna-2"]
        fold(study)
    with Study.open(away) as study:
        assert labels_of(study) == ["anna-1"]
        assert not any("copy" in notice for notice in study.notices())
        fold(study)
        assert labels_of(study) == ["anna-1"]
    with Study.open(path) as study:
        assert labels_of(study) == ["anna-2"]


def test_a_journal_of_another_study_is_put_under_an_open_one(path: Path) -> None:
    with Study.open(path.with_name("o.duckdb"), create=True) as other:
        foreign = save(other, "anna", 7)
    with Study.open(path) as study:
        with study.open_label_journal("anna") as journal:
            journal.append([label("anna", "i1", "a", 1)])
            foreign.replace(journal.path)
            journal.append([label("anna", "i2", "a", 2)])
            assert labels_of(study) == ["anna-1", "anna-2"]
            assert len(journal.notices) == 1
        fold(study)
        assert labels_of(study) == ["anna-1", "anna-2"]
        assert b"anna-7" in study.places.label_journal("anna").read_bytes()


def test_an_older_copy_is_written_into_the_open_journal_itself(path: Path) -> None:
    with Study.open(path) as reader, Study.open(path) as study:
        save(study, "anna", 1, 2)
        with study.open_label_journal("anna") as journal:
            older = path.with_name("older")
            shutil.copy(journal.path, older)
            older.write_bytes(older.read_bytes()[:-40])  # its last line is torn
            journal.append([label("anna", "i3", "a", 3)])
            assert labels_of(reader) == ["anna-1", "anna-2", "anna-3"]
            shutil.copy(older, journal.path)  # the same inode
            journal.append([label("anna", "i4", "a", 4)])
            assert labels_of(reader) == ["anna-1", "anna-3", "anna-4"]
            journal.path.write_bytes(b"")
        assert labels_of(reader) == ["anna-3", "anna-4"]
        fold(study)
        assert labels_of(reader) == ["anna-3", "anna-4"]


def test_a_full_disk_while_all_of_it_is_written_again_leaves_nothing_that_was_not_saved(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Study.open(path) as study, study.open_label_journal("anna") as journal:
        journal.append([label("anna", "i1", "a", 1)])
        journal.path.unlink()
        real, calls = os.fsync, 0

        def fail(descriptor: int) -> None:
            nonlocal calls
            calls += 1
            if calls <= 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr("interpref_db.study.journal.os.fsync", fail)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                journal.append([label("anna", "i2", "b", 2, id="never")])
        journal.append([label("anna", "i2", "a", 2)])
        assert labels_of(study) == ["anna-1", "anna-2"]


@pytest.mark.parametrize("cut", [1, 5, 15, 17, 40])
def test_a_header_that_was_cut_off_is_written_again(tmp_path: Path, cut: int) -> None:
    journal = tmp_path / "x" / "a.jsonl"
    JournalWriter(journal).close()
    journal.write_bytes(journal.read_bytes()[:cut])
    with JournalWriter(journal):
        lines = journal.read_bytes().splitlines()
        assert len(lines) == 1
        assert journals.is_header(lines[0])


def test_the_folders_go_while_a_journal_is_being_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Study.open(path) as study:
        save(study, "bo", 1)
        real = journals.lock_journal
        removed: list[Any] = []

        def remove_first(where: Path, **more: object) -> int:
            if not removed:
                removed.append(where)
                shutil.rmtree(study.places.journal)
            return real(where, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(journals, "lock_journal", remove_first)
        save(study, "anna", 1)
        assert labels_of(study) == ["anna-1"]


READS_ALL_THE_TIME = """
import sys
from interpref_db.study.paths import StudyPaths
from interpref_db.study.study import Study
with Study.open(sys.argv[1]) as study:
    while True:
        for _ in range(10):
            with study.reading() as cursor:
                cursor.execute("SELECT count(*) FROM labels").fetchall()
        print("read", flush=True)
"""

WRITES_ONCE = """
import sys
from interpref_db.study.paths import StudyPaths
from interpref_db.study.study import Study
with Study.open(sys.argv[1], wait=float(sys.argv[2])) as study:
    try:
        with study.writing("test"):
            print("wrote")
    except Exception as error:
        print(error)
"""


def test_a_reader_keeps_its_lock_until_it_has_read(path: Path) -> None:
    """DuckDB's own lock is lost as soon as the process closes the file anywhere: what is read must not change meanwhile."""
    with Study.open(path) as study:
        save(study, "anna", 1)
        with study.reading() as cursor:
            assert cursor.execute("SELECT count(*) FROM labels").fetchall() == [(1,)]
            said = subprocess.run(
                [sys.executable, "-c", WRITES_ONCE, str(path), "0.2"], capture_output=True, text=True, check=True
            ).stdout
            assert "in use by" in said
            with study.reading() as again:
                assert again.execute("SELECT count(*) FROM labels").fetchall() == [(1,)]
        said = subprocess.run(
            [sys.executable, "-c", WRITES_ONCE, str(path), "60"], capture_output=True, text=True, check=True
        ).stdout
        assert said == "wrote\n"
        assert labels_of(study) == ["anna-1"]


def test_readers_who_read_all_the_time_let_a_writer_in(path: Path) -> None:
    command = [sys.executable, "-c", READS_ALL_THE_TIME, str(path)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "read\n"
        said = subprocess.run(
            [sys.executable, "-c", WRITES_ONCE, str(path), "60"], capture_output=True, text=True, check=True
        ).stdout
        assert said == "wrote\n"
        assert all(reader.poll() is None for reader in readers)
    finally:
        for reader in readers:
            reader.kill()
            reader.communicate()


def test_a_journal_that_gets_another_name_while_a_reader_looks_is_not_missed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Study.open(path) as study, Study.open(path) as reader:
        journal = save(study, "anna", 1)
        real = StudyPaths.journals
        moved: list[Any] = []

        def list_then_rename(places: StudyPaths) -> list[Path]:
            found = real(places)
            if not moved:
                moved.append(journal.rename(journal.with_name("zoe.jsonl")))
            return found

        monkeypatch.setattr(StudyPaths, "journals", list_then_rename)
        assert labels_of(reader) == ["anna-1"]
        assert moved
