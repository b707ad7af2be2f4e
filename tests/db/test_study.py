"""A study: made, opened, refused, read and written by several processes at once."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from interpref_core.records.data import History, Preference, Turn
from interpref_core.records.runs import Response, Run, Verdict
from interpref_db.errors import NotAStudy, StudyBusy, StudyTooNew
from interpref_db.study.journal import JournalWriter
from interpref_db.study.study import Study, newest_schema

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.records.base import Choice


def history(identifier: str, *texts: str) -> History:
    roles = ("user", "assistant")
    return History(id=identifier, turns=tuple(Turn(role=roles[n % 2], content=text) for n, text in enumerate(texts)))


def add(study: Study, *records: History | Preference) -> None:
    with study.writing("test") as writer:
        writer.add(records, origin="test")
        writer.fold("test")


def add_and_fail(study: Study) -> None:
    with study.writing("test") as writer:
        writer.add([history("h", "one")], origin="file")
        writer.fold("file")
        print(1 / 0)


def column(study: Study, query: str) -> list[object]:
    with study.reading() as cursor:
        return [row[0] for row in cursor.execute(query).fetchall()]


def test_a_missing_study_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(NotAStudy, match="interpref import"):
        Study.open(tmp_path / "none.duckdb")


def test_a_new_study_opens_again_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    Study.open(tmp_path / "a b's.duckdb", create=True).close()
    with Study.open(tmp_path / "a b's.duckdb") as study:
        assert column(study, "SELECT max(value::INT) FROM meta WHERE key = 'schema'") == [newest_schema()]
    assert [path.name for path in tmp_path.iterdir()] == ["a b's.duckdb"]


@pytest.mark.parametrize("content", [b"", b"not a database", b"PK\x03\x04" + bytes(5000), bytes(20000)])
def test_what_is_no_study_is_refused_in_one_line_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "odd.duckdb"
    file.write_bytes(content)
    with pytest.raises(NotAStudy) as error:
        Study.open(file, create=True)
    assert "\n" not in str(error.value)
    assert file.read_bytes() == content


def test_a_plain_duckdb_file_is_not_taken_for_a_study(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "x.duckdb")).execute("CREATE TABLE t (a INT)").close()
    with pytest.raises(NotAStudy, match="not a study"):
        Study.open(tmp_path / "x.duckdb")


def test_a_study_that_is_begun_is_there_at_once_and_asked_when_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Study.open_in_background(path, create=True) as study:
        add(study, history("h", "one", "two"))
    with Study.open_in_background(path) as study:
        counts = study.row("counts")
        assert counts is not None
        assert counts["histories"] == 1
        assert study.notices() == []
        study.wait_until_open()


def test_what_was_begun_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("some words, and more of them")
    for path, reason in ((tmp_path / "text.duckdb", "not a study"), (tmp_path / "none.duckdb", "interpref import")):
        with pytest.raises(NotAStudy, match=reason):
            Study.open_in_background(path)
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    with Study.open_in_background(other) as study:
        for ask in (study.wait_until_open, study.version, study.notices, lambda: study.rows("counts")):
            with pytest.raises(NotAStudy, match="but not a study"):
                ask()


def test_a_study_can_be_left_while_it_is_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Study.open(path, create=True).close()
    for _ in range(3):
        with Study.open_in_background(path):
            pass
        Study.open_in_background(path).close()
    with Study.open(path) as study:
        add(study, history("h", "one"))


def test_a_study_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.duckdb"
    Study.open(file, create=True).close()
    duckdb.connect(str(file)).execute("INSERT INTO meta VALUES ('schema', '999')").close()
    with pytest.raises(StudyTooNew, match="newer interpref"):
        Study.open(file)


def test_every_text_comes_back_byte_for_byte(tmp_path: Path) -> None:
    texts = ("\x00\x01\x1b[31m", '[/] [b [1, "3"]', "界面🙂\u202e", "x" * 1_000_000, " \r\n\t ", "")
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        add(study, history("h", *texts))
        assert column(study, "SELECT content FROM turns ORDER BY position") == list(texts)


def test_the_same_record_again_changes_nothing_and_another_under_its_name_is_a_conflict(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        add(study, history("h", "one", "two"))
        with study.writing("test") as writer:
            same, other = history("h", "one", "two"), history("h", "one", "three")
            writer.add([same, other, history("g", "new")], origin="file")
            report = writer.fold("file")
        assert report.added["history"] == 1
        assert report.unchanged["history"] == 1
        assert report.conflicts == [("history", "h", 2)]
        assert column(study, "SELECT content FROM turns ORDER BY history, position") == ["one", "two", "new"]


def test_a_write_that_fails_leaves_the_study_as_it_was(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        with pytest.raises(ZeroDivisionError):
            add_and_fail(study)
        assert column(study, "SELECT count(*) FROM histories") == [0]


def test_a_journal_is_seen_while_it_is_written_and_folded_once_when_it_is_closed(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        journal = JournalWriter(study.places.run_journal("r"))
        journal.append([Run(id="r", name="r", model="m", paradigm="np")])
        assert column(study, "SELECT id FROM runs") == ["r"]
        journal.append([Response(id="x", run="r", item="i", side="a", text="t")])
        assert column(study, "SELECT text FROM responses") == ["t"]
        add(study, history("h", "one"))  # a writer comes and goes: the journal is in use and stays
        assert column(study, "SELECT count(*) FROM study.responses") == [0]
        journal.append([Response(id="y", run="r", item="i", side="b", text="u")])
        journal.close()
        add(study, history("g", "two"))
        assert column(study, "SELECT text FROM study.responses ORDER BY id") == ["t", "u"]
        assert column(study, "SELECT text FROM responses ORDER BY id") == ["t", "u"]
        assert study.places.journals() == []


def test_a_journal_that_was_copied_home_twice_counts_once(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        for name in ("one", "two"):
            with JournalWriter(study.places.run_journal(name)) as journal:
                journal.append([Response(id="x", run="r", item="i", side="a", text="t")])
        assert column(study, "SELECT count(*) FROM responses") == [1]
        add(study)
        with JournalWriter(study.places.run_journal("three")) as journal:
            journal.append([Response(id="x", run="r", item="i", side="a", text="t")])
        assert column(study, "SELECT count(*) FROM responses") == [1]


def test_a_torn_line_is_left_out_told_and_kept(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        path = study.places.run_journal("r")
        with JournalWriter(path) as journal:
            journal.append([Response(id="x", run="r", item="i", side="a", text="t")])
        with path.open("ab") as file:
            file.write(b'{"type":"response","id":"half')
        assert column(study, "SELECT id FROM responses") == ["x"]
        assert "not finished" in study.notices()[0]
        add(study)
        assert column(study, "SELECT id FROM study.responses") == ["x"]
        assert b"half" in (study.places.torn_lines_dir / "r.jsonl").read_bytes()


def test_a_writer_that_comes_back_ends_the_torn_line_so_that_its_own_are_whole(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        path = study.places.run_journal("r")
        path.parent.mkdir(parents=True)
        path.write_bytes(b'{"type":"resp')
        with JournalWriter(path) as journal:
            journal.append([Response(id="x", run="r", item="i", side="a", text="t")])
        assert column(study, "SELECT id FROM responses") == ["x"]
        assert "1 line(s)" in study.notices()[0]


def test_one_journal_has_one_writer(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "r.jsonl"), pytest.raises(StudyBusy, match="another process"):
        JournalWriter(tmp_path / "r.jsonl")


def test_later_verdicts_supersede_earlier_ones_and_four_make_a_pattern(tmp_path: Path) -> None:
    def verdict(order: int, choice: Choice, seq: int = 1) -> Verdict:
        return Verdict(id=f"{order}-{seq}", run="r", item="i", judge="j", order=order, choice=choice, seq=seq)

    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        with JournalWriter(study.places.run_journal("r")) as journal:
            journal.append([verdict(1, "Left"), verdict(2, "Left"), verdict(2, "Right", 2), verdict(3, "Don't know")])
            assert column(study, "SELECT pattern FROM patterns") == []
            journal.append([verdict(4, "Unreadable")])
        assert column(study, "SELECT pattern FROM patterns") == ["LRDU"]


HOLDER = """
import sys, time
from interpref_db.study.study import Study, newest_schema
study = Study.open(sys.argv[1])
with study.writing("a long import"):
    print("holding", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_a_study_held_by_a_writer_says_who_since_when_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "s.duckdb"
    Study.open(file, create=True).close()
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(file), "30"], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "holding"
        with pytest.raises(StudyBusy) as error:
            Study.open(file, wait=0.2)
        other.kill()
    line = str(error.value)
    assert f"process {other.pid}" in line
    assert "a long import" in line
    assert "since 20" in line
    assert "try again" in line
    Study.open(file).close()  # the lock died with its holder


