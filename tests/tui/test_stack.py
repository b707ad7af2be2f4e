"""Screens that are opened twice, left while they come, or asked for by what is no longer on top; and what survives an error."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from functools import partial
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.css.query import NoMatches
from textual.widgets import Input

from interpref_db.lists.quick_open import FoundRecord
from interpref_tui.app.app import InterprefApp
from interpref_tui.app.command_palette import Palette
from interpref_tui.app.router import open_record
from interpref_tui.keys.actions import AREAS
from interpref_tui.presenters.undo_stack import UndoStack
from interpref_tui.screens.dialogs.confirm import ConfirmScreen
from interpref_tui.screens.dialogs.help import HelpScreen
from interpref_tui.screens.dialogs.jump import JumpScreen
from interpref_tui.screens.dialogs.window_too_small import WindowTooSmall
from interpref_tui.screens.item import ItemScreen
from interpref_tui.screens.items import ItemsScreen
from interpref_tui.widgets.list import RowList
from interpref_tui.widgets.reader.conversation import Conversation
from tests.support.pilot import _send, comes, press, settled, shown
from tests.support.walk import PLACES, go_to, home, walked_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    for name in ("STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("LOGNAME", "ann")
    monkeypatch.chdir(tmp_path)
    with walked_study(tmp_path / "s.duckdb") as made:
        yield made


def at_once(pilot: Pilot[int], *keys: str) -> None:
    """Keys that are all there before the first of them has done anything, as a terminal gives what was typed ahead."""
    for key in keys:
        _send(pilot, key)


async def until(wanted: Callable[[], object]) -> None:
    """Wait without the pilot, which waits for what has failed, too."""
    async with asyncio.timeout(60):
        while not wanted():
            await asyncio.sleep(0.01)


def kinds(pilot: Pilot[int]) -> list[str]:
    """What stands on each other, from the main screen up."""
    return [type(screen).__name__ for screen in pilot.app.screen_stack[1:]]


async def test_a_palette_opens_while_an_earlier_one_is_being_removed(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        for _ in range(30):
            app.action_command_palette()
            app.action_command_palette()
            assert kinds(pilot) == ["HomeScreen", "Palette"]
            app.pop_screen()
        app.action_command_palette()
        await settled(pilot)
        assert kinds(pilot) == ["HomeScreen", "Palette"]
        assert all(node.id is None for node in app._nodes if isinstance(node, Palette))
        await press(pilot, "escape")
        assert [type(node).__name__ for node in app._nodes].count("Palette") == 0


async def test_what_a_palette_offers_is_done_once(study: Study) -> None:
    app = InterprefApp(study)
    done: list[str] = []
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        app.action_messages = lambda: done.append("messages")  # type: ignore[method-assign]  # to see it called
        for ahead in (1, 2, 5):
            done.clear()
            await press(pilot, "colon", *"read again")
            await pilot.pause(0.4)
            await settled(pilot)
            at_once(pilot, *["enter"] * ahead)
            await settled(pilot)
            assert done == ["messages"]
            assert kinds(pilot) == ["HomeScreen"]


async def test_what_a_screen_asks_for_after_it_was_left_or_covered_is_not_opened(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        rows = app.screen.query_one(RowList)
        for _ in range(5):  # a held enter: the list hears of each before the first has opened anything
            rows.action_choose()
        await settled(pilot)
        assert kinds(pilot) == ["ItemsScreen", "ItemScreen"]
        assert shown(pilot).startswith("  Items › Item")
        await press(pilot, "escape")
        rows.action_choose()
        app.push_screen(HelpScreen(app.screen))
        await settled(pilot)
        assert kinds(pilot) == ["ItemsScreen", "HelpScreen"]


async def test_a_dialog_under_another_is_not_answered(study: Study) -> None:
    answers: list[str | None] = []
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        below, above = (ConfirmScreen(text, {"y": "yes", "escape": "no"}) for text in ("Below?", "Above?"))
        app.push_screen(below, answers.append)
        app.push_screen(above, answers.append)
        await settled(pilot)
        for _ in range(2):
            below.dismiss("y")
        await settled(pilot)
        assert kinds(pilot) == ["HomeScreen", "ConfirmScreen", "ConfirmScreen"]
        assert answers == []
        await press(pilot, "escape", "y")
        assert answers == ["escape", "y"]
        assert kinds(pilot) == ["HomeScreen"]


async def test_what_is_looked_up_is_not_shown_to_who_has_gone_elsewhere(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        open_record(app, FoundRecord("item", "i1", "", None))
        await settled(pilot)
        assert kinds(pilot) == ["HomeScreen", "ItemScreen"]
        await press(pilot, "escape")
        open_record(app, FoundRecord("item", "i1", "", None))
        await app.action_go("items")
        await settled(pilot)
        assert kinds(pilot) == ["ItemsScreen"]


async def test_a_session_is_over_however_its_screen_is_left(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        for number in range(1, 4):
            await press(pilot, "7")
            await press(pilot, "enter", "enter")
            assert kinds(pilot) == ["AssignmentsScreen", "AnnotateScreen"], shown(pilot)
            assert len(app.sessions) == 1
            await app.action_go("items")  # as by the palette
            await settled(pilot)
            assert app.sessions == []
            assert sum("ann" in line for line in app.summaries) == number


async def test_a_session_is_not_begun_on_top_of_another_screen(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "7", "enter")
        at_once(pilot, "enter")
        await comes(pilot, lambda: "FormScreen" not in kinds(pilot))
        if "AnnotateScreen" not in kinds(pilot):
            await app.action_go("items")
        await settled(pilot)
        assert kinds(pilot) in (["ItemsScreen"], ["AssignmentsScreen", "AnnotateScreen"])
        await app.action_go("annotate")
        await press(pilot, "enter", "enter")
        assert kinds(pilot) == ["AssignmentsScreen", "AnnotateScreen"], shown(pilot)


async def test_a_window_that_grew_under_a_dialog_is_not_too_small(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.resize_terminal(20, 5)
        await settled(pilot)
        assert isinstance(app.screen, WindowTooSmall)
        app.push_screen(HelpScreen(app.screen))
        await settled(pilot)
        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        await press(pilot, "escape")
        assert kinds(pilot) == ["HomeScreen"]


async def test_a_main_screen_that_hears_something_while_it_is_left_stands_on_no_other(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        items = app.screen
        assert isinstance(items, ItemsScreen)
        await press(pilot, "7")
        items.title_more("something else")
        await press(pilot, "3")
        assert shown(pilot).startswith("  Items   something else")


async def test_a_letter_of_jump_mode_goes_somewhere_once(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "semicolon")
        jump = app.screen
        assert isinstance(jump, JumpScreen)
        went: list[int] = []
        rows = app.screen_stack[-2].query_one(RowList)
        rows.watch(rows, "cursor", lambda place: went.append(place), init=False)
        for _ in range(3):
            jump.post_message(events.Key("d", "d"))
        await settled(pilot)
        assert kinds(pilot) == ["ItemsScreen"]
        assert went == [2]


async def test_steps_do_not_keep_what_was_left() -> None:
    class Held:
        there = True

    steps, held = UndoStack(), Held()
    known = weakref.ref(held)
    steps.done("one", lambda: None, lambda: None)
    steps.done("on it", partial(getattr, held, "there"), lambda: None, there=partial(getattr, held, "there"))
    held.there = False
    del held
    steps.done("another", lambda: None, lambda: None)
    gc.collect()
    assert known() is None
    assert (steps.undo(), steps.undo()) == ("undone: another", "undone: one")


async def test_screens_that_were_left_are_let_go(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        seen: list[weakref.ref[object]] = []
        for place in (
            "item",
            "verdict-raw",
            "keys",
            "palette-found",
            "columns",
            "search",
            "annotate-name",
            "jump",
            "form-run",
        ):
            await go_to(pilot, place)
            seen += [weakref.ref(screen) for screen in app.screen_stack[1:] if not app.is_screen_installed(screen)]
        await home(pilot)
        await settled(pilot)
        gc.collect()
        assert len(seen) >= 8
        alive = [type(one).__name__ for ref in seen if (one := ref()) is not None]
        # The last one may still stand in a variable of the event loop.
        assert len(alive) <= 1, alive


async def test_an_action_that_fails_is_said_and_the_next_one_goes_on(study: Study, tmp_path: Path) -> None:
    app = InterprefApp(study)
    app.steady = True
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)

        def fail() -> None:
            raise ValueError(" ".join(("a private", "text")))

        app.action_messages = fail  # type: ignore[method-assign]  # an action with a bug
        await press(pilot, "M")
        assert app.is_running
        assert "something went wrong inside" in app.said[-1].text
        reports = list((tmp_path / "STATE").rglob("crash-*.txt"))
        assert len(reports) == 1
        assert "a private text" not in reports[0].read_text(encoding="utf-8")
        await press(pilot, "3")
        assert shown(pilot).startswith("  Items")
        at_once(pilot, *["M"] * 28)
        await settled(pilot)
        assert app.is_running
        assert len(list((tmp_path / "STATE").rglob("crash-*.txt"))) == 1  # the same one again
        at_once(pilot, "M")  # the thirtieth within a minute
        await until(lambda: not app.is_running)
        assert isinstance(app._exception, ValueError)
        app._exception = None


@pytest.mark.parametrize("error", [ValueError("a bug"), NoMatches("a part that is not there")])
async def test_a_screen_of_which_a_part_fails_is_made_anew(study: Study, error: Exception) -> None:
    app = InterprefApp(study)
    app.steady = True
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        before = app.screen
        rows = before.query_one(RowList)

        def fail() -> None:
            raise error

        rows.call_later(fail)
        await until(lambda: app.screen is not before and isinstance(app.screen, ItemsScreen))
        await press(pilot, "enter")
        assert kinds(pilot) == ["ItemsScreen", "ItemScreen"]
        item = app.screen
        assert isinstance(item, ItemScreen)
        item.call_later(fail)
        await until(lambda: app.screen is not item)
        await settled(pilot)
        assert kinds(pilot) == ["ItemsScreen"]
        assert app._exception is None


async def test_keys_of_a_conversation_bear_that_there_is_none_yet(study: Study) -> None:
    app = InterprefApp(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "enter")
        app.screen.query_one(Conversation).show([])
        keys = {
            key
            for name in ("pane", "turns")
            if name in AREAS
            for one in AREAS[name].actions
            for key in one.keys.split(",")
        }
        for key in sorted(keys | {"z", "Z", "up", "down", "home", "end"}):
            await press(pilot, key)
            assert app._exception is None, key
            if type(app.screen).__name__ != "HistoryScreen":
                await press(pilot, "escape")


OPENERS = [
    "colon",
    "ctrl+p",
    "question_mark",
    "T",
    "M",
    "semicolon",
    "ctrl+o",
    "vertical_line",
    "slash",
    "f2",
    "n",
    "J",
    "C",
]
OTHERS = [
    *"abcdfghijklmoprstuvwxyz123456789EU",
    "f9",
    "enter",
    "escape",
    "escape",
    "escape",
    "tab",
    "down",
    "up",
    "pagedown",
    "ctrl+l",
]


@pytest.mark.parametrize("seed", range(2))
async def test_bursts_of_keys_over_every_place_end_nothing(study: Study, seed: int) -> None:
    """From each place, keys come in one go: whatever opens, opens once; afterwards every screen answers."""
    chance = random.Random(seed)
    app = InterprefApp(study)
    app.action_leave = lambda: None  # type: ignore[method-assign]  # the palette offers it, too
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        for place in list(PLACES)[seed::7]:
            await go_to(pilot, place)
            for _ in range(4):
                held = [chance.choice(OPENERS)] * chance.randrange(1, 5)
                mixed = [chance.choice(OPENERS + OTHERS) for _ in range(chance.randrange(1, 9))]
                at_once(pilot, *chance.choice((held, mixed, [*held, *mixed], [*mixed, *held])))
                if chance.random() < 0.5:
                    await pilot.pause(chance.choice((0, 0.01, 0.05)))
                if chance.random() < 0.1:
                    app.post_message(events.Paste("category:life run 10 " * chance.randrange(1, 9)))
            await settled(pilot)
            assert app.is_running, place
            assert app._exception is None, place
            names = kinds(pilot)
            assert len(names) < 12, (place, names)
            for _ in range(len(names) + 3):
                await press(pilot, "escape")
            await press(pilot, "3")
            assert shown(pilot).startswith("  Items"), (place, names, kinds(pilot))
            assert not isinstance(app.focused, Input)
