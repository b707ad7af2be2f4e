"""The screens on damaged studies and on values that no program of ours writes: something stands there, and nothing falls over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.worker import WorkerFailed

from interpref_db.errors import StudyError
from interpref_db.study.study import Study
from interpref_tui.app.app import InterprefApp
from tests.support.odd_rows import odd_study
from tests.support.pilot import press, shown
from tests.support.strangers import base_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


async def _press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys; a worker that fails is the screen's to tell of, not the test's."""
    for _ in range(20):
        try:
            await press(pilot, *keys)
        except WorkerFailed:
            keys = ()
        else:
            return


async def _walk(study: Study) -> list[str]:
    found = []
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await _press(pilot)
        for key in ("2", "3", "4", "5", "6", "7", "8", "9", "1"):
            await _press(pilot, key)
            found.append(shown(pilot))
            if key in "2345":
                await _press(pilot, "enter")
                found.append(shown(pilot))
                await _press(pilot, "escape")
        assert pilot.app.is_running
        assert pilot.app.return_code in (None, 0)
    return found


@pytest.mark.parametrize("texts", [True, False])
async def test_odd_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: bool) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Study.open(odd_study(tmp_path / "s.duckdb", texts=texts)) as study:
        for text in await _walk(study):
            assert not {c for c in text if ord(c) < 32 and c != "\n"}


async def test_a_damaged_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    whole = base_study(tmp_path / "whole.duckdb").read_bytes()
    walked = told = 0
    for start in range(3 * 4096 + 262_144, len(whole) - 262_144 + 1, 262_144):
        path = tmp_path / f"{start}.duckdb"
        content = bytearray(whole)
        content[start + 300] ^= 1
        path.write_bytes(content)
        try:
            study = Study.open(path)
        except StudyError:
            continue
        with study:
            walked += 1
            told += any("damaged" in text for text in await _walk(study))
    assert walked
    assert told
