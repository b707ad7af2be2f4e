"""A study from a stranger is data: nothing that it holds is run, and what it is not is said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from interpref_db.errors import NotAStudy, StudyError, StudyTooNew, UntrustedStudy
from interpref_db.importers import import_files
from interpref_db.study import attaching, catalog
from interpref_db.study.connection import connect
from interpref_db.study.paths import study_file
from interpref_db.study.study import Study
from tests.support.strangers import (
    FILES,
    IN_THE_LOG,
    SECRET,
    STATEMENTS,
    base_study,
    secret_folder,
    strange_study,
    study_with_strange_log,
)

if TYPE_CHECKING:
    from pathlib import Path

_OTHERWISE = {"table missing": NotAStudy, "schema number below none": UntrustedStudy, "of a newer program": StudyTooNew}


def _refused(path: Path, kind: type[StudyError] = StudyError) -> str:
    with pytest.raises(kind) as error:
        Study.open(path)
    message = str(error.value)
    assert "\n" not in message
    assert str(study_file(path)) in message
    assert SECRET not in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_holds_more_than_rows_is_refused(tmp_path: Path, name: str) -> None:
    kept = secret_folder(tmp_path)
    path = strange_study(tmp_path / "s.duckdb", name, kept)
    before = path.read_bytes()
    _refused(path, _OTHERWISE.get(name, UntrustedStudy))
    assert path.read_bytes() == before
    assert [one.name for one in kept.iterdir()] == ["secret.txt"]


@pytest.mark.parametrize("name", IN_THE_LOG)
def test_what_stands_in_the_log_is_looked_at_too(tmp_path: Path, name: str) -> None:
    kept = secret_folder(tmp_path)
    _refused(study_with_strange_log(tmp_path / "s.duckdb", name, kept), UntrustedStudy)


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_study_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "s.duckdb"
    FILES[name](path)
    _refused(path)
    notes = tmp_path / "notes-of-mine"
    assert not notes.exists() or notes.read_text() == "mine"
    assert not (tmp_path / "nowhere-yet").exists()


def test_a_refused_study_is_not_written_to_either(tmp_path: Path) -> None:
    path = strange_study(tmp_path / "s.duckdb", "macro", secret_folder(tmp_path))
    source = tmp_path / "h.jsonl"
    source.write_text('{"type": "history", "id": "new", "turns": [{"role": "user", "content": "hello"}]}\n')
    before = path.read_bytes()
    with pytest.raises(UntrustedStudy), Study.open(path) as study:
        import_files(study, [source])
    assert path.read_bytes() == before


def test_a_study_that_is_exchanged_while_it_is_read_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interpref_db.study.study.LINGER", 0)
    path = base_study(tmp_path / "s.duckdb")
    other = strange_study(tmp_path / "other.duckdb", "macro", secret_folder(tmp_path))
    with Study.open(path) as study:
        study.row("counts")
        with study._lock:
            study._release()
        other.replace(path)
        with pytest.raises(UntrustedStudy):
            study.row("counts")


def test_a_study_that_stays_as_it_is_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = base_study(tmp_path / "s.duckdb")
    attaching._trusted.clear()
    looked = []
    verify = catalog.verify_catalog

    def look(*given: Any) -> int:
        looked.append(1)
        return verify(*given)

    monkeypatch.setattr(catalog, "verify_catalog", look)
    for _ in range(3):
        with Study.open(path) as study:
            study.row("counts")
    assert looked == [1]


def test_tables_that_people_have_added_are_left_alone(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute('CREATE TABLE my_notes (item VARCHAR NOT NULL, "DEFAULT" VARCHAR, marks INTEGER[])')
        connection.execute("INSERT INTO my_notes VALUES ('i0', 'check this', [1, 2])")
    with Study.open(path) as study:
        counts = study.row("counts")
        with study.reading() as cursor:
            assert cursor.execute("SELECT marks FROM study.my_notes").fetchall() == [([1, 2],)]
    assert counts is not None
    assert counts["items"]


_TOUCH = (
    "FROM read_text('FOLDER/secret.txt')",
    "FROM read_csv('FOLDER/secret.txt')",
    "FROM read_json('FOLDER/secret.txt')",
    "FROM 'FOLDER/table.csv'",
    "FROM glob('FOLDER/*')",
    "FROM read_blob('/proc/self/environ')",
    "FROM read_text('http://127.0.0.1:9/x')",
    "FROM sniff_csv('FOLDER/secret.txt')",
    "COPY (SELECT 1) TO 'FOLDER/out.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE 'FOLDER/all'",
    "ATTACH 'FOLDER/other.duckdb' AS other",
    "ATTACH 'FOLDER/new.duckdb' AS new",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD 'FOLDER/x.duckdb_extension'",
    "SELECT getenv('HOME')",
    "SET enable_external_access = true",
    "SET allowed_paths = ['/']",
    "SET temp_directory = 'FOLDER'",
    "SET lock_configuration = false",
)


@pytest.mark.parametrize("locked", [True, False])
def test_a_connection_touches_only_the_files_that_it_was_told_of(tmp_path: Path, locked: bool) -> None:
    kept = secret_folder(tmp_path)
    duckdb.connect(str(kept / "other.duckdb")).close()
    (kept / "table.csv").write_text("a,b\n1,2\n")
    before = sorted(kept.iterdir())
    path = base_study(tmp_path / "s.duckdb")
    with connect(files=(path,), locked=locked) as connection:
        for mode in ("READ_ONLY", "READ_WRITE", "READ_ONLY", "READ_WRITE"):
            connection.execute(f"ATTACH '{path}' AS study ({mode})")
            if mode == "READ_WRITE":
                connection.execute("INSERT INTO study.meta VALUES ('a', 'b'); CHECKPOINT study")
                connection.execute("INSERT INTO study.meta VALUES ('a', 'c')")
            connection.execute("DETACH study")
        for statement in _TOUCH:
            if locked or "lock_configuration" not in statement:
                with pytest.raises(duckdb.Error):
                    connection.execute(statement.replace("FOLDER", str(kept))).fetchall()
    assert sorted(kept.iterdir()) == before
    assert not path.with_name(path.name + ".wal").exists()


def test_a_study_is_reached_through_a_link(tmp_path: Path) -> None:
    path = base_study(tmp_path / "here" / "s.duckdb")
    link = tmp_path / "link.duckdb"
    link.symlink_to(path)
    with connect(files=(link,)) as connection:
        connection.execute(f"ATTACH '{link}' AS study; INSERT INTO study.meta VALUES ('a', 'b'); CHECKPOINT study")
        connection.execute("INSERT INTO study.meta VALUES ('a', 'c'); DETACH study")
    with Study.open(link) as study:
        assert study.row("counts")


def test_what_does_not_fit_into_memory_is_spilled_by_a_shut_connection(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT i, repeat('x', 200) || i AS s FROM range(300000) AS r(i)")
    with connect(files=(path,), memory_limit="60MB", threads=1) as connection:
        connection.execute(f"ATTACH '{path}' AS study (READ_ONLY)")
        connection.execute("CREATE TEMP TABLE sorted AS FROM study.t ORDER BY s DESC")
        assert connection.execute("SELECT count(*) FROM sorted").fetchone() == (300000,)
        assert connection.execute("SELECT count(*) > 0 FROM duckdb_temporary_files()").fetchone() == (True,)
