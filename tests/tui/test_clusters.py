"""The cluster browser: what its keys decide, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.clustering.events import PROGRAM
from interpref_core.records.data import Preference
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.construction.category_picker import CategoryScreen
from interpref_tui.screens.construction.clusters import ClustersScreen
from interpref_tui.screens.dialogs.form import FormScreen
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study.study import Study

TEXTS = {
    "a1": "The user loves street photography.",
    "a2": "The user is keen on street photography.",
    "a3": "The user has a passion for street photography.",
    "b1": "The user prefers brief answers.",
    "b2": "The user likes concise replies.",
    "c1": "The user is vegetarian.",
    "c2": "The user follows a vegetarian diet.",
    "d1": "用户喜欢简短的回答。",
    "d2": "The user keeps bees.",
    "e1": f"The user says {HOSTILE}",
}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    records = (Preference(id=identifier, text=text) for identifier, text in TEXTS.items())
    with small_study(tmp_path / "s.duckdb", records) as opened:
        ClusterWorkspace(opened, PROGRAM).join_new()
        yield opened


async def browser(pilot: Pilot[int]) -> ClustersScreen:
    await settled(pilot)
    await pilot.app.action_go("clusters")  # type: ignore[attr-defined]  # this screen's own
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ClustersScreen)
    return screen


def groups(study: Study) -> set[frozenset[str]]:
    desk = ClusterWorkspace(study, "someone else")
    return {frozenset(desk.known[place].id for place in places) for places in desk.clusters().values()}


FIRST = {
    frozenset(["a1", "a2", "a3"]),
    frozenset(["b1", "b2", "d1"]),
    frozenset(["c1", "c2"]),
    frozenset({"d2"}),
    frozenset({"e1"}),
}


async def test_merge_split_and_undo_as_far_as_it_goes(study: Study) -> None:
    assert groups(study) == FIRST
    app = InterprefApp(study)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        assert [screen.clusters.row_at(n)["size"] for n in range(5)] == [3, 3, 2, 1, 1]  # type: ignore[index]  # there is one
        await press(pilot, "space", "space", "m")
        assert frozenset(["a1", "a2", "a3", "b1", "b2", "d1"]) in groups(study)
        assert screen.clusters.marked == set()
        await press(pilot, "x")
        assert groups(study) == FIRST
        await press(pilot, "tab", "space", "x")
        assert len(groups(study)) == 6
        await press(pilot, "u", "u", "u")
        assert groups(study) == FIRST
        await press(pilot, "u")
        assert "nothing to undo" in shown(pilot)
        await press(pilot, "U")
        assert frozenset(["a1", "a2", "a3", "b1", "b2", "d1"]) in groups(study)


async def test_what_cannot_be_merged_or_split_is_said(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
        await browser(pilot)
        await press(pilot, "m")
        assert "mark the clusters with space" in shown(pilot)
        await press(pilot, "G", "x")
        assert "cannot be split" in shown(pilot)
        assert groups(study) == FIRST


async def test_the_threshold_moves_without_deciding_until_c(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        assert "threshold 0.50   5 clusters, 3 of > 1, the largest 3" in shown(pilot)
        await press(pilot, *["less_than_sign"] * 9, "minus")
        assert "threshold 0.50 → 0.04" in shown(pilot)
        assert "clusters   c cuts here" in shown(pilot)
        assert groups(study) == FIRST
        await press(pilot, "escape")
        assert "→ 0.04" not in shown(pilot)
        await press(pilot, *["less_than_sign"] * 10, "c")
        assert len(groups(study)) > len(FIRST)
        assert "threshold 0.00" in shown(pilot)
        await press(pilot, "u")
        assert groups(study) == FIRST
        assert "threshold 0.50" in shown(pilot)


async def test_name_representative_and_category_are_set_and_found_again(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await press(pilot, "slash", *"bees", "enter")
        assert len(screen.clusters.keys) == 1
        await press(pilot, "slash", "escape", "g")
        one = str(screen.clusters.key)
        await press(pilot, "n")
        assert isinstance(pilot.app.screen, FormScreen)
        await press(pilot, *"Pics", "enter")
        await press(pilot, "enter", "G", "r", "C")
        assert isinstance(pilot.app.screen, CategoryScreen)
        await press(pilot, "slash", *"hobb", "enter", "enter")
        assert "“Pics”" in shown(pilot)
        assert "Lifestyle · hobbies" in shown(pilot)
        last = screen.members.keys[0]
        assert screen._desk is not None
        state = ClusterWorkspace(study, "someone else").book.state
        assert state.names == {one: "Pics"}
        assert state.representatives[one] == screen._desk.known[int(last)].id
        with study.reading() as cursor:
            found = cursor.execute(
                "SELECT DISTINCT subcategory FROM preferences WHERE id IN ('a1', 'a2', 'a3')"
            ).fetchall()
        assert found == [("hobbies",)]


async def test_only_clusters_of_several_and_new_preferences(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await press(pilot, "f")
        assert len(screen.clusters.keys) == 3
        await press(pilot, "f")
        with study.writing("more") as writer:
            writer.add([Preference(id="a4", text="The user enjoys street photography.")], origin="more")
            writer.fold("more")
        await pilot.app.action_go("items")  # type: ignore[attr-defined]  # this screen's own
        await settled(pilot)
        await browser(pilot)
        assert "1 preferences are in no cluster yet: a takes them in" in shown(pilot)
        await press(pilot, "a")
        assert "1 taken in, 1 of them joined a cluster" in shown(pilot)
        assert frozenset(["a1", "a2", "a3", "a4"]) in groups(study)


async def test_what_others_decide_meanwhile_is_kept(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        other = ClusterWorkspace(study, "other")
        other.merge([other.book.state.cluster_of["c1"], other.book.state.cluster_of["d2"]])
        await press(pilot, "space", "space", "m")
        assert {frozenset(["c1", "c2", "d2"]), frozenset(["a1", "a2", "a3", "b1", "b2", "d1"])} <= groups(study)


async def test_an_empty_study_says_what_to_do(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", iter(())) as empty:
        async with InterprefApp(empty).run_test(size=(80, 24)) as pilot:
            await browser(pilot)
            assert "No preferences yet" in shown(pilot)
            await press(pilot, "c", "m", "x", "n", "r", "C", "a", "plus", "space", "enter", "y", "f", "tab", "U")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("keys", [(), ("plus", "plus"), ("C",)], ids=["clusters", "threshold", "category"])
def test_the_cluster_browser_looks_as_it_did(
    study: Study, keys: tuple[str, ...], size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def go(pilot: Pilot[int]) -> None:
        await browser(pilot)
        await press(pilot, *keys)

    assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go)
