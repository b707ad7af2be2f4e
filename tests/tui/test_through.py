"""From row to row of a list without going back to it, and two runs of one's choice beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_tui.app.app import InterprefApp
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_db.study.study import Study


def three_runs(path: Path) -> Study:
    """Of three items the run good passes all, bad none of the first two, ugly none."""
    study = small_study(path / "s.duckdb", small_records(3, runs=("good",)))
    with study.writing("test") as writer:
        writer.add(small_records(2, runs=("bad",), pattern="LLRL"), origin="bad")
        writer.fold("bad")
        writer.add(small_records(3, runs=("ugly",), pattern="RLLR"), origin="ugly")
        writer.fold("ugly")
    return study


async def test_verdicts_and_histories_are_read_one_after_the_other(tmp_path: Path) -> None:
    with three_runs(tmp_path) as study:
        async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "5", "enter", "l", "right_square_bracket")
            text = shown(pilot)
            assert "(2 of 8)" in text
            assert "bad by judge" in text
            assert "number 1?" in text
            assert "order 2: reasoning" in text  # the order that was looked at before
            await press(pilot, "left_square_bracket", "left_square_bracket")
            assert "(1 of 8)" in shown(pilot)
            assert "it is the first of the list" in shown(pilot)
            await press(pilot, "escape", "2", "end", "enter", "left_square_bracket")
            assert "(5 of 6)" in shown(pilot)
            assert "turn 0 of 2a" in shown(pilot)
            await press(pilot, "right_square_bracket", "right_square_bracket")
            assert "(6 of 6)" in shown(pilot)
            assert "turn 0 of 2b" in shown(pilot)


async def test_nothing_stands_beside_a_list_without_rows(tmp_path: Path) -> None:
    with three_runs(tmp_path) as study:
        async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "2")
            await pilot.pause(0.2)
            await settled(pilot)
            assert "turn 0 of 0a" in shown(pilot)
            await press(pilot, "slash", *"nowhere")
            await pilot.pause(0.3)
            await settled(pilot)
            text = shown(pilot)
            assert "Nothing here is like that" in text
            assert "turn 0 of 0a" not in text


async def test_any_two_runs_stand_beside_each_other_and_stay_so(tmp_path: Path) -> None:
    with three_runs(tmp_path) as study:
        async with InterprefApp(study).run_test(size=(140, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "3", "enter", "v", "C")
            first = [name for name in ("bad", "good", "ugly") if f"a  {name}" in shown(pilot)]
            await press(pilot, "C")
            second = [name for name in ("bad", "good", "ugly") if f"a  {name}" in shown(pilot)]
            assert len(first) == len(second) == 2
            assert first != second
            await press(pilot, "right_square_bracket")
            assert [name for name in ("bad", "good", "ugly") if f"a  {name}" in shown(pilot)] == second


async def test_what_only_one_of_two_runs_passed_opens_with_both_answers(tmp_path: Path) -> None:
    with three_runs(tmp_path) as study:
        async with InterprefApp(study).run_test(size=(160, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "8")
            await press(pilot, *["right_square_bracket"] * 5)
            assert "Runs against each other" in shown(pilot)
            await press(pilot, *["right"] * 5, "enter")
            text = shown(pilot)
            assert "bad and good by judge: only good passes" in text
            assert " 4  " in text.splitlines()[0]  # two items, a row for each run
            await press(pilot, "enter", "right_square_bracket", "enter")
            assert "a  good" in shown(pilot)
            assert "a  bad" in shown(pilot)
            await press(pilot, "escape", "escape", "escape", "left", "enter")
            assert "bad and good by judge: only bad passes" in shown(pilot)
