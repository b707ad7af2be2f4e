"""Every place of the screens in one walk: how it looks, in windows that change, over texts that are hostile."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from textual.widgets import Input

from interpref_db.importers import import_files
from interpref_db.study.study import Study
from interpref_tui.app.app import InterprefApp
from interpref_tui.forms import run_forms
from interpref_tui.screens.dialogs import form
from interpref_tui.screens.dialogs.confirm import ConfirmScreen
from interpref_tui.widgets.list import RowList
from tests.support.hostile import hostile_lines
from tests.support.pilot import settled, shown
from tests.support.walk import PICTURED, PLACES, go_to, home, still, walked_records, walked_study

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion
    from textual.pilot import Pilot

HALVES = [tuple(PLACES)[::2], tuple(PLACES)[1::2]]  # two tests, for two cores


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("LOGNAME", "ann")
    monkeypatch.setattr(form, "REST", 0.01)
    monkeypatch.setattr(run_forms, "estimate", lambda _arguments: "about 12 calls")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_places_look_as_they_did(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    differing = []
    with walked_study(Path("s.duckdb")) as study:
        async with InterprefApp(study).run_test(size=size) as pilot:
            await settled(pilot)
            for place in PLACES:
                if place in PICTURED:
                    continue
                await go_to(pilot, place)
                if pictures(name=place) != pilot.app.export_screenshot():
                    differing.append(place)
            await home(pilot)
            answers = {"s": "stop them and leave", "l": "leave them running", "escape": "stay"}
            pilot.app.push_screen(ConfirmScreen("1 run(s) started here are still going.", answers))
            await still(pilot)
            if pictures(name="question") != pilot.app.export_screenshot():
                differing.append("question")
    assert not differing, "the test_looks have a report; here --snapshot-update and git diff tell"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that is hostile in every name and text, with a line of two million characters."""
    folder = tmp_path_factory.mktemp("hostile")
    file = folder / "hostile.jsonl"
    lines = hostile_lines(walked_records("EVIL")).splitlines()
    first = json.loads(lines[0])
    first["turns"][1]["content"] = "EVIL [/] [@click=app.quit()]EVIL[/] \u200b\u202e" * 55_000
    lines[0] = json.dumps(first)
    file.write_text("\n".join(lines), encoding="utf-8")
    with Study.open(folder / "s.duckdb", create=True) as study:
        report = import_files(study, [file])
        assert not report.rejected
    return folder / "s.duckdb"


_WRONG = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200e\ufeff\u2028\ud800-\udfff\U000e0041]"
)


def harmless(pilot: Pilot[int], place: str) -> str:
    """What is on the screen; nothing in it is more than something to look at."""
    text = shown(pilot)
    found = _WRONG.search(text)
    assert found is None, (place, ascii(text[max(0, found.start() - 30) : found.end() + 30]))
    for strip in pilot.app.screen._compositor.render_strips():
        for segment in strip:
            assert segment.style is None or segment.style.link is None, place
            clicked = segment.style.meta.get("@click", "") if segment.style else ""
            assert "quit" not in str(clicked), place
    return text


def in_view(pilot: Pilot[int], place: str) -> None:
    """The row under the cursor of the list in focus is in view."""
    rows = pilot.app.screen.focused
    if isinstance(rows, RowList) and rows.size.height:
        top = int(rows.scroll_offset.y)
        assert top <= max(0, rows.cursor) < top + rows.size.height, place


@pytest.mark.parametrize("places", HALVES, ids=("one half", "the other"))
async def test_every_place_bears_hostile_texts_and_every_size(hostile: Path, places: tuple[str, ...]) -> None:
    with Study.open(hostile) as study:
        async with InterprefApp(study).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            for place in places:
                await go_to(pilot, place)
                before = harmless(pilot, place).splitlines()
                assert len(before) == 24
                if not isinstance(pilot.app.focused, Input):
                    await pilot.press("j", "j")
                for size in ((40, 10), (200, 60), (20, 5), (80, 24)):
                    await pilot.resize_terminal(*size)
                    await settled(pilot)
                    assert len(harmless(pilot, place).splitlines()) == size[1], place
                    in_view(pilot, place)
                after = shown(pilot).splitlines()
                assert (after[0], after[-1]) == (before[0], before[-1]), place
            assert pilot.app.return_code is None
