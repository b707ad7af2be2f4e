"""Screens in a terminal that changes its size while they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_tui.app import InterprefApp
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.study import Study

SCREENS = {
    "Home": ("1",),
    "Histories": ("2",),
    "History": ("2", "enter"),
    "Items": ("3",),
    "Item": ("3", "enter"),
    "answers": ("3", "enter", "v"),
    "Runs": ("4",),
    "a form": ("4", "n"),
    "Verdicts": ("5",),
    "Verdict": ("5", "enter"),
    "Failures": ("6",),
    "Annotate": ("7",),
    "Scores": ("8",),
    "a plot": ("8", "v"),
    "Export": ("9",),
    "the keys": ("2", "question_mark"),
    "the themes": ("2", "T"),
    "the messages": ("2", "M"),
}
SIZES = ((200, 60), (40, 12), (120, 40), (20, 5), (80, 24))


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = small_study(tmp_path / "s.duckdb", small_records(4, text=HOSTILE, runs=("one", "two"), pattern="LRLD"))
    yield made
    made.close()


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_screen_bears_every_size_and_is_as_before_in_the_end(study: Study, screen: str) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, *SCREENS[screen])
        before = shown(pilot)
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await settled(pilot)
            lines = shown(pilot).splitlines()
            assert len(lines) == size[1]
            await press(pilot, "j", "k")
        assert shown(pilot).splitlines()[0] == before.splitlines()[0]
        assert shown(pilot).splitlines()[-1] == before.splitlines()[-1]
