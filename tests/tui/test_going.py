"""Going about: every action on every screen, the palette, jump mode, the way back, and the place that is found again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Input

from interpref_tui.app import navigation, session_state
from interpref_tui.app.app import InterprefApp
from interpref_tui.keys.actions import ACTIONS, NO_KEY
from interpref_tui.screens.dialogs.columns import ColumnsScreen
from interpref_tui.screens.dialogs.jump import JumpScreen, labels_for
from interpref_tui.screens.drilldown import DrilldownScreen
from interpref_tui.screens.histories import HistoriesScreen
from interpref_tui.screens.history import HistoryScreen
from interpref_tui.screens.item import ItemScreen
from interpref_tui.screens.items import ItemsScreen
from interpref_tui.services.demo import demo_study
from interpref_tui.widgets.list import FilterableList, RowList
from interpref_tui.widgets.status_lines import TitleLine
from tests.support.pilot import comes, press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study.study import Study


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = small_study(tmp_path / "s.duckdb", small_records(30, text=HOSTILE, runs=("one", "two")))
    yield made
    made.close()


def rows_of(pilot: Pilot[int]) -> RowList:
    return pilot.app.screen.query_one(RowList)


# -- searching, sorting, columns -------------------------------------------------------------------------------------


async def test_a_filter_is_typed_completed_refused_and_ended(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(110, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "slash", *"top")
        assert "topic:" in shown(pilot)
        await press(pilot, "tab")
        line = pilot.app.screen.query_one(Input)
        assert line.value == "topic:"
        await settled(pilot)
        assert "things" in shown(pilot)
        await press(pilot, "t", "tab")
        assert line.value == "topic:things"
        await settled(pilot)
        assert rows_of(pilot).count == 30
        line.value = "runs:many"
        await settled(pilot)
        assert "runs: a number such as 20" in shown(pilot)
        assert rows_of(pilot).count == 30
        line.value = '"number 7"'
        await settled(pilot)
        assert rows_of(pilot).count == 1
        assert '/"number 7"' in shown(pilot).splitlines()[0]
        await press(pilot, "enter")
        assert pilot.app.focused is rows_of(pilot)
        key = rows_of(pilot).key
        await press(pilot, "escape")
        await settled(pilot)
        assert rows_of(pilot).count == 30
        assert rows_of(pilot).key == key


async def test_a_term_that_is_not_whole_or_wrong_narrows_nothing(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(110, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "slash")
        line = pilot.app.screen.query_one(Input)
        for typed, count in (
            ("categ", 0),
            ("category:", 30),
            ("number categ", 0),
            ("number nonsense:x", 30),
            ("7 runs:", 3),
        ):
            line.value = typed
            await pilot.pause(0.2)
            await settled(pilot)
            assert rows_of(pilot).count == count, typed


async def test_hits_are_marked_and_those_further_in_are_shown(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "slash", *'"3 OF 7b"', "enter")
        await settled(pilot)
        rows = rows_of(pilot)
        assert rows.count == 1
        strip = rows.render_line(0)
        hit = rows.get_component_rich_style("rows--hit")
        marked = "".join(
            segment.text for segment in strip if segment.style and segment.style.underline and hit.underline
        )
        assert "3 of 7b" in marked
        assert "turn 3" in strip.text


async def test_a_list_is_sorted_both_ways_and_keeps_its_row(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "j", "j")
        rows = rows_of(pilot)
        first, key = rows.row_at(0), rows.key
        await press(pilot, "s")
        assert rows.asked.sort == "id"
        assert rows.key == key
        await press(pilot, "S")
        assert rows.asked.descending
        assert rows.row_at(0) != first
        assert "▼" in shown(pilot)
        for name in (*rows.sortable[1:], None):
            await press(pilot, "s")
            assert rows.asked.sort == name


async def test_columns_are_chosen(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "vertical_line")
        assert isinstance(pilot.app.screen, ColumnsScreen)
        await press(pilot, "space", "s", "escape")
        rows = rows_of(pilot)
        assert "id" not in [column.name for column in rows.columns]
        assert rows.asked.sort == "id"
        await press(pilot, "f2")
        assert "runs:5..10" in shown(pilot)


# -- palette, jump, crumbs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("i7", ItemScreen),
        ("number 12?", ItemScreen),
        ("h4a", HistoryScreen),
        ("model-two", DrilldownScreen),
        ("p3b", DrilldownScreen),
    ],
)
async def test_the_palette_finds_anything_by_its_identifier_or_words(study: Study, typed: str, kind: type) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        pilot.app.screen.query_one(Input).value = typed
        choices = pilot.app.screen.query_one(CommandList)

        def texts() -> list[str]:
            return [str(option.prompt) for option in choices.options]

        await comes(pilot, lambda: any(f" {typed}" in text.split("\n")[0] for text in texts()))
        assert not any("\\x1b" in text for text in texts())
        place = next(n for n, text in enumerate(texts()) if f" {typed}" in text.split("\n")[0])
        pilot.app.screen.query_one(CommandList).highlighted = place
        await press(pilot, "enter")
        if isinstance(pilot.app.screen, CommandPalette):
            await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, kind)


async def test_the_palette_runs_an_action_of_the_screen_under_it(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "colon")
        pilot.app.screen.query_one(Input).value = "other way round"
        choices = pilot.app.screen.query_one(CommandList)
        await comes(pilot, lambda: any("other way round" in str(one.prompt) for one in choices.options))
        await press(pilot, "enter")
        assert pilot.app.screen.query_one(RowList).asked.descending


async def test_letters_jump_to_rows_and_panes(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(130, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "semicolon")
        assert isinstance(pilot.app.screen, JumpScreen)
        count = len(pilot.app.screen.query(".jump"))
        labels = labels_for(count)
        await press(pilot, *labels[5])
        await settled(pilot)
        assert isinstance(pilot.app.screen, HistoriesScreen)
        assert rows_of(pilot).cursor == 5
        await press(pilot, "semicolon", *labels[-1])
        await settled(pilot)
        assert pilot.app.focused is not rows_of(pilot)
        await press(pilot, "semicolon", "escape")
        assert isinstance(pilot.app.screen, HistoriesScreen)


async def test_the_title_says_where_one_came_from(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "enter")
        assert "Items ›" in shown(pilot).splitlines()[0]


# -- the place of the last time --------------------------------------------------------------------------------------


async def test_a_study_opens_where_it_was_left(study: Study) -> None:
    app = InterprefApp(study)
    app.remembers = True
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "s", "S", "slash", *"number", "enter")
        await settled(pilot)
        await press(pilot, "j", "j", "j")
        key = rows_of(pilot).key
        await press(pilot, "q")
    again = InterprefApp(study)
    again.remembers = True
    async with again.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert isinstance(pilot.app.screen, ItemsScreen)
        rows = rows_of(pilot)
        assert (rows.asked.sort, rows.asked.descending, rows.key) == ("id", True, key)
        assert pilot.app.screen.query_one(FilterableList).filter == "number"
        assert rows.asked.texts == ("number",)


async def test_the_place_is_kept_while_one_goes_about(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is there after a crash of the machine."""
    monkeypatch.setattr(navigation, "EVERY", 0.2)
    app = InterprefApp(study)
    app.remembers = True
    file = session_state.file_of(study.path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "j", "j")
        key = rows_of(pilot).key
        for _ in range(100):
            await pilot.pause(0.1)
            if (
                file.exists()
                and json.loads(file.read_text(encoding="utf-8"))["lists"].get("items", {}).get("key") == key
            ):
                break
        else:
            pytest.fail("never kept")
        assert json.loads(file.read_text(encoding="utf-8"))["screen"] == "items"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"lists": 3}', '{"lists": {"items": {"key": [1]}}}', '{"screen": "nowhere", "theme": 7}',
     '{"lists": {"items": {"filter": "nofield:x", "sort": "none", "columns": ["no"]}}, "screen": "items"}'],
)  # fmt: skip
async def test_a_place_that_cannot_be_read_is_a_new_beginning(study: Study, text: str) -> None:
    file = session_state.file_of(study.path)
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    app = InterprefApp(study)
    app.remembers = True
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "3")
        assert rows_of(pilot).count == 30
        await press(pilot, "q")
    assert json.loads(file.read_text(encoding="utf-8"))["screen"] == "items"


