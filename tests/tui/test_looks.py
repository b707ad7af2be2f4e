"""How the screens look, at several sizes, with data that stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_tui.app import InterprefApp
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study import Study

SIZES = [(80, 24), (120, 40)]
SCREENS = {
    "home": (),
    "histories": ("2",),
    "items": ("3",),
    "item": ("3", "enter"),
    "answers": ("3", "enter", "v"),
    "runs": ("4",),
    "verdicts": ("5",),
    "verdict": ("5", "enter"),
}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    text = "界面 [b] 🙂 some words,"
    made = small_study(tmp_path / "s.duckdb", small_records(4, text=text, runs=("one", "two"), pattern="LRLD"))
    yield made
    made.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_did(
    study: Study, screen: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def go(pilot: Pilot[int]) -> None:
        for key in ("", *SCREENS[screen]):
            if key:
                await pilot.press(key)
            for _ in range(3):
                await pilot.app.workers.wait_for_complete()
                await pilot.pause(0.1)

    assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go)
