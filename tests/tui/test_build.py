"""The Build screen: the funnel, what is behind its numbers, what is next, and stages as child processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from interpref_core.clustering.events import PROGRAM
from interpref_core.records.construction import Chunk, Lineage, Query, StageOutput, StageRun
from interpref_core.records.data import History, Pair, Preference, Turn
from interpref_core.records.runs import CallError
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_db.construction.funnel import funnel
from interpref_tui.app.app import InterprefApp
from interpref_tui.forms.build_forms import options_of
from interpref_tui.presenters.build_summary import bar
from interpref_tui.screens.construction.build import BuildScreen
from interpref_tui.screens.construction.clusters import ClustersScreen
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.dialogs.text_viewer import TextViewer
from interpref_tui.screens.drilldown import DrilldownScreen
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_core.records.base import Record
    from interpref_db.study.study import Study

TEXTS = ("The user loves street photography.", "The user is keen on street photography.", "The user keeps bees.")


def records() -> Iterator[Record]:
    turns = tuple(Turn(role="user", content=f"turn {n}") for n in range(4))
    yield History(id="h1", turns=turns)
    yield History(id="h2", turns=turns)
    yield StageRun(id="b1", stage="extract", generation=1, model="big", time="2025-01-01T00:00:00Z")
    yield StageOutput(
        id="m1", building="b1", stage="extract", subject="h1", part=1, made={"x": 1},
        refused=({"text": HOSTILE, "reason": "no sentence"}, {"text": "y", "reason": "given twice"}),
    )  # fmt: skip
    yield CallError(id="e1", run="b1", item="h2#1", error="timeout", message="no answer")
    yield Chunk(id="c1", history="h1", number=1, first_turn=1, last_turn=3, queries=3, topic="pictures", building="b1")
    yield Chunk(id="c2", history="h1", number=2, first_turn=4, last_turn=4, queries=1, ignored="short", building="b1")
    for n, text in enumerate(TEXTS):
        yield Preference(id=f"p{n}", text=text, category="Lifestyle" if n else None)
        yield Lineage(id=f"l{n}", kind="preference", thing=f"p{n}", source_kind="chunk", source="c1", turns=(1, 2))
    yield Preference(id="p9", text="The user keeps ants.")
    yield Lineage(
        id="l9", kind="preference", thing="p9", source_kind="preference", source="p2", role="counterpart", place=1
    )
    yield Pair(id="q1", a="p2", b="p9")
    yield Query(id="k1", pair="q1", number=1, text="What shall I do on Sunday?", building="b1")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with small_study(tmp_path / "s.duckdb", records()) as made:
        ClusterWorkspace(made, PROGRAM).join_new()
        yield made


def at(pilot: Pilot[int], screen: type) -> bool:
    return isinstance(pilot.app.screen, screen)


async def at_build(pilot: Pilot[int]) -> BuildScreen:
    await settled(pilot)
    await press(pilot, "0")
    screen = pilot.app.screen
    assert isinstance(screen, BuildScreen)
    return screen


def test_the_funnel_counts_what_there_is(study: Study) -> None:
    found = funnel(study)
    counts = {step.what: step.count for step in found.steps}
    assert counts == {
        "histories": 2, "chunks": 2, "preferences": 3, "clusters": 2, "categorised": 2, "pairs": 1, "queries": 1,
        "conversations": 0, "items": 0, "verified": 0,
    }  # fmt: skip
    extract = found.steps[1]
    assert (extract.model, extract.asked, extract.refused, extract.failed) == ("big", 1, 2, 1)
    assert extract.note == "1 ignored"
    assert found.steps[3].note == "1 of more than one"
    assert found.steps[6].note == "0 accepted, 1 wait for people"
    assert (found.next, found.why) == ("annotate", "queries wait for people to accept or refuse them")


def test_histories_that_came_with_their_preferences_are_counted(tmp_path: Path) -> None:
    turns = (Turn(role="user", content="x"),)
    written = [History(id=f"w{n}", turns=turns, extra={"preference": f"p{n}a"}) for n in range(2)]
    nobodys = History(id="nobody", turns=turns, extra={"preference": "None"})
    made = [*small_records(2), *written, nobodys]  # with 4 histories that say nothing of it
    with small_study(tmp_path / "s.duckdb", iter(made)) as study:
        steps = {step.what: step for step in funnel(study).steps}
        assert (steps["histories"].count, steps["histories"].note) == (7, "2 carry a preference already")
        assert (steps["conversations"].count, steps["queries"].note) == (2, "the items came with theirs")


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ([], "import"),
        ([History(id="h", turns=(Turn(role="user", content="x"),))], "extract"),
        ([Preference(id="p", text="The user keeps bees.")], "dedupe"),
        (list(small_records(2)), "dedupe"),
    ],
)
def test_what_is_next(tmp_path: Path, made: list[Record], wanted: str) -> None:
    with small_study(tmp_path / "s.duckdb", iter(made)) as study:
        assert funnel(study).next == wanted


def test_bars_grow_with_what_they_stand_for() -> None:
    bars = [bar(count, 10_000) for count in (0, 1, 10, 100, 1_000, 10_000)]
    assert [len(one) for one in bars] == sorted(len(one) for one in bars)
    assert bars[0] == ""
    assert bars[-1] == "█" * 8
    assert len(set(bars)) == len(bars)
    assert bar(0, 0) == ""


async def test_enter_opens_what_is_behind_a_number(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await at_build(pilot)
        assert "extract: cut histories" not in shown(pilot)
        await press(pilot, "j")
        assert "2 refused (R says why), 1 failed" in shown(pilot)
        await press(pilot, "enter")
        assert at(pilot, DrilldownScreen)
        assert "pictures" in shown(pilot)
        await press(pilot, "enter")
        assert at(pilot, TextViewer)
        await press(pilot, "escape", "escape", "R")
        assert "given twice" in shown(pilot)
        assert "\x1b[31m" not in shown(pilot)
        await press(pilot, "escape", "j", "j", "enter")
        assert at(pilot, ClustersScreen)
        await press(pilot, "escape")
        assert at(pilot, BuildScreen)
        await press(pilot, "j", "enter")
        assert "Lifestyle" in shown(pilot)
        await press(pilot, "escape", "j", "j", "enter")
        assert "What shall I do on Sunday?" in shown(pilot)
        await press(pilot, "escape", "j", "enter")
        assert "no conversations yet; b runs the stage histories" in shown(pilot)
        await press(pilot, "v")
        assert "gives" not in shown(pilot)
        assert "0 of 1 queries give a preference away" in shown(pilot)


async def test_a_stage_is_started_as_a_child_and_the_numbers_follow(tmp_path: Path) -> None:
    made = [Preference(id=f"p{n}", text=text) for n, text in enumerate(TEXTS)]
    with small_study(tmp_path / "s.duckdb", iter(made)) as study:
        app = InterprefApp(study)
        async with app.run_test(size=(120, 40)) as pilot:
            await at_build(pilot)
            assert "preferences that say the same are not found yet" in shown(pilot)
            await press(pilot, "n")
            assert isinstance(pilot.app.screen, FormScreen)
            assert "build" in shown(pilot)
            assert "--only dedupe" in shown(pilot)
            await press(pilot, "enter")
            for _ in range(400):
                await asyncio.sleep(0.1)
                await settled(pilot)
                if "categories yet" in shown(pilot) and not app.children_at_work.running:
                    break
            assert {step.what: step.count for step in funnel(study).steps}["clusters"] == 2
            assert "preferences have no categories yet" in shown(pilot)
            await press(pilot, "x")
            assert "nothing that was started here is going" in shown(pilot)


async def test_forms_refuse_what_the_command_would_refuse(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await at_build(pilot)
        await press(pilot, "j", "b")
        assert "model: it is needed" in shown(pilot)
        await press(pilot, "escape", "B")
        assert "--until queries" in shown(pilot)
        await press(pilot, *["backspace"] * 9, *"items")
        assert "comes before" in shown(pilot)
        await press(pilot, "escape", "k", "b")
        assert "histories are imported" in shown(pilot)
    assert options_of({"model": "", "threshold": "0.4"}) == ["--threshold", "0.4"]
    for wrong in ({"limit": "0"}, {"threshold": "x"}, {"test_share": "2"}):
        with pytest.raises(ValueError, match="number"):
            options_of(wrong)


async def test_an_empty_study_says_where_to_begin(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", iter(())) as empty:
        async with InterprefApp(empty).run_test(size=(80, 24)) as pilot:
            await at_build(pilot)
            assert "import conversations" in shown(pilot)
            await press(pilot, "n", "enter", "v", "escape", "R", "escape", "c", "escape")
            assert isinstance(pilot.app.screen, BuildScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_build_screen_looks_as_it_did(
    study: Study, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def go(pilot: Pilot[int]) -> None:
        await at_build(pilot)
        await press(pilot, "j")

    assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go)