# -- every action ----------------------------------------------------------------------------------------------------

# How to come to each screen from Home; the last key may not lead further on a study that has nothing.
WAYS = {
    "home": ("1",),
    "histories": ("2",),
    "history": ("2", "enter"),
    "items": ("3",),
    "item": ("3", "enter"),
    "runs": ("4",),
    "verdicts": ("5",),
    "verdict": ("5", "enter"),
    "failures": ("6",),
    "behind": ("6", "enter"),
    "assignments": ("7",),
    "scores": ("8",),
    "export": ("9",),
    "build": ("0",),
    "clusters": ("f9",),
}
NAMES = tuple(WAYS)
WALKS = [("empty", NAMES), ("demo", NAMES[:6]), ("demo", NAMES[6:])]  # apart, so that no test is longer than all others
WAY_NAMES = {way: name for name, way in WAYS.items()}
ENDS = {"app.quit", "app.interrupt"}
# A text field's own scrolling has these keys, does nothing and hands them on.
HANDED_ON = {"export.next": "down", "export.previous": "up"}


async def _walk(pilot: Pilot[int], way: tuple[str, ...], tried: set[str]) -> None:
    """Press the key of everything that is active at the end of a way, coming back to it when it led away."""
    app = pilot.app
    assert isinstance(app, InterprefApp)

    async def begin() -> None:
        while len(app.screen_stack) > 2:
            await app.pop_screen()
        await press(pilot, "1", *way)
        await settled(pilot)

    await begin()
    home, focused = app.screen, app.focused
    here = {active.binding.id: key for key, active in app.screen.active_bindings.items() if active.enabled}
    here |= {name: key for name, key in HANDED_ON.items() if name.partition(".")[0] == WAY_NAMES[way]}
    for name, key in here.items():
        if name is None or name not in ACTIONS or name in ENDS or name in tried or key == NO_KEY:
            continue
        tried.add(name)
        if app.screen is not home or app.focused is not focused:
            await begin()
            home, focused = app.screen, app.focused
        await press(pilot, key)
        assert app._exception is None, name
        assert app.is_running, name
        assert app.screen.query(TitleLine) or app.screen.is_modal, name


