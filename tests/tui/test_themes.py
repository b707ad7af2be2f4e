"""Themes: text can be read on what it stands on, in every theme and on every screen; choosing one, and a user's own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.screen import ModalScreen

from interpref_themes import palettes
from interpref_themes.palette import ThemeError, contrast, mixed, parse, read_folder
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.dialogs.themes import ThemesScreen
from interpref_tui.settings.model import Settings
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study.study import Study
    from interpref_themes.palette import Palette
    from interpref_tui.terminal.capabilities import Colours

SCREENS = {
    "home": (),
    "histories": ("2",),
    "item": ("3", "enter"),
    "runs": ("4",),
    "new run": ("4", "n"),
    "verdict": ("5", "enter"),
    "failures": ("6",),
    "assignments": ("7",),
    "scores": ("8", "right_square_bracket"),
    "plot": ("8", "v"),
    "export": ("9",),
    "help": ("2", "question_mark"),
    "search": ("2", "slash", "t"),
}

DELICATE = ("interpref-light", "interpref-contrast-light", "interpref-solarized-dark")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("INTERPREF_CONFIG", str(tmp_path / "config" / "config.toml"))
    made = small_study(tmp_path / "s.duckdb", small_records(4, runs=("one", "two"), pattern="LRLD"))
    yield made
    made.close()


def test_there_is_a_theme_for_every_eye() -> None:
    names = {one.name.removeprefix("interpref-") for one in palettes()}
    assert {"dark", "light", "contrast", "clear", "solarized-dark", "gruvbox-dark", "terminal-dark"} <= names
    assert {one.dark for one in palettes()} == {True, False}
    assert sorted(one.least for one in palettes())[-2:] == [7.0, 7.0]


@pytest.mark.parametrize("palette", palettes(), ids=lambda one: one.name)
def test_every_text_colour_can_be_read_on_every_ground(palette: Palette) -> None:
    assert palette.weakest()[0] >= palette.least


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#123456", "#123456", 1),
    ],
)
def test_contrast_is_wcags(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


hexes = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(hexes, hexes)
def test_contrast_is_the_same_both_ways_and_within_its_bounds(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21
    assert (mixed(one, other, 1), mixed(one, other, 0)) == (one, other)


def said(pilot: Pilot[int]) -> str:
    """What the application told in passing."""
    return "\n".join(one.message for one in pilot.app._notifications)


def unreadable(pilot: Pilot[int], least: float) -> set[str]:
    """Words on the screen whose letters have less contrast than this against what they stand on. What a window over the
    screen covers is faded on purpose."""
    found = set()
    screen = pilot.app.screen
    region = screen.children[0].region if isinstance(screen, ModalScreen) else screen.region
    for strip in screen._compositor.render_strips()[region.y : region.bottom]:
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if style is None or not any(letter.isalnum() for letter in segment.text):
                continue
            assert style.color is not None
            assert style.bgcolor is not None
            text, ground = (colour.get_truecolor().hex for colour in (style.color, style.bgcolor))
            if (ratio := contrast(text, ground)) < least:
                found.add(f"{segment.text.strip()!r}: {text} on {ground} {ratio:.2f}")
    return found


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_theme_can_be_read_on_every_screen(study: Study, screen: str) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *SCREENS[screen])
        wrong = {}
        for palette in palettes():
            # The terminal's own colours are not known; one screen sees all themes, the others the most delicate.
            if palette.terminal or (screen != "item" and palette.name not in DELICATE):
                continue
            pilot.app.theme = palette.name
            await pilot.pause()
            await pilot.pause()
            if found := unreadable(pilot, palette.least):
                wrong[palette.name] = found
        assert wrong == {}


async def test_the_cursor_says_where_it_is_in_any_theme_without_colour(study: Study) -> None:
    both: tuple[Colours, ...] = ("none", "sixteen")
    for colours in both:
        async with InterprefApp(study, colours=colours).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "2", "j")
            styles = [
                segment.style
                for strip in pilot.app.screen._compositor.render_strips()
                for segment in strip
                if "›" in segment.text and segment.style
            ]
            assert styles
            assert all(style.reverse for style in styles)
            if colours == "none":
                assert all(style.color is None or style.color.is_default for style in styles)


async def test_a_theme_is_shown_at_once_given_back_by_escape_and_remembered_by_enter(study: Study) -> None:
    async with InterprefApp(study, Settings()).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert pilot.app.theme == "interpref-dark"
        await press(pilot, "T", "j", "down")
        assert isinstance(pilot.app.screen, ThemesScreen)
        assert pilot.app.theme == "interpref-light"
        assert "contrast 5." in shown(pilot)
        await press(pilot, "escape")
        assert pilot.app.theme == "interpref-dark"
        await press(pilot, "T", "j", "enter")
        assert pilot.app.theme == "interpref-dusk"
    async with InterprefApp(study, Settings()).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme == "interpref-dusk"
    async with InterprefApp(study, Settings(theme="interpref-paper")).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme == "interpref-paper"
        await press(pilot, "T", "k", "enter")
        assert "the configuration names interpref-paper" in said(pilot)


async def test_users_have_themes_of_their_own_and_a_wrong_one_is_one_line(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "sea.toml").write_text(
        'title = "[b]sea[/b]"\nforeground = "#def"\nbackground = "#012"\nprimary = "#4af"\n', encoding="utf-8"
    )
    (folder / "pale.toml").write_text(
        'foreground = "#777"\nbackground = "#888888"\nprimary = "#999999"\n', encoding="utf-8"
    )
    (folder / "broken.toml").write_text("foreground = ", encoding="utf-8")
    async with InterprefApp(study, Settings(theme="sea")).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert pilot.app.theme == "sea"
        assert "broken.toml is not TOML" in said(pilot)
        await press(pilot, "T")
        assert "[b]sea[/b]" in shown(pilot)
        await press(pilot, "k")
        assert "hard to read" in shown(pilot)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('foreground = "#fff"\nprimary = "#fff"', "background: this colour is needed"),
        ('foreground = "blurple"', "foreground: 'blurple' is no colour"),
        ("primary = 7", "primary: 7 is no colour"),
        ('terminal = true\nprimary = "#fff"', "none of the terminal's colours"),
        ('dark = "yes"', "dark: true or false"),
        ('nonsense = "#fff"', "nonsense: no such field"),
        ('least = "much"', "least: a number"),
    ],
)
def test_what_is_wrong_with_a_theme_is_said_with_its_file_and_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    found, problems = read_folder(tmp_path, set())
    assert found == []
    assert len(problems) == 1
    assert said in problems[0]
    assert "mine.toml" in problems[0]
    assert "\n" not in problems[0]


def test_a_users_theme_takes_no_name_of_ours_and_no_strange_one(tmp_path: Path) -> None:
    for name in ("interpref-dark", "a b"):
        (tmp_path / f"{name}.toml").write_text('foreground = "#fff"\nbackground = "#000"\nprimary = "#fff"')
    found, problems = read_folder(tmp_path, {"interpref-dark"})
    assert (found, len(problems)) == ([], 2)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=12), st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none())))
def test_no_table_does_worse_than_an_error_of_one_line(table: dict[str, object]) -> None:
    with suppress(ThemeError):
        parse("any", table).theme()
