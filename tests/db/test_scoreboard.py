"""Every number of a study, and what stands behind each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from interpref_core.failure_categories import FACETS
from interpref_db.failures.cross_table import categories_of, cross_table
from interpref_db.failures.failures import failures
from interpref_db.lists import query
from interpref_db.scores.scoreboard import add_diversity, scoreboard, tables
from tests.support.judged import PATTERNS, judged_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.scores.scoreboard_data import Scoreboard
    from interpref_db.study.study import Study
    from interpref_db.tables import DrillDown, Table


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with judged_study(tmp_path / "s.duckdb") as one:
        yield one


@pytest.fixture
def board(study: Study) -> Scoreboard:
    return add_diversity(scoreboard(study), study)


def count(study: Study, behind: DrillDown | None) -> int:
    """How many items a list shows of what stands behind a number."""
    assert behind is not None
    asked = query.ListQuery(where=dict(behind.where), keys=behind.load_keys(study))
    with study.reading() as cursor:
        return query.count(cursor, behind.kind, asked)


def named(board: Scoreboard, name: str) -> Table:
    return next(one for one in tables(board) if one.name == name)


def test_every_table_is_there_and_every_cell_opens_something(study: Study, board: Scoreboard) -> None:
    found = tables(board)
    assert [one.name for one in found] == [
        "pass rates",
        "position bias",
        "patterns",
        "win rates",
        "Bradley-Terry",
        "pass rate and Bradley-Terry",
        "agreement",
        "length",
        "openings",
        "paired",
        "corrected",
        "evaluators",
        "judges' agreement",
        "steps",
        "failures",
        "self-BLEU",
    ]
    for table in found:
        assert len(table.behind) == len(table.rows), table.name
        for row, cells in enumerate(table.rows):
            assert len(cells) == len(table.columns)
            for column, value in enumerate(cells):
                behind = table.opens(row, column)
                if value in ("", "-") or (table.name == "evaluators" and column < 2):
                    continue
                assert behind is not None, (table.name, row, column)
                shown = count(study, behind)
                zero = value.startswith(("0", "100.0"))
                assert shown or zero, (table.name, cells, table.columns[column])


def test_counts_are_the_counts_of_what_they_open(study: Study, board: Scoreboard) -> None:
    for name, column in (("pass rates", "passed"), ("patterns", "n"), ("failures", "n"), ("Bradley-Terry", "n")):
        table = named(board, name)
        place = table.columns.index(column)
        for row, cells in enumerate(table.rows):
            assert count(study, table.opens(row, place)) == int(cells[place]), (name, cells)
    paired = named(board, "paired")
    for row, cells in enumerate(paired.rows):
        for column in ("only first", "only second"):
            place = paired.columns.index(column)
            assert count(study, paired.opens(row, place)) == 2 * int(cells[place])  # one line a run
    length = named(board, "length")
    assert count(study, length.opens(0, 2)) == count(study, length.opens(0, 4)) == 6
    bias = named(board, "position bias")
    wrong = sum(1 for pattern in PATTERNS["one"] if pattern[1] != "R")
    row = next(n for n, cells in enumerate(bias.rows) if cells[:2] == ("one", "judge"))
    assert count(study, bias.opens(row, 3)) == wrong


def test_the_document_of_score(board: Scoreboard) -> None:
    found = json.loads(json.dumps(board.to_json(), allow_nan=False))
    assert found.keys() >= {
        "pass_rate",
        "win_rate",
        "bradley_terry",
        "pearson",
        "failures",
        "agreement",
        "paired",
        "evaluators",
    }
    first = next(one for one in found["pass_rate"] if (one["run"], one["judge"]) == ("one", "judge"))
    assert (first["n"], first["passed"], first["unreadable"]) == (12, 6, 1)
    assert first["corrected"]["labelled"] == 7
    # 5 of ann's 7 are right; bo is of one mind with her on four of them.
    assert first["corrected"]["people"] == pytest.approx(5 / 7)
    assert first["openings"]["count"] == 18
    assert first["openings"]["n"] == 24
    assert first["stages"]["extraction"]["count"] == 24
    assert first["stages"]["relevance"]["count"] == 12
    assert first["by_preference"]["clusters"] == 12
    pair = next(one for one in found["paired"] if one["judge"] == "judge")
    both = list(zip(PATTERNS["one"], PATTERNS["two"], strict=True))
    assert pair["only_a"] == sum(1 for a, b in both if a == "LRRL" != b)
    assert pair["only_b"] == sum(1 for a, b in both if b == "LRRL" != a)
    assert found["evaluators"]["judges"] == ["judge", "kind"]
    assert found["self_bleu"]["texts"] == 24
    judges = found["judges_agreement"]
    assert [(one["run"], one["raters"]) for one in judges] == [("one", 2)]
    right = "".join("LRRL" for _ in range(12))
    said = "".join(PATTERNS["one"])
    readable = [(a, b) for a, b in zip(said, right, strict=True) if a != "U"]
    assert judges[0]["per_cent"]["value"] == pytest.approx(sum(a == b for a, b in readable) / len(readable))
    assert {one["facet"] for one in found["failures"]} == set(FACETS)


def test_one_run_or_one_judge_alone(study: Study) -> None:
    assert {one.run for one in scoreboard(study, run="one").scored} == {"one"}
    assert {one.judge for one in scoreboard(study, judge="kind").scored} == {"kind"}
    assert all(one.judge == "judge" for one in scoreboard(study, judge="judge").failures.all)


def test_failures_by_any_two_facets(study: Study) -> None:
    found = failures(study)
    assert len(found.all) == sum(1 for among in PATTERNS.values() for pattern in among if pattern != "LRRL")
    assert found.facets() == FACETS
    assert found.counts("mechanical")["always Left"] == 4
    assert found.counts("error type") == {"ignores the preference": 1, "unhelpful": 1}
    assert found.counts("sameness")["the same answer"] == 6
    assert found.counts("people") == {"people are misled too": 1, "people see no failure": 1, "scored 1 or 2": 1}
    for rows in FACETS:
        for columns in FACETS:
            table = cross_table(found, rows, columns)
            cross = found.cross(rows, columns)
            for place, cells in enumerate(table.rows):
                for column, cell in enumerate(cells[1:], start=1):
                    assert (
                        count(study, table.opens(place, column)) == int(cell)
                        if cell
                        else table.opens(place, column) is None
                    )
                    wanted = categories_of(found, rows, columns, row=place, column=column)
                    assert len(found.having(wanted).all) == int(cell or 0)
                    if len(wanted) == 2:
                        assert cross.get((wanted[rows], wanted[columns]), 0) == int(cell or 0)
    evidence = [
        one.evidence for failure in found.all for one in failure.categories if one.name == "ignores the preference"
    ]
    assert evidence == ["says ann"]


def test_an_empty_study_has_no_numbers(tmp_path: Path) -> None:
    from interpref_db.study.study import Study

    with Study.open(tmp_path / "e.duckdb", create=True) as study:
        board = add_diversity(scoreboard(study), study)
        assert tables(board) == ()
        assert board.to_json()["pass_rate"] == []
        assert failures(study).all == ()