async def test_keys_that_a_field_hands_on_move_between_fields(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "9")
        first = pilot.app.focused
        await press(pilot, "down")
        assert pilot.app.focused is not first
        await press(pilot, "up")
        assert pilot.app.focused is first


@pytest.mark.parametrize(("which", "part"), WALKS, ids=["empty", "demo, first screens", "demo, other screens"])
async def test_every_action_of_every_screen_does_no_harm(
    which: str, part: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    path = demo_study(reset=False) if which == "demo" else tmp_path / "e.duckdb"
    from interpref_db.study.study import Study

    tried: set[str] = set()
    with Study.open(path, create=True) as study:
        for screen in part:  # each from the beginning: what was done on one screen is not on the way to another
            async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
                await settled(pilot)
                await _walk(pilot, WAYS[screen], tried)
    missing = {name for name in ACTIONS if name.partition(".")[0] in part} - tried
    assert which == "empty" or missing == set(), sorted(missing)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_every_screen_can_be_resized(study: Study, way: tuple[str, ...]) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *way)
        for size in ((80, 24), (200, 60), (120, 40), (40, 12), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines = shown(pilot).splitlines()
            assert len(lines) == size[1]
            assert pilot.app.screen.size == size
            focused = pilot.app.focused
            assert focused is None or focused.is_attached
