"""The key map: every action named once, presets and key maps of the user's own checked when they are loaded."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import interpref_tui
from interpref_tui.app.app import InterprefApp
from interpref_tui.keys import keymap
from interpref_tui.keys.actions import ACTIONS, AREAS
from interpref_tui.settings.model import Settings
from interpref_tui.widgets.footer import KeyHint, KeyLine, hints_that_fit
from interpref_tui.widgets.list import RowList
from tests.support.cli import interpref
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = small_study(tmp_path / "s.duckdb", small_records(5))
    yield made
    made.close()


def _owners() -> list[type[Any]]:
    """Every class of ours that binds keys."""
    folder = Path(interpref_tui.__file__).parent
    names = ["interpref_tui.app.app"]
    names += [
        ".".join(("interpref_tui", *path.relative_to(folder).with_suffix("").parts))
        for part in ("screens", "widgets")
        for path in (folder / part).rglob("[!_]*.py")
    ]
    found: dict[str, type[Any]] = {}
    for name in names:
        for one in vars(import_module(name)).values():
            if (
                isinstance(one, type)
                and issubclass(one, DOMNode)
                and one.__module__ == name
                and "BINDINGS" in vars(one)
            ):
                found[one.__qualname__] = one
    return list(found.values())


def test_every_binding_is_a_named_action_and_every_action_is_bound_somewhere() -> None:
    bound = set()
    for owner in _owners():
        for binding in Binding.make_bindings(owner.BINDINGS):
            assert binding.id in ACTIONS, f"{owner.__name__}: {binding.key} {binding.action} has no name"
            assert binding.action == ACTIONS[binding.id].call
            bound.add(binding.id)
    assert set(ACTIONS) - bound == set()


def test_every_action_is_documented() -> None:
    text = keymap.reference()
    for area in AREAS.values():
        assert f"## {area.title}" in text
        for action in area.actions:
            assert action.help_text
            assert action.label
            assert action.name.startswith(f"{area.name}.")
            assert f"`{action.name}` | {action.help_text}" in text


@pytest.mark.parametrize("name", keymap.PRESETS)
def test_presets_have_no_clash_and_no_key_that_dies_on_the_way(name: str) -> None:
    loaded = keymap.load(Settings(keymap=name))
    assert loaded.problems == ()
    assert keymap.clashes(loaded.keys) == []
    for action in ACTIONS.values():
        for key in loaded.keys_of(action):
            if action.name not in ("app.interrupt", "app.suspend"):
                assert keymap.unusable(action, key) is None, f"{action.name}: {key}"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"list.serch": "k"}, "no such action; `?` on a screen shows them; list.search?"),
        ({"list.up": "ctrl+h"}, "ctrl+h cannot be used (arrives as backspace)"),
        ({"list.up": "slahs"}, "slahs cannot be used (there is no such key)"),
        ({"list.up": "ctrl+shift+a"}, "many terminals and tmux do not send it"),
        ({"annotate.left": "enter"}, "what decides has a plain letter or digit, an arrow or space"),
        ({"annotate.left": "backspace"}, "what decides"),
        ({"annotate.left": "f2"}, "what decides"),
        ({"list.sort": "y"}, "y is"),
        ({"list.down": "n"}, "n is runs.generate already (Runs: Lists)"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_in_a_line_and_the_rest_holds(keys: dict[str, str], said: str) -> None:
    loaded = keymap.load(Settings(keys={**keys, "app.theme": "f4"}))
    assert len(loaded.problems) == 1
    assert said in loaded.problems[0]
    assert loaded.keys == {"app.theme": "f4"}


def test_two_actions_may_change_places_and_one_may_have_no_key() -> None:
    swapped = keymap.load(Settings(keys={"annotate.left": "l", "annotate.right": "h", "app.theme": "none"}))
    assert swapped.problems == ()
    assert swapped.keys == {"annotate.left": "l", "annotate.right": "h", "app.theme": "none"}
    assert swapped.keys_of(ACTIONS["app.theme"]) == []


def test_signs_are_written_as_they_are() -> None:
    assert keymap.load(Settings(keys={"list.search": ["/", "?f", "F3"]})).problems != ()
    assert keymap.load(Settings(keys={"list.search": "/,f3,*"})).keys == {"list.search": "slash,f3,asterisk"}


def test_a_file_is_a_key_map_based_on_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('based_on = "vim"\n[keys]\n"list.sort" = "o"\n', encoding="utf-8")
    loaded = keymap.load(Settings(keymap=str(file)))
    assert loaded.problems == ()
    assert loaded.keys["list.sort"] == "o"
    assert "ctrl+d" in loaded.keys["list.page-down"]
    assert "No such file" in keymap.load(Settings(keymap=str(tmp_path / "none.toml"))).problems[0]
    file.write_text("keys = 3", encoding="utf-8")
    assert "needs a table [keys]" in keymap.load(Settings(keymap=str(file))).problems[0]


async def test_a_preset_works_on_the_screens(study: Study) -> None:
    async with InterprefApp(study, Settings(keymap="emacs")).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2", "ctrl+n", "ctrl+n", "ctrl+p")
        assert pilot.app.screen.query_one(RowList).cursor == 1
        await press(pilot, "j")
        assert pilot.app.screen.query_one(RowList).cursor == 1
        await press(pilot, "ctrl+f", "ctrl+g", "question_mark")
        assert "^n" in shown(pilot)


def test_the_footer_drops_the_least_important_and_cuts_nothing() -> None:
    hints = [
        KeyHint("a", "a", "First", 5),
        KeyHint("b", "b", "Second", 9),
        KeyHint("c", "c", "Third", 5),
        KeyHint("d", "d", "界", 1),
    ]
    for width in range(60):
        kept = hints_that_fit(hints, width)
        assert sum(hint.width for hint in kept) <= width or not kept
    assert [hint.key for hint in hints_that_fit(hints, 31)] == ["a", "b", "c"]
    assert [hint.key for hint in hints_that_fit(hints, 24)] == ["a", "b"]
    assert [hint.key for hint in hints_that_fit(hints, 12)] == ["b"]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_the_footer_of_a_screen_fits_and_says_how_to_see_all_keys(study: Study, size: tuple[int, int]) -> None:
    async with InterprefApp(study).run_test(size=size) as pilot:
        await settled(pilot)
        for key in "123456789":
            await press(pilot, key)
            await pilot.pause()
            line = pilot.app.screen.query_one(KeyLine)
            text = "".join(segment.text for segment in line.render_line(0))
            assert "? Keys" in text or "f1 Keys" in text
            assert len(text) == size[0]


async def test_every_key_that_cannot_be_used_is_said_somewhere(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {f"app.nothing{n}": "x" for n in range(5)}
    with small_study(tmp_path / "s.duckdb", iter(())) as study:
        app = InterprefApp(study, Settings(keys=wrong))
        async with app.run_test(size=(100, 30)) as pilot:
            await settled(pilot)
            passing = [one.message for one in app._notifications]
            assert len(passing) == 4
            assert passing[-1].startswith("and 2 more: M shows them")
            said = "\n".join(one.text for one in app.said)
            assert all(f"{name}: no such action" in said for name in wrong)


def test_doctor_knows_what_is_wrong_with_the_keys(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\n"item.view" = "ctrl+h"\n', encoding="utf-8")
    done = interpref(tmp_path, "doctor", "--json", INTERPREF_CONFIG=str(config))
    found = [check for check in done.json["checks"] if check["name"] == "keys"]
    assert [(check["ok"], check["optional"]) for check in found] == [(False, True)]
    assert "ctrl+h cannot be used" in found[0]["found"]
