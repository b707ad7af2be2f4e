"""Reading: conversations of any length, jumps, folding, search, texts beside each other that scroll together, marked words."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import Response, Run
from interpref_tui.app.app import InterprefApp
from interpref_tui.text.blocks import Block, TextRendering
from interpref_tui.widgets.reader.conversation import Conversation
from interpref_tui.widgets.reader.reader_group import ReaderGroup
from interpref_tui.widgets.reader.text_reader import Reader
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_study

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_core.records.base import Record

WISH = "The user prefers vegetarian food."
OTHER = "The user prefers grilled meat."


def _turns(side: str, count: int = 60) -> tuple[Turn, ...]:
    said = []
    for n in range(count):
        text = f"{side}{n} " + "about trains and tea, " * (1 + n % 9)
        if n == 20 and side == "a":
            text = "Is there a vegetarian place nearby?"
        said.append(Turn(role="user" if n % 2 == 0 else "assistant", content=text))
    return tuple(said)


def _records() -> Iterator[Record]:
    yield History(id="ha", turns=_turns("a"))
    yield History(id="hb", turns=_turns("b", 30))
    yield Preference(id="pa", text=WISH)
    yield Preference(id="pb", text=OTHER)
    yield Pair(id="q", a="pa", b="pb")
    yield Item(id="i", query="What shall I cook?", pair="q", history_a="ha", history_b="hb")
    for run in ("one", "two"):
        yield Run(id=run, name=run, model=run, paradigm="np", expected=1)
        for side, dish in (("a", "a vegetarian stew"), ("b", "grilled meat")):
            text = f"Cook {dish} tonight, says {run}.\n\n" + "\n".join(f"step {n}" for n in range(80))
            yield Response(id=f"{run}{side}", run=run, item="i", side="a" if side == "a" else "b", text=text)


@asynccontextmanager
async def reading(tmp_path: Path, size: tuple[int, int], *keys: str) -> AsyncIterator[Pilot[int]]:
    with small_study(tmp_path / "s.duckdb", _records()) as study:
        async with InterprefApp(study).run_test(size=size) as pilot:
            await settled(pilot)
            await press(pilot, *keys)
            yield pilot


def conversation(pilot: Pilot[int]) -> Conversation:
    return pilot.app.screen.query(Conversation).first()


async def test_keys_jump_between_turns_of_the_user_and_to_those_that_carry_the_preference(tmp_path: Path) -> None:
    async with reading(tmp_path, (100, 30), "2", "enter") as pilot:
        view = conversation(pilot)
        await press(pilot, "J", "J")
        assert view.here == 2
        await press(pilot, "right_curly_bracket", "right_curly_bracket")
        assert view.here == 6
        await press(pilot, "K", "left_curly_bracket")
        assert view.here == 4
        for _ in range(100):
            if view.blocks[20].evidence:
                break
            await pilot.pause(0.1)
        await press(pilot, "right_parenthesis")
        assert view.here == 20
        assert "◆ words: vegetarian" in shown(pilot)
        assert view.text == "Is there a vegetarian place nearby?"
        await press(pilot, "right_parenthesis")
        assert "no later turn known to carry the preference" in shown(pilot)


async def test_a_search_counts_its_hits_and_goes_round_them(tmp_path: Path) -> None:
    async with reading(tmp_path, (100, 30), "2", "enter", "slash", *"tea, a") as pilot:
        await pilot.pause(0.2)
        view = conversation(pilot)
        assert len(view.hits) == sum(block.text.count("tea, a") for block in view.blocks) == 229
        assert "1/229" in shown(pilot)
        await press(pilot, "enter", "n", "n", "N")
        assert "2/229" in shown(pilot)
        await press(pilot, "N", "N")
        assert "229/229" in shown(pilot)
        assert view.here > 50
        await press(pilot, "escape")
        assert not view.hits
        assert "229" not in shown(pilot)


async def test_what_the_list_was_searched_for_is_marked_and_escape_goes_straight_back(tmp_path: Path) -> None:
    async with reading(tmp_path, (100, 30), "2", "slash", *"VEGETARIAN") as pilot:
        await settled(pilot)
        await press(pilot, "enter", "enter")
        assert conversation(pilot).hits == [(20, (11, 21))]
        assert "Is there a vegetarian place" in shown(pilot)
        await press(pilot, "escape")
        assert "Histories" in shown(pilot).splitlines()[0]


async def test_a_turn_is_folded_and_all_of_them(tmp_path: Path) -> None:
    async with reading(tmp_path, (60, 30), "2", "enter") as pilot:
        view = conversation(pilot)
        view.show([Block("\n".join(f"line {n}" for n in range(40)), "user", 1), *view.blocks[1:]])
        await press(pilot, "o")
        assert "⋯ 38 more lines (o unfolds)" in shown(pilot)
        await press(pilot, "o")
        assert "line 20" in shown(pilot)
        await press(pilot, "F")
        assert "⋯ 38 more lines" in shown(pilot)
        await press(pilot, "F")
        assert "⋯" not in shown(pilot)


async def test_going_up_and_down_shows_every_line_once(tmp_path: Path) -> None:
    """Heights are guessed until a turn is laid out; the guess must never make a line jump."""
    async with reading(tmp_path, (70, 24), "2", "enter", "G") as pilot:
        view = conversation(pilot)
        seen = [shown(pilot).splitlines()[1]]
        for _ in range(60):
            await pilot.press("k")
            await pilot.pause()
            second = shown(pilot).splitlines()[2]
            assert second.strip(" │▌▁▂▃▄▅▆▇█") == seen[-1].strip(" │▌▁▂▃▄▅▆▇█")
            seen.append(shown(pilot).splitlines()[1])
        assert int(view.scroll_offset.y) > 0


async def test_histories_scroll_together_turn_by_turn_by_share_or_apart(tmp_path: Path) -> None:
    async with reading(tmp_path, (130, 30), "3", "enter") as pilot:
        one, other = pilot.app.screen.query_one("#histories", ReaderGroup).readers()
        for _ in range(6):
            await press(pilot, "J")
        assert one.place[0] == other.place[0] == 6
        await press(pilot, "S", "G")
        assert other.scroll_offset.y == other.max_scroll_y
        await press(pilot, "g", "S", "J", "J")
        assert (one.place[0], other.place[0]) == (2, 0)
        assert "each scrolls by itself" in shown(pilot)


@pytest.mark.parametrize(("width", "seen"), [(80, 1), (120, 4), (200, 4)])
async def test_four_responses_of_two_runs_stand_beside_each_other(tmp_path: Path, width: int, seen: int) -> None:
    async with reading(tmp_path, (width, 40), "3", "enter", "v", "c", "d") as pilot:
        text = shown(pilot)
        assert sum(f"{side}  {run}" in text for side in "ab" for run in ("one", "two")) == seen
        readers = pilot.app.screen.query_one("#responses", ReaderGroup)
        # Each is compared with the other run's response of the same side.
        marked = [reader.blocks[0].text[a:b] for reader in readers.readers() for a, b in reader._marks["different"][0]]
        assert marked == ["one", "one", "two", "two"]
        await press(pilot, "z", "tab")
        assert sum(f"{side}  {run}" in shown(pilot) for side in "ab" for run in ("one", "two")) == 1


async def test_words_of_the_preferences_are_marked_by_more_than_colour(tmp_path: Path) -> None:
    async with reading(tmp_path, (120, 40), "3", "enter", "v", "p") as pilot:
        first, second = pilot.app.screen.query_one("#responses", ReaderGroup).readers()
        assert [first.text[a:b] for a, b in first._marks["preference"][0]] == ["vegetarian"]
        assert [second.text[a:b] for a, b in second._marks["preference"][0]] == ["grilled", "meat"]
        words = [one for strip in first.render_lines(first.size.region) for one in strip if one.text == "vegetarian"]
        assert words
        assert all(one.style and one.style.bold and one.style.reverse for one in words)


async def test_a_verdict_has_its_two_answers_beside_it_as_they_were_shown(tmp_path: Path) -> None:
    from tests.support.studies import small_records

    with small_study(tmp_path / "s.duckdb", small_records(2, text=HOSTILE)) as study:
        async with InterprefApp(study).run_test(size=(160, 40)) as pilot:
            await settled(pilot)
            await press(pilot, "5", "enter", "v", "right")
            text = shown(pilot)
            assert "Left: response b" in text
            assert "Right: response a" in text
            assert "because 2" in text


async def test_markdown_and_hidden_characters_are_switched(tmp_path: Path) -> None:
    async with reading(tmp_path, (100, 30), "2", "enter") as pilot:
        view = conversation(pilot)
        view.show([Block("some **bold**\u200b words", "user", 1)])
        await settled(pilot)
        assert "some bold words" in shown(pilot)
        assert "1 hidden character (x shows)" in shown(pilot)
        await press(pilot, "m")
        assert "some **bold** words" in shown(pilot)
        await press(pilot, "x")
        assert "some **bold**<U+200B> words" in shown(pilot)


async def test_five_thousand_turns_and_a_line_of_ten_megabytes_open_and_are_searched(tmp_path: Path) -> None:
    def records() -> Iterator[Record]:
        yield History(id="many", turns=tuple(Turn(role="user", content=f"turn {n} **b**") for n in range(5000)))
        yield History(id="wide", turns=(Turn(role="user", content="界 x\u200b" * 2_500_000 + "needle"),))

    with small_study(tmp_path / "s.duckdb", records()) as study:
        async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "2", "enter", "G")
            assert "turn 4999 b" in shown(pilot)
            assert len(conversation(pilot)._rows) < 200
            await press(pilot, "escape", "down", "enter")
            assert "more characters (> goes on, e opens it whole)" not in shown(pilot)  # it is at the end of the window
            assert "2,500,000 hidden characters" in shown(pilot)
            await press(pilot, "slash", *"needle")
            await settled(pilot)
            assert "1/1" in shown(pilot)
            assert "needle" in shown(pilot).splitlines()[-5] or "needle" in shown(pilot)
            assert pilot.app.screen.query_one(Input).value == "needle"


async def test_arrows_and_letters_of_the_annotation_screen_stay_its_own() -> None:
    keys = {key for binding in Reader.BINDINGS for key in str(getattr(binding, "key", "")).split(",")}
    assert not keys & {"up", "down", "left", "right", "h", "l", "t", "b", "s", "u", "o", "f", "c", "g", "a", "1"}


async def test_hidden_characters_of_a_huge_text_are_shown_without_holding_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[bool] = []  # for each text that was made ready: whether it was in the thread of the screen
    asked = Block.sanitized_text

    def spied(block: Block, manner: TextRendering) -> str:
        if not block.is_ready(manner):
            worked.append(threading.current_thread() is threading.main_thread())
        return asked(block, manner)

    monkeypatch.setattr(Block, "sanitized_text", spied)
    turns = (Turn(role="user", content="a\u200bb words 界面 " * 60_000),)
    with small_study(tmp_path / "s.duckdb", iter([History(id="h", turns=turns)])) as study:
        async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "2", "enter")
            assert "60,000 hidden characters" in shown(pilot)
            assert "a<U+200B>b" not in shown(pilot)
            await press(pilot, "x")
            assert "a<U+200B>b" in shown(pilot)
            assert "hidden characters are shown" in shown(pilot)
            await press(pilot, "x", "x")  # both forms are kept
            assert "a<U+200B>b" in shown(pilot)
    assert worked == [False, False]
