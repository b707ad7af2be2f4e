"""Keys that come before the screen they were meant for is there, and what moves while something else moves it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, OptionList

from interpref_db.lists.search import ListSearch
from interpref_tui.app.app import InterprefApp
from interpref_tui.app.reentrant_animator import ReentrantAnimator
from interpref_tui.screens.dialogs.confirm import ConfirmScreen
from interpref_tui.screens.dialogs.help import HelpScreen
from interpref_tui.widgets.reader.text_reader import Reader
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.lists.search import SearchResult
    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = small_study(tmp_path / "s.duckdb", small_records(3, text="word " * 150, runs=("one", "two"), pattern="LRLD"))
    yield made
    made.close()


async def test_escapes_typed_ahead_stop_at_the_main_screen(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "enter")
        # Two that the same screen hears before it has gone.
        pilot.app.pop_screen()
        pilot.app.pop_screen()
        pilot.app.pop_screen()
        await settled(pilot)
        assert shown(pilot).startswith("  Items")
        await press(pilot, "6", "5")
        assert shown(pilot).startswith("  Verdicts")


async def test_a_dialog_is_answered_once(study: Study) -> None:
    answers: list[str | None] = []
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "enter")
        question = ConfirmScreen("Really?", {"y": "yes", "escape": "no"})
        pilot.app.push_screen(question, answers.append)
        await settled(pilot)
        question.dismiss("y")
        question.dismiss("y")
        await settled(pilot)
        assert answers == ["y"]
        assert shown(pilot).startswith("  Items › Item")


async def test_the_palette_bears_page_keys_while_its_list_is_filled(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "colon")
        await settled(pilot)
        options = pilot.app.screen.query_one(OptionList)
        options._options.append(options._options[0])  # as when more was found than has been drawn
        options.highlighted = None
        options._index_to_line.clear()
        with options.prevent(OptionList.OptionHighlighted):
            options.set_reactive(OptionList.highlighted, len(options._options) - 1)
        await pilot.press("pageup", "pagedown")
        await press(pilot, "escape")
        assert shown(pilot).startswith("  Items")


async def test_everything_is_drawn_anew_also_under_a_dialog(study: Study) -> None:
    app = InterprefApp(study)
    drawn: list[str] = []
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "question_mark")
        app.action_redraw = lambda: drawn.append(type(app.screen).__name__)  # type: ignore[method-assign]  # to see it called
        await press(pilot, "ctrl+l")
        assert drawn == [HelpScreen.__name__]
        await press(pilot, "escape", "slash", "ctrl+l")
        assert len(drawn) == 2
        assert isinstance(app.focused, Input)


async def test_an_animation_may_end_others_and_itself(study: Study) -> None:
    class Thing:
        def __init__(self) -> None:
            self.ended: list[str] = []
            self._a = self._b = 0.0

        @property
        def a(self) -> float:
            return self._a

        @a.setter
        def a(self, value: float) -> None:
            self._a = value
            animator.force_stop_animation(self, "a")
            animator.force_stop_animation(self, "b")

    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        animator, thing = app.animator, Thing()
        assert isinstance(animator, ReentrantAnimator)
        for name in ("a", "_b"):
            animator.animate(thing, name, 5.0, duration=0.01, on_complete=lambda name=name: thing.ended.append(name))
        await pilot.pause(0.2)
        assert sorted(thing.ended) == ["_b", "a"]
        assert (thing.a, thing._b) == (5.0, 5.0)


@pytest.mark.parametrize("keys", [("3", "enter"), ("3", "enter", "v"), ("3", "enter", "v", "c"), ("5", "enter", "v")])
async def test_texts_are_as_wide_as_their_pane_with_and_without_a_scrollbar(
    study: Study, keys: tuple[str, ...]
) -> None:
    async with InterprefApp(study).run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        readers = [reader for reader in pilot.app.screen.query(Reader) if reader.region.width and reader.blocks]
        assert readers
        for reader in readers:
            assert reader._width == reader.scrollable_content_region.width
            reader._width = 0  # drawn before it was told its size: nothing, rather than a word a line
            assert not reader.render_line(0).text.strip()


async def test_random_keys_lead_nowhere_from_where_escape_does_not_lead_back(study: Study) -> None:
    """A small one of those that were let loose for hours."""
    chance = random.Random(1)
    places = [*"1234567809", "f9"]
    others = [
        *"abcdefghijklmnoprstuvwxyzACDFGHIJKLMNOPQRSTUVWXYZ",
        "slash",
        "enter",
        "tab",
        "escape",
        "down",
        "up",
        "left",
    ]
    others += [
        "right",
        "pagedown",
        "pageup",
        "home",
        "end",
        "space",
        "ctrl+l",
        "ctrl+o",
        "ctrl+f",
        "f2",
        "question_mark",
    ]
    others = [key for key in others if key not in ("e", "O", "P")]  # editors, folders and pictures are other programs'
    app = InterprefApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for _ in range(70):
            await pilot.press(chance.choice(places) if chance.random() < 0.15 else chance.choice(others))
        for _ in range(12):
            await press(pilot, "escape")
        assert app._exception is None
        await press(pilot, "3")
        assert shown(pilot).startswith("  Items")


async def test_enter_typed_ahead_of_a_search_opens_what_it_finds(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a search that takes its time says that it goes on."""
    found = ListSearch.answers

    def slowly(search: ListSearch) -> Iterator[SearchResult]:
        time.sleep(1.0)
        yield from found(search)

    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        monkeypatch.setattr(ListSearch, "answers", slowly)
        await pilot.press("slash", *"number 2", "enter", "enter")
        await pilot.pause(0.6)
        assert "searching …" in shown(pilot)
        await settled(pilot)
        assert "Items › Item   i2" in shown(pilot)
