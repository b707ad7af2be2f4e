"""What was done is taken back and done again, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_tui.app.app import InterprefApp
from interpref_tui.presenters.undo_stack import UndoStack
from interpref_tui.screens.failures import FailuresScreen
from interpref_tui.widgets.list import RowList
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_steps_go_back_and_forth_by_name() -> None:
    steps, place = UndoStack(), [0]

    def go(to: int) -> None:
        before = place[0]
        place[0] = to
        steps.done(f"go to {to}", lambda: go(before), lambda: go(to))

    go(1)
    go(2)
    assert steps.undo() == "undone: go to 2"
    assert place == [1]
    assert steps.undo() == "undone: go to 1"
    assert steps.undo() == "nothing to undo"
    assert place == [0]
    assert steps.redo() == "done again: go to 1"
    go(5)
    assert steps.redo() == "nothing to redo"
    assert steps.undo() == "undone: go to 5"
    assert place == [1]


def test_steps_of_one_kind_are_one_and_those_on_what_is_gone_are_passed_over() -> None:
    steps, there, seen = UndoStack(), [True], ["-"]

    def show(text: str) -> None:
        seen[0] = text

    def typed(text: str) -> None:
        before = seen[0]
        show(text)
        steps.done(f"filter {text}", lambda: show(before), lambda: show(text), kind=1)

    for text in ("a", "ab", "abc"):
        typed(text)
    steps.done("on something", lambda: None, lambda: None, there=lambda: there[0])
    there[0] = False
    assert steps.undo() == "undone: filter abc"
    assert seen == ["-"]
    assert steps.undo() == "nothing to undo"
    assert steps.redo() == "done again: filter abc"
    assert seen == ["abc"]


async def test_filters_and_sorts_of_a_list_are_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with small_study(tmp_path / "s.duckdb", small_records(5)) as study:
        async with InterprefApp(study).run_test(size=(110, 30)) as pilot:
            await settled(pilot)
            await press(pilot, "2", "slash", *"3b")
            await settled(pilot)
            await press(pilot, "enter")
            rows = pilot.app.screen.query_one(RowList)
            assert len(rows.keys) == 1
            await press(pilot, "s")
            assert rows.asked.sort == rows.sortable[0]
            await press(pilot, "u")
            assert "undone: sort by" in shown(pilot)
            assert rows.asked.sort != rows.sortable[0]
            await press(pilot, "u")
            assert "undone: filter 3b" in shown(pilot)
            assert len(rows.keys) == 10
            await press(pilot, "U")
            assert len(rows.keys) == 1
            await press(pilot, "slash", "escape")
            assert len(rows.keys) == 10
            await press(pilot, "u")
            assert len(rows.keys) == 1


async def test_what_failures_are_counted_by_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with small_study(tmp_path / "s.duckdb", small_records(5, pattern="LRLD")) as study:
        async with InterprefApp(study).run_test(size=(110, 30)) as pilot:
            await settled(pilot)
            await press(pilot, "6")
            screen = pilot.app.screen
            assert isinstance(screen, FailuresScreen)
            assert screen.crossing is not None
            before = screen.crossing.facets
            await press(pilot, "r", "f")
            assert screen.crossing.filters
            await press(pilot, "u", "u")
            assert (screen.crossing.facets, screen.crossing.filters) == (before, {})
