"""How the screens look, at several sizes, with data that stays the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from interpref_core.annotation.labels import Assignment
from interpref_core.records.runs import Response
from interpref_db.annotation.session import AnnotationSession
from interpref_themes import palettes
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.annotation.annotate import AnnotateScreen
from interpref_tui.services.annotation import AnnotatorPreferences
from interpref_tui.settings.model import Settings
from tests.support.pilot import press, settled
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.pilot import Pilot

    from interpref_db.study.study import Study
    from interpref_tui.terminal.capabilities import Colours

SIZES = [(80, 24), (120, 40), (200, 60)]
SCREENS = {
    "home": (),
    "histories": ("2",),
    "items": ("3",),
    "item": ("3", "enter"),
    "answers": ("3", "enter", "v"),
    "runs": ("4",),
    "verdicts": ("5",),
    "verdict": ("5", "enter"),
    "assignments": ("7",),
    "failures": ("6",),
    "failures-behind": ("6", "enter"),
    "scores": ("8",),
    "scores-plot": ("8", "v"),
    "history": ("2", "enter"),
    "search": ("2", "slash", "w", "o"),
    "new-run": ("4", "n"),
    "errors": ("4", "E"),
    "export": ("9",),
    "keys": ("2", "question_mark"),
    "themes": ("2", "T"),
    "scores-patterns": ("8", "right_square_bracket", "right_square_bracket"),
}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.chdir(tmp_path)  # commands that the screens name are told from here
    text = "界面 [b] 🙂 some words,"
    made = small_study(Path("s.duckdb"), small_records(4, text=text, runs=("one", "two"), pattern="LRLD"))
    yield made
    made.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_did(
    study: Study, screen: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await press(pilot, *SCREENS[screen])
        await _still(pilot)

    assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go)


async def _still(pilot: Pilot[int]) -> None:
    """No cursor blinks, and what waits a moment has come."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await settled(pilot)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("key", "1234567890")
def test_a_screen_of_an_empty_study_looks_as_it_did(
    tmp_path: Path,
    key: str,
    size: tuple[int, int],
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await press(pilot, key)
        await _still(pilot)

    with small_study(Path("s.duckdb"), iter(())) as empty:
        assert snap_compare(InterprefApp(empty), terminal_size=size, run_before=go)


@pytest.mark.parametrize("theme", [one.name for one in palettes()])
def test_a_theme_looks_as_it_did(study: Study, theme: str, snap_compare: Callable[..., bool]) -> None:
    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await press(pilot, "5", "enter")

    assert snap_compare(InterprefApp(study, Settings(theme=theme)), terminal_size=(80, 24), run_before=go)


@pytest.mark.parametrize("colours", ["sixteen", "none"])
@pytest.mark.parametrize("screen", ["home", "histories", "item", "verdict", "new-run", "scores"])
def test_a_screen_with_few_colours_looks_as_it_did(
    study: Study, screen: str, colours: Colours, snap_compare: Callable[..., bool]
) -> None:
    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await press(pilot, *SCREENS[screen])
        await _still(pilot)

    assert snap_compare(InterprefApp(study, colours=colours), terminal_size=(80, 24), run_before=go)


PROSE = {
    "plain": "The early train leaves at seven; book the quiet coach and bring tea.",
    "cjk": "如果您喜欢清淡的口味，可以先试试蒸鱼和豆腐，再配一碗热汤。🍲 表情符号 👩‍👩‍👧 也要占对宽度。",
    "rtl": "يمكنك حجز القطار المبكر ثم العودة مساءً. אפשר גם ברכבת הבאה.",
    "code": "Use a list:\n\n```python\ndef add(a: int, b: int) -> int:\n    return a + b  # [red]not markup[/red]\n```\n\n- one\n- two",
    "long": "A sentence that goes on about trains and tea. " * 450,
}
TASK_SIZES = [(80, 24), (120, 40), (200, 60)]
TASKS = ("compare", "match", "query", "score", "failure")


def _labelling(path: Path, kind: str) -> Study:
    records = []
    for n, one in enumerate(small_records(5, runs=("one", "two"), pattern="LRLD")):
        if isinstance(one, Response):
            text = f"{PROSE[kind]} ({one.side}{one.run})" if kind != "long" else PROSE[kind] + str(n)
            one = replace(one, text=text)
        records.append(one)
    return small_study(path, iter(records))


async def _settle(pilot: Pilot[int], *keys: str) -> None:
    await settled(pilot)
    await press(pilot, *keys)


def _annotating(study: Study, task: str, theme: str) -> tuple[InterprefApp, AnnotationSession]:
    runs = ("one", "two") if task == "compare" else ("one",)
    session = AnnotationSession(study, "ann", Assignment(task=task, runs=runs, judge="judge"))  # type: ignore[arg-type]
    app = InterprefApp(study, Settings(theme=theme), start=lambda: AnnotateScreen(session, AnnotatorPreferences()))
    return app, session


@pytest.mark.parametrize("size", TASK_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["interpref-dark", "interpref-light"])
@pytest.mark.parametrize("task", TASKS)
def test_every_task_looks_as_it_did(
    tmp_path: Path, task: str, theme: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    with _labelling(tmp_path / "s.duckdb", "plain") as study:
        app, session = _annotating(study, task, theme)
        with session:
            assert snap_compare(app, terminal_size=size, run_before=_settle)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("kind", ["cjk", "rtl", "code", "long"])
def test_every_kind_of_answer_looks_as_it_did(
    tmp_path: Path, kind: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    with _labelling(tmp_path / "s.duckdb", kind) as study:
        app, session = _annotating(study, "compare", "interpref-dark")

        async def go(pilot: Pilot[int]) -> None:
            # A vote and back again: the opinion is there too; the differing words are marked.
            await _settle(pilot, "left", "[", "d")

        with session:
            assert snap_compare(app, terminal_size=size, run_before=go)
