"""A damaged study is told in one line that names it, and what can be read of it is saved."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from interpref_db.errors import NotAStudy, StudyDamaged, StudyError
from interpref_db.importers import import_files
from interpref_db.study.salvage import salvage
from interpref_db.study.study import Study
from tests.support.strangers import base_study

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 262_144
HEAD = 3 * 4096


def damaged(path: Path, block: int) -> Path:
    """A study with a bit turned over in one of its blocks."""
    base_study(path)
    content = bytearray(path.read_bytes())
    content[HEAD + block * BLOCK + 300] ^= 1
    path.write_bytes(content)
    return path


def blocks(path: Path) -> int:
    return (path.stat().st_size - HEAD) // BLOCK


def test_whichever_block_is_damaged_it_is_told_in_one_line_or_does_no_harm(tmp_path: Path) -> None:
    count = blocks(base_study(tmp_path / "whole.duckdb"))
    told = []
    for number in range(count):
        path = damaged(tmp_path / f"{number}.duckdb", number)
        try:
            with Study.open(path) as study:
                for query in ("counts", "score_rows", "list_histories", "list_items"):
                    with study.reading() as cursor:
                        cursor.execute("FROM histories; FROM turns; FROM responses; FROM verdicts").fetchall()
                    assert query
        except StudyDamaged as error:
            told.append((str(path), str(error)))
    assert len(told) > 2
    for name, message in told:
        assert name in message
        assert "\n" not in message
        assert "--salvage" in message


def test_an_import_into_a_damaged_study_blames_the_study_and_not_the_file(tmp_path: Path) -> None:
    source = tmp_path / "h.jsonl"
    source.write_text('{"type": "history", "id": "new", "turns": [{"role": "user", "content": "hello"}]}\n')
    told = []
    for number in range(blocks(base_study(tmp_path / "whole.duckdb"))):
        path = damaged(tmp_path / f"{number}.duckdb", number)
        try:
            with Study.open(path) as study:
                report = import_files(study, [source])
                assert not report.rejected
        except StudyDamaged as error:
            told.append(str(error))
    assert told
    assert not any("h.jsonl" in message for message in told)


def test_cut_and_zeroed_studies_are_told_in_one_line(tmp_path: Path) -> None:
    whole = base_study(tmp_path / "whole.duckdb").read_bytes()
    chance = random.Random(7)
    sizes = [
        0,
        1,
        8,
        12,
        100,
        4096,
        8192,
        HEAD,
        HEAD + 1,
        HEAD + BLOCK,
        *(chance.randrange(len(whole)) for _ in range(6)),
    ]
    contents = [whole[:size] for size in sizes]
    for _ in range(6):
        start = chance.randrange(len(whole))
        contents.append(whole[:start] + bytes(min(4096, len(whole) - start)) + whole[start + 4096 :])
    told = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.duckdb"
        path.write_bytes(content)
        try:
            with Study.open(path) as study:
                study.rows("score_rows")
        except StudyError as error:
            told.append((str(path), str(error)))
    assert len(told) > 10
    assert all(name in message and "\n" not in message for name, message in told)


def test_a_lost_log_is_no_damage_and_a_foreign_one_is_told(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    before = path.read_bytes()
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('PRAGMA disable_checkpoint_on_shutdown'); "
        "c.execute(\"INSERT INTO meta VALUES ('a', 'b')\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    log = path.with_name("s.duckdb.wal")
    kept = log.read_bytes()
    log.unlink()
    with Study.open(path) as study:
        assert study.row("counts")
    # Grown since: what the log says of it does not fit any more.
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO meta SELECT 'x', 'y' FROM range(5000); CHECKPOINT")
    log.write_bytes(kept)
    with pytest.raises(StudyError) as error:
        Study.open(path)
    assert "s.duckdb.wal" in str(error.value)
    assert before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_study_that_may_not_be_read(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    path.chmod(0)
    with pytest.raises(NotAStudy, match="permission denied"):
        Study.open(path)


def _native(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_can_be_read_is_saved_and_what_cannot_is_counted(tmp_path: Path) -> None:
    whole = base_study(tmp_path / "whole.duckdb")
    complete = {json.dumps(line) for line in _native(_saved(whole, tmp_path / "whole.jsonl"))}
    fewer = 0
    for number in range(blocks(whole)):
        path = damaged(tmp_path / f"{number}.duckdb", number)
        before = path.read_bytes()
        target = tmp_path / f"{number}.jsonl"
        try:
            report = salvage(path, target)
        except StudyDamaged:
            continue  # the catalogue itself
        assert path.read_bytes() == before
        lines = {json.dumps(line) for line in _native(target)}
        assert lines <= complete
        assert (len(lines) < len(complete)) == bool(report.lost)
        fewer += bool(report.lost)
        with Study.open(tmp_path / f"again-{number}.duckdb", create=True) as study:
            counts = import_files(study, [target]).counts
            assert sum(counts.values())
    assert fewer


def _saved(path: Path, target: Path) -> Path:
    report = salvage(path, target)
    assert not report.lost
    assert not report.notices
    return target


def test_a_damaged_row_group_costs_only_its_own_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Study.open(path, create=True) as study, study.writing("test") as writer:
        writer.connection.execute(
            "INSERT INTO study.preferences SELECT 'p' || i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR), NULL, NULL, NULL "
            "FROM range(300000) AS r(i)"
        )
    content = bytearray(path.read_bytes())
    content[HEAD + (blocks(path) - 4) * BLOCK + 1000] ^= 4
    path.write_bytes(content)
    report = salvage(path, tmp_path / "saved.jsonl")
    assert 0 < report.lost["preferences"] <= 122_880
    assert report.rows["preferences"] + report.lost["preferences"] == 300_000
    assert len((tmp_path / "saved.jsonl").read_text().splitlines()) == report.rows["preferences"]