def test_readers_wait_for_a_writer_and_writers_get_in_between_readers(tmp_path: Path) -> None:
    file = tmp_path / "s.duckdb"
    with Study.open(file, create=True) as study:
        add(study, history("h", "one"))
        column(study, "SELECT count(*) FROM histories")
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(file), "0.5"], stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline().strip() == "holding"  # it got the file although we have the study open
            start = time.monotonic()
            assert column(study, "SELECT count(*) FROM histories") == [1]
            assert time.monotonic() - start > 0.2
        assert other.returncode == 0


KILLED = """
import os, sys
from interpref_core.records.runs import Response
from interpref_db.study.journal import JournalWriter
journal = JournalWriter(__import__("pathlib").Path(sys.argv[1]))
number = 0
while True:
    item = str(number)
    journal.append([Response(id=f"{number}-{n}", run="r", item=item, side="a", text="t" * 200) for n in range(5)])
    os.write(1, f"{number}\\n".encode())
    number += 1
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        path = study.places.run_journal("r")
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            for _ in range(40):
                acknowledged = int(other.stdout.readline())
            other.kill()
            acknowledged = max([acknowledged, *(int(line) for line in other.stdout.read().split("\n")[:-1])])
        seen = column(study, "SELECT DISTINCT item::INT FROM responses")
        assert set(range(acknowledged + 1)) <= set(seen)
        add(study)
        assert set(column(study, "SELECT DISTINCT item::INT FROM study.responses")) == set(seen)


def test_an_older_study_is_copied_then_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "s.duckdb"
    with Study.open(file, create=True) as study:
        add(study, history("h", "one"))
    from interpref_db import queries
    from interpref_db.study import catalog, migrations
    from interpref_db.study import study as study_module

    newest = queries.migrations()[-1][0]
    later = (*queries.migrations(), (newest + 1, "later", "ALTER TABLE histories ADD COLUMN mood VARCHAR;"))
    for module in (queries, migrations, catalog, study_module):
        monkeypatch.setattr(module, "migrations", lambda: later)
    with Study.open(file) as study:
        assert column(study, "SELECT mood FROM histories") == [None]
        assert column(study, "SELECT max(value::INT) FROM meta WHERE key = 'schema'") == [newest + 1]
    assert (tmp_path / f"s.schema-{newest}.backup.duckdb").exists()
