"""Copies of a study: whole, as of one moment, private, while others go on with it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interpref_core.system.safe_files import make_folder
from interpref_db import queries
from interpref_db.errors import StudyBusy, StudyDamaged, StudyError
from interpref_db.study.copying import copy_study
from interpref_db.study.migrations import create_file
from interpref_db.study.paths import StudyPaths
from interpref_db.study.study import Study
from tests.support.labels import label, labelled_study
from tests.support.strangers import base_study


def _rows(path: Path) -> tuple[object, ...]:
    with Study.open(path) as study, study.reading() as cursor:
        found = [
            cursor.execute(f"SELECT count(*), min(hash(t)), max(hash(t)) FROM {t}").fetchone()
            for t in ("labels AS t", "turns AS t", "verdicts AS t")
        ]
    return tuple(found)


def test_a_copy_holds_all_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    labelled_study(path).close()
    report = copy_study(path, tmp_path / "backup" / "c.duckdb")
    copy = tmp_path / "backup" / "c.duckdb"
    assert _rows(copy) == _rows(path)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert report.bytes >= copy.stat().st_size
    assert [one.name for one in copy.parent.iterdir() if not one.name.endswith(".journal")] == ["c.duckdb"]


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    (tmp_path / "c.duckdb").write_text("mine")
    (tmp_path / "d.duckdb.wal").write_text("mine")
    (tmp_path / "e.duckdb").symlink_to(tmp_path / "nowhere")
    for name in ("c", "d", "e", "s"):
        with pytest.raises(StudyError, match="there already"):
            copy_study(path, tmp_path / f"{name}.duckdb")
    assert (tmp_path / "c.duckdb").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_copy_has_what_the_log_of_a_killed_process_holds(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('PRAGMA disable_checkpoint_on_shutdown'); "
        "c.execute(\"INSERT INTO preferences SELECT 'late' || i, 'x', NULL, NULL, NULL FROM range(100) AS r(i)\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert Path(f"{path}.wal").exists()
    copy_study(path, tmp_path / "c.duckdb")
    assert not (tmp_path / "c.duckdb.wal").exists()
    with Study.open(tmp_path / "c.duckdb") as study, study.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM study.preferences WHERE id LIKE 'late%'").fetchone() == (100,)
    assert Path(f"{path}.wal").exists()  # the study is left as it is


def test_a_damaged_study_is_not_copied(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    content = bytearray(path.read_bytes())
    content[-100_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(StudyDamaged):
        copy_study(path, tmp_path / "c.duckdb")
    assert [one.name for one in tmp_path.iterdir()] == ["s.duckdb"]


def test_whoever_writes_is_waited_for(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        writer.stdout.readline()
        with pytest.raises(StudyBusy):
            copy_study(path, tmp_path / "c.duckdb", wait=0.05)
        threading.Timer(0.2, writer.stdin.close).start()
        copy_study(path, tmp_path / "c.duckdb")
    assert _rows(tmp_path / "c.duckdb") == _rows(path)


def test_half_a_line_of_a_journal_and_links_in_it_stay_behind(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    places, copied = StudyPaths(path), StudyPaths(tmp_path / "c.duckdb")
    make_folder(places.labels)
    whole = json.dumps(label("anna", "i0", "a", 1).to_json())
    (places.labels / "anna.jsonl").write_text(f"{whole}\n{whole[:40]}")
    private = tmp_path / "private"
    private.write_text("mine")
    (places.labels / "x.jsonl").symlink_to(private)
    report = copy_study(path, copied.file)
    assert (copied.labels / "anna.jsonl").read_text() == f"{whole}\n"
    assert not (copied.labels / "x.jsonl").exists()
    assert len(report.left_out) == 1


def test_copies_taken_while_others_fold_and_label_lack_nothing(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    saved: list[int] = []
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            with Study.open(path) as study, study.open_label_journal("anna") as journal:
                for _ in range(20):
                    number += 1
                    journal.append([label("anna", "i0", "a", number, id=f"l{number}")])
                    saved.append(number)
            code = "import sys; from interpref_db.study.study import Study\nwith Study.open(sys.argv[1]) as s, s.writing('test'): pass"
            subprocess.run([sys.executable, "-c", code, str(path)], check=True)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(6):
            before = len(saved)
            copy_study(path, tmp_path / f"c{number}.duckdb")
            after = len(saved)
            with Study.open(tmp_path / f"c{number}.duckdb") as study, study.reading() as cursor:
                row = cursor.execute("SELECT count(*), max(seq) FROM labels").fetchone()
            assert row is not None
            assert before <= row[0] <= after + 1
            assert row[0] == (row[1] or 0)
    finally:
        stop.set()
        worker.join()


def test_the_copy_before_a_study_is_brought_up_to_date_has_what_the_log_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interpref_db.study import migrations

    path = tmp_path / "s.duckdb"
    first = queries.migrations()[:1]
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "migrations", lambda: first)
        create_file(StudyPaths(path))
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('PRAGMA disable_checkpoint_on_shutdown'); "
        "c.execute(\"INSERT INTO preferences SELECT 'p' || i, 'x', NULL, NULL, NULL FROM range(100) AS r(i)\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    with Study.open(path) as study:
        (notice,) = study.remarks
        assert study.row("counts")
    backup = tmp_path / "s.schema-1.backup.duckdb"
    assert str(backup) in notice
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with Study.open(backup) as study, study.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM study.preferences").fetchone() == (100,)
