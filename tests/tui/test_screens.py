"""The screens by keys alone, on a real study with hostile texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from interpref_core.records.data import History, Turn
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.histories import HistoriesScreen
from interpref_tui.screens.history import HistoryScreen
from interpref_tui.screens.home import HomeScreen
from interpref_tui.screens.item import ItemScreen
from interpref_tui.screens.verdict import VerdictScreen
from interpref_tui.settings.model import Settings
from interpref_tui.text.row_layout import cells_of
from interpref_tui.widgets.list import Column, RowList
from interpref_tui.widgets.reader.conversation import Conversation
from tests.support.pilot import comes, press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = small_study(tmp_path / "s.duckdb", small_records(5, text=HOSTILE, runs=("one", "two")))
    yield made
    made.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_screen_is_one_key_away_and_shows_hostile_text_inert(study: Study, size: tuple[int, int]) -> None:
    async with InterprefApp(study).run_test(size=size) as pilot:
        await settled(pilot)
        for key, title in (("2", "Histories"), ("3", "Items"), ("4", "Runs"), ("5", "Verdicts"), ("1", "Home")):
            await press(pilot, key)
            text = shown(pilot)
            assert title in text.splitlines()[0]
            assert not {c for c in text if ord(c) < 32 and c != "\n"}


async def test_a_list_is_walked_searched_and_left_on_the_same_row(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "j", "j", "down", "k")
        rows = pilot.app.screen.query_one(RowList)
        assert rows.cursor == 2
        key = rows.key
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, HistoryScreen)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, HistoriesScreen)
        assert pilot.app.screen.query_one(RowList).key == key
        await press(pilot, "slash", *"of 3b")
        await settled(pilot)
        assert len(rows.keys) == 1
        await press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, HistoryScreen)
        await press(pilot, "escape", "slash", "escape")
        await settled(pilot)
        assert len(rows.keys) == 10


async def test_a_search_looks_into_every_turn(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await press(pilot, "2", "slash", *"turn 3 of 4a")
        await settled(pilot)
        rows = pilot.app.screen.query_one(RowList)
        assert [row["id"] for row in [rows.row] if row] == ["h4a"]


async def test_an_item_shows_its_pair_histories_and_every_runs_answers(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "enter")
        assert isinstance(pilot.app.screen, ItemScreen)
        text = shown(pilot)
        assert "The user likes a-things 0." in text
        assert "turn 0 of 0a" in text
        assert "turn 0 of 0b" in text
        await press(pilot, "v")
        assert "answer a to 0" in shown(pilot)
        assert "one  1/2" in shown(pilot)
        await press(pilot, "r")
        assert "two  2/2" in shown(pilot)
        await press(pilot, "right_square_bracket")
        assert "answer a to 1" in shown(pilot)


async def test_a_narrow_item_shows_one_side_at_a_time(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "enter", "v")
        assert "answer a to 0" in shown(pilot)
        assert "answer b to 0" not in shown(pilot)
        await press(pilot, "tab")
        assert "answer b to 0" in shown(pilot)


async def test_verdicts_show_four_orders_reasoning_and_raw_output(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "5", "enter")
        assert isinstance(pilot.app.screen, VerdictScreen)
        text = shown(pilot)
        assert text.count("✓") == 4
        assert "because 1" in text
        await press(pilot, "right", "down")
        assert "because 4" in shown(pilot)
        await press(pilot, "r")
        assert "raw output" in shown(pilot)
        await press(pilot, "enter")
        assert "one  1/2" in shown(pilot)  # the answers of the run that was judged


async def test_verdicts_are_narrowed_to_what_the_row_shares(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "5")
        rows = pilot.app.screen.query_one(RowList)
        assert len(rows.keys) == 10
        await press(pilot, "f")
        assert len(rows.keys) == 5
        await press(pilot, "F")
        assert len(rows.keys) == 10


async def test_home_follows_what_another_process_writes(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert "10 histories" in shown(pilot)
        with study.writing("test") as writer:
            writer.add([History(id="new", turns=(Turn(role="user", content="hello"),))], origin="x")
            writer.fold("x")
        await comes(pilot, lambda: "11 histories" in shown(pilot))


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("1", ("This study is empty", "interpref import")),
        ("2", ("No histories yet", "interpref import", "interpref demo")),
        ("3", ("No items yet", "interpref pair", "interpref build")),
        ("4", ("No runs yet", "n  starts one here", "interpref generate", "interpref judge")),
        ("5", ("No verdicts yet", "4  goes to the runs", "interpref judge")),
        ("6", ("Nothing has failed", "interpref judge")),
        ("7", ("Nobody has labelled yet", "n  begins here", "interpref annotate")),
        ("8", ("Nothing to count yet", "4  goes to the runs")),
    ],
)
async def test_an_empty_study_says_what_to_do_next(tmp_path: Path, key: str, wanted: tuple[str, ...]) -> None:
    with small_study(tmp_path / "e.duckdb", iter(())) as empty:
        async with InterprefApp(empty).run_test(size=(100, 40)) as pilot:
            await settled(pilot)
            await press(pilot, key)
            text = shown(pilot)
            assert [part for part in wanted if part not in text] == []
            assert "STUDY" not in text
            await press(pilot, "j", "enter", "y", "Y", "s")
            # What comes later takes the place of the hint.
            with empty.writing("test") as writer:
                writer.add(small_records(2), origin="test")
                writer.fold("test")
            await press(pilot, "9", key)
            await settled(pilot)
            assert wanted[0] not in shown(pilot) or key == "7"


async def test_a_key_that_was_changed_is_the_one_that_is_told(tmp_path: Path) -> None:
    with small_study(tmp_path / "e.duckdb", iter(())) as empty:
        async with InterprefApp(empty, Settings(keys={"runs.generate": "f7"})).run_test(size=(100, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "4")
            assert "f7  starts one here" in shown(pilot)


async def test_a_search_that_finds_nothing_says_how_to_go_on(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "slash", *"nowhere")
        await settled(pilot)
        assert "Nothing here is like that" in shown(pilot)
        await press(pilot, "escape")
        await settled(pilot)
        assert "Nothing here is like that" not in shown(pilot)


async def test_a_long_history_lays_out_what_is_in_view_and_more_when_it_is_reached(tmp_path: Path) -> None:
    turns = tuple(Turn(role="user", content=f"turn {n} [/b] [red]") for n in range(3000))
    study = small_study(tmp_path / "l.duckdb", iter([History(id="long", turns=turns)]))
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "enter")
        conversation = pilot.app.screen.query_one(Conversation)
        assert len(conversation._rows) <= 60
        assert "turn 0 [/b] [red]" in shown(pilot)
        await press(pilot, "G")
        assert "turn 2999 [/b] [red]" in shown(pilot)
        assert len(conversation._rows) <= 120
    study.close()


async def test_an_export_is_written_from_the_form(study: Study, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "9")
        pilot.app.screen.query_one("#field-path", Input).value = str(target)
        await press(pilot, "enter")
        assert "40 verdicts written" in str(pilot.app.screen.query_one(".estimate", Static).render())
    assert len([json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]) == 40


async def test_a_judging_started_from_the_form_runs_and_is_shown(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "4", "J", "enter")
        app = pilot.app
        assert isinstance(app, InterprefApp)
        await comes(pilot, lambda: app.children_at_work.all and app.children_at_work.all[0].code is not None)
        assert app.children_at_work.all[0].code == 0, app.children_at_work.all[0].stderr_tail
        await comes(pilot, lambda: "overlap" in shown(pilot))


async def test_help_shows_the_keys_of_this_screen_and_keys_can_be_changed(study: Study) -> None:
    settings = Settings(keys={"list.down": "w", "nonsense": "x", "list.up": "ctrl+h"})
    async with InterprefApp(study, settings).run_test(size=(100, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "w")
        assert pilot.app.screen.query_one(RowList).cursor == 1
        await press(pilot, "question_mark")
        assert "list.search" in shown(pilot)
        assert "search or filter as you type" in shown(pilot)
        await press(pilot, "escape")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("\n\r\n  What now?\nAnd then", "What now?␊And then"), ("  What now?", "  What now?"), ("\n\n", "")],
)
def test_a_line_of_a_list_begins_with_what_its_text_says(query: str, wanted: str) -> None:
    assert cells_of({"query": query}, (Column("query", "query"),), [30], "").rstrip() == wanted
