"""Many runs: pairs counted at once, what stands behind numbers found by one query a kind, and tables that a person can read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from benchmarks.many_runs_study import make
from interpref_core.metrics.paired_tests import compare_paired
from interpref_db.failures.failures import failures
from interpref_db.scores.drilldowns import find_behind
from interpref_db.scores.run_batches import portions_of_runs
from interpref_db.scores.run_pairs import compare_run_pairs
from interpref_db.scores.scoreboard import scoreboard, tables
from interpref_db.scores.tables.rates import paired_table
from interpref_db.study.study import Study
from tests.support.cli import interpref

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SLOWLY = """
SELECT p.judge, p.run AS run_a, q.run AS run_b,
    count(*) FILTER (p.pattern = 'LRRL' AND q.pattern = 'LRRL') AS both,
    count(*) FILTER (p.pattern = 'LRRL' AND q.pattern <> 'LRRL') AS only_a,
    count(*) FILTER (p.pattern <> 'LRRL' AND q.pattern = 'LRRL') AS only_b,
    count(*) FILTER (p.pattern <> 'LRRL' AND q.pattern <> 'LRRL') AS neither
FROM patterns AS p JOIN patterns AS q ON q.judge = p.judge AND q.item = p.item AND q.run > p.run
GROUP BY p.judge, p.run, q.run ORDER BY p.judge, p.run, q.run
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    path = tmp_path_factory.mktemp("many") / "many.duckdb"
    make(path, 24, 40)
    with Study.open(path) as study, study.writing("test") as writer:
        # Not every item was judged in every run, a second judge saw a few, and people compared some.
        writer.connection.execute("DELETE FROM study.verdicts WHERE hash(run, item) % 9 = 0")
        writer.connection.execute(
            "INSERT INTO study.verdicts SELECT * REPLACE ('second' AS judge, id || '/2' AS id) FROM study.verdicts "
            "WHERE run IN ('run-1', 'run-2', 'run-3') AND hash(item) % 2 = 0"
        )
        writer.connection.execute(
            "INSERT INTO study.comparisons BY NAME SELECT 'c' || i AS id, 'anna' AS annotator, 'model-' || (i % 4) AS model_a, "
            "'model-' || (i % 3 + 1) AS model_b, ['a', 'b', 'tie'][1 + i % 3] AS winner, 'i' || (i % 10) AS item FROM range(60) AS t(i)"
        )
    with Study.open(path) as study:
        yield study


def test_all_pairs_at_once_are_the_pairs_one_by_one(many: Study) -> None:
    with many.reading() as cursor:
        slowly = cursor.execute(_SLOWLY).fetchall()
    found = compare_run_pairs(many)
    assert [(one.judge, one.run_a, one.run_b) for one in found] == [tuple(row[:3]) for row in slowly]
    assert [one.paired for one in found] == [compare_paired(*row[3:]) for row in slowly]


def test_what_stands_behind_many_numbers_is_what_stands_behind_each(many: Study) -> None:
    board = scoreboard(many)
    wanted = [one for table in tables(board) for row in table.behind for one in row if one is not None]
    assert {one.query for one in wanted} >= {"behind_order", "behind_half", "behind_changed", "behind_model"}
    for most in (5, 10_000):
        found = find_behind(many, wanted, most)
        for one, (count, keys) in zip(wanted[::41], found[::41], strict=True):
            alone = one.load_keys(many)
            if alone is None:
                assert (count, keys) == (0, None)
                continue
            assert keys is not None
            assert (count, len(keys)) == (len(alone), min(most, len(alone))), one
            assert set(keys) <= set(alone)


def test_texts_are_read_a_few_runs_at_a_time(many: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, known = scoreboard(many).to_json(), failures(many)
    monkeypatch.setattr("interpref_db.scores.run_batches._VERDICTS", 300)
    portions = portions_of_runs(many)
    assert len(portions) > 4
    assert len({run for one in portions for run in one}) == sum(map(len, portions)) == 24
    assert scoreboard(many).to_json() == whole
    assert failures(many) == known


def test_a_table_of_pairs_that_a_person_can_read(many: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    board = scoreboard(many)
    everything = len(board.against)
    assert everything == 24 * 23 // 2 + 3
    monkeypatch.setattr("interpref_db.scores.tables.rates._MOST_PAIRS", 20)
    shown = paired_table(board)
    assert (len(shown.rows), len(shown.behind)) == (20, 20)
    assert any(f"{everything - 20:,} more pairs" in note for note in shown.notes)
    most = max(one.p for one in sorted((one.paired for one in board.against), key=lambda one: one.p)[:20])
    assert all(float(row[8]) <= most * 1.01 for row in shown.rows)
    assert len(board.to_json()["paired"]) == everything


def test_two_runs_can_be_asked_for(many: Study, tmp_path: Path) -> None:
    done = interpref(tmp_path, "score", many.path, "--run", "run-3", "--run", "run-7", "--json")
    document = json.loads(done.out)
    assert {one["run"] for one in document["pass_rate"]} == {"run-3", "run-7"}
    (pair,) = document["paired"]
    assert (pair["run_a"], pair["run_b"]) == ("run-3", "run-7")
    wrong = interpref(tmp_path, "score", many.path, "--run", "run-3", "--run", "nobody")
    assert wrong.code == 1
    assert re.search("there is no run 'nobody'", wrong.err)
    assert "pass rates" in {table.name for table in tables(scoreboard(many, run=("run-3", "run-7")))}


def test_a_list_is_the_same_line_by_line(many: Study, tmp_path: Path) -> None:
    done = interpref(tmp_path, "list", many.path, "responses", "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert len(rows) == 24 * 40 * 2
    assert len(interpref(tmp_path, "list", many.path, "responses").out.splitlines()) == len(rows) + 1
