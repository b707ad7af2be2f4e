"""The Scores and Failures screens: every figure opens the items behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.coordinate import Coordinate

from interpref_tui.app.app import InterprefApp
from interpref_tui.presenters.score_plots import Point
from interpref_tui.screens.drilldown import DrilldownScreen
from interpref_tui.screens.failures import FailuresScreen
from interpref_tui.screens.item import ItemScreen
from interpref_tui.screens.scores import ScoresScreen
from interpref_tui.screens.verdict import VerdictScreen
from interpref_tui.widgets.list import RowList
from interpref_tui.widgets.number_table import NumberTable, heat
from interpref_tui.widgets.plot import Plot, legend, mark
from tests.support.judged import judged_study
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with judged_study(tmp_path / "s.duckdb", text=HOSTILE) as one:
        yield one


async def test_every_table_shows_and_its_numbers_open(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "8")
        screen = app.screen
        assert isinstance(screen, ScoresScreen)
        names = []
        while True:
            table = screen._tables[screen._place]
            if table.name in names:
                break
            names.append(table.name)
            numbers = screen.query_one(NumberTable)
            assert numbers.row_count == len(table.rows)
            for column in (0, len(table.columns) - 1):
                behind = table.opens(0, column)
                if behind is None:
                    continue
                numbers.move_cursor(row=0, column=column)
                await press(pilot, "enter")
                assert isinstance(app.screen, DrilldownScreen), table.name
                assert app.screen.query_one(RowList).keys, (table.name, column)
                assert behind.title.split(":")[0][:20] in shown(pilot)
                await press(pilot, "escape")
                assert type(app.screen).__name__ == "ScoresScreen"
            await press(pilot, "right_square_bracket")
        assert len(names) == 15


async def test_a_number_leads_to_its_verdicts_and_back(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "8", "right_square_bracket", "right_square_bracket")
        numbers = app.screen.query_one(NumberTable)
        numbers.move_cursor(row=1, column=4)
        await press(pilot, "enter")
        rows = app.screen.query_one(RowList)
        assert len(rows.keys) == 2  # LLLL, twice
        # A search keeps to what stands behind the number.
        await press(pilot, "slash", *"i11")
        await settled(pilot)
        await press(pilot, "enter")
        assert len(rows.keys) == 1
        await press(pilot, "enter")
        assert type(app.screen).__name__ == "VerdictScreen"
        # Back to the list, out of the search, back to the number.
        await press(pilot, "escape", "escape")
        assert len(rows.keys) == 2
        await press(pilot, "escape")
        assert type(app.screen).__name__ == "ScoresScreen"
        assert app.screen.query_one(NumberTable).cursor_coordinate == Coordinate(1, 4)


async def test_comparisons_behind_a_win_rate_open_their_item(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "8", *["right_square_bracket"] * 3)
        app.screen.query_one(NumberTable).move_cursor(row=0, column=2)
        await press(pilot, "enter")
        assert len(app.screen.query_one(RowList).keys) == 16
        await press(pilot, "enter")
        assert isinstance(app.screen, ItemScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_plots_are_letters_with_a_legend(study: Study, size: tuple[int, int]) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "8", "v")
        assert not app.screen.query_one(Plot).has_class("-hidden")
        text = shown(pilot)
        assert "1 one · kind" in text
        assert "pass rate, per cent" in text
        await press(pilot, "v")
        assert app.screen.query_one(Plot).has_class("-hidden")
        await press(pilot, "right_square_bracket", "v")
        assert "no plot" in shown(pilot)


async def test_self_bleu_is_counted_when_asked_for(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "8", "d")
        screen = app.screen
        assert isinstance(screen, ScoresScreen)
        assert screen._tables[screen._place].name == "self-BLEU"


async def test_failures_cross_narrow_and_open(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "6")
        screen = app.screen
        assert isinstance(screen, FailuresScreen)
        assert screen.crossing is not None
        assert "14 of 14" in shown(pilot)
        facets = set()
        for _ in range(7):
            facets.add(screen.crossing.facets[0])
            await press(pilot, "r")
        assert len(facets) == 7
        numbers = screen.query_one(NumberTable)
        numbers.move_cursor(row=0, column=0)
        name, n = next(iter(screen.crossing.shown.counts("mechanical").items()))
        await press(pilot, "f")
        assert f"{n} of 14" in shown(pilot)
        await press(pilot, "c", "enter")
        assert isinstance(app.screen, DrilldownScreen)
        assert len(app.screen.query_one(RowList).keys) == n
        text = shown(pilot)
        assert f"mechanical: {name}" in text
        assert "wrong in orders" in text
        await press(pilot, "enter")
        assert isinstance(app.screen, VerdictScreen)
        await press(pilot, "escape", "escape", "escape")
        assert "14 of 14" in shown(pilot)
        await press(pilot, "R")
        assert "one by judge" in shown(pilot)


async def test_the_numbers_of_home_open_too(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "l", "l", "l", "enter")
        assert isinstance(app.screen, DrilldownScreen)
        assert len(app.screen.query_one(RowList).keys) == 12  # the kind judge passes everything
        await press(pilot, "escape", "tab", "enter")
        assert len(app.screen.query_one(RowList).keys) == 16
        await press(pilot, "escape")
        counts = app.screen.query_one("#counts", NumberTable)
        counts.focus()
        for row in range(counts.row_count):
            for column in range(len(counts.columns)):
                counts.move_cursor(row=row, column=column)
                await press(pilot, "enter")
                if isinstance(app.screen, DrilldownScreen):
                    assert app.screen.query_one(RowList).keys
                    await press(pilot, "enter")
                    while len(app.screen_stack) > 2:
                        await press(pilot, "escape")


async def test_an_empty_study_says_what_to_do(tmp_path: Path) -> None:
    from interpref_db.study.study import Study

    with Study.open(tmp_path / "e.duckdb", create=True) as study:
        app = InterprefApp(study)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "8")
            assert "Nothing to count yet" in shown(pilot)
            await press(pilot, "v", "enter", "right_square_bracket")
            await press(pilot, "6")
            assert "Nothing has failed, or nothing is judged yet" in shown(pilot)
            await press(pilot, "r", "c", "f", "R", "enter")


def test_shades_and_signs() -> None:
    assert [heat(value).plain for value in ("0.0", "50.0", "100.0", "")] == ["0.0 ·", "50.0 ▒", "100.0 █", ""]
    assert (mark(0), mark(9), mark(500)) == ("1", "a", "•")
    assert "\x1b" not in legend([Point("\x1b[31mred", 0, 0)]).plain
