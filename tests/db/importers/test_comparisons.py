"""Comparisons: two names and a winner, from any table or JSON; the same label twice is two labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from interpref_db.importers import import_files

from .conftest import lines

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Importing

WINNERS = "SELECT model_a, model_b, winner FROM study.comparisons ORDER BY rowid"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_table_of_any_delimiter(importing: Importing, mark: str) -> None:
    rows = [
        ("left", "right", "winner", "worker", "note"),
        ("A", "B", "left", "w1", '"a, b; c\nd"'),
        ("A", "C", "tie", "", "x"),
    ]
    report = importing("\r\n".join(mark.join(row) for row in rows))
    assert report.rejected == []
    found = importing.ask(
        "SELECT model_a, model_b, winner, annotator, left_is, extra ->> '$.note' FROM study.comparisons"
    )
    assert found == [("A", "B", "a", "w1", "a", "a, b; c\nd"), ("A", "C", "tie", "unknown", "a", "x")]


def test_every_way_to_say_who_won(importing: Importing) -> None:
    battles = [{"model_a": "A", "model_b": "B", "winner": one} for one in
               ("model_a", "model_b", "tie", "tie (bothbad)", "both_bad", "A", "B", "TIE")]  # fmt: skip
    assert importing(lines(*battles), "1.jsonl").rejected == []
    flags = ("winner_model_a", "winner_model_b", "winner_tie")
    arena = [{"model_a": "A", "model_b": "B", **{flag: int(n == k) for k, flag in enumerate(flags)}} for n in range(3)]
    assert importing(arena, "2.json").rejected == []
    alpaca = [{"generator_1": "A", "generator_2": "B", "preference": one} for one in (1, 2, 0, 1.0, 1.02, 1.98, 1.5)]
    assert importing(alpaca, "3.json").rejected == []
    assert [winner for _, _, winner in importing.ask(WINNERS)] == [
        "a", "b", "tie", "both bad", "both bad", "a", "b", "tie",
        "a", "b", "tie",
        "a", "b", "tie", "a", "a", "b", "tie",
    ]  # fmt: skip


def test_parquet(importing: Importing) -> None:
    path = importing.folder / "b.parquet"
    rows = "(VALUES ('A', 'B', 'model_a', 1), ('B', 'A', 'tie', 2)) AS t(model_a, model_b, winner, n)"
    duckdb.connect().execute(f"COPY (FROM {rows}) TO '{path}' (FORMAT parquet)")
    assert import_files(importing.study, [path]).counts["comparisons"] == 2
    assert importing.ask(WINNERS) == [("A", "B", "a"), ("B", "A", "tie")]


def test_a_row_that_is_wrong_is_refused_with_its_line(importing: Importing) -> None:
    rows = ["model_a,model_b,winner", "A,B,model_a", "", '"two\nlines",B,tie', "A,B,who", "A,B", ",B,tie", "A,B,"]
    report = importing("\n".join(rows), "t.csv")
    assert [(one.line, one.field) for one in report.rejected] == [
        (6, "winner"),
        (7, None),
        (8, "model_a"),
        (9, "winner"),
    ]
    assert report.counts["comparisons"] == 2
    assert importing.rejected("t.csv")[0]["record"] == {"model_a": "A", "model_b": "B", "winner": "who"}


def test_equal_rows_are_labels_of_their_own_and_are_found_again(importing: Importing) -> None:
    table = "model_a,model_b,winner\nA,B,tie\nA,B,tie\n"
    assert importing(table).counts["comparisons"] == 2
    again = importing(table)
    assert (again.counts["comparisons"], again.unchanged) == (0, 2)


def test_a_cell_of_a_megabyte(importing: Importing) -> None:
    assert importing(f'model_a,model_b,winner,text\nA,B,tie,"{"x" * 1_000_000}"\n').counts["comparisons"] == 1


def test_the_crowd_of_llmfao(importing: Importing, shared_data: Path) -> None:
    report = import_files(importing.study, [shared_data / "comparisons" / "llmfao.csv"])
    assert (report.counts["comparisons"], report.rejected) == (8931, [])
    query = (
        "SELECT count(DISTINCT annotator), count(*) FILTER (winner = 'tie'), count(DISTINCT model_a) FROM comparisons"
    )
    assert importing.ask(query)[0][:2] == (124, 3471)


def test_pandalm_has_three_annotators_a_row(importing: Importing, shared_data: Path) -> None:
    path = shared_data / "agreement" / "pandalm_testset.json"
    report = import_files(importing.study, [path])
    assert report.counts["comparisons"] == 3 * 999
    record = json.loads(path.read_text())[0]
    found = importing.ask("SELECT winner FROM comparisons WHERE item = 'pandalm/0' ORDER BY annotator")
    assert [winner for (winner,) in found] == [("tie", "a", "b")[record[f"annotator{n}"]] for n in (1, 2, 3)]
