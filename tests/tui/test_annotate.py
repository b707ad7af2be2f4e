"""The annotation screen by keys alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.annotation.labels import Assignment
from interpref_core.records.runs import Response
from interpref_db.annotation.session import AnnotationSession
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.annotation.annotate import AnnotateScreen
from interpref_tui.services.annotation import AnnotatorPreferences
from interpref_tui.settings.model import Settings
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = small_study(tmp_path / "s.duckdb", small_records(6, runs=("one", "two"), text=HOSTILE, pattern="LRLL"))
    yield made
    made.close()


class Annotating:
    """The app with one session open on its screen."""

    def __init__(
        self,
        study: Study,
        *,
        size: tuple[int, int] = (120, 40),
        manner: AnnotatorPreferences | None = None,
        who: str = "ann",
        **assignment: Any,
    ) -> None:
        runs = ("one",) if assignment.get("task") in ("match", "failure", "score") else ("one", "two")
        self.assignment = Assignment(**{"task": "compare", "runs": runs, "judge": "judge", **assignment})
        self.session = AnnotationSession(study, who, self.assignment)
        manner = manner or AnnotatorPreferences()
        self.app = InterprefApp(study, Settings(), start=lambda: AnnotateScreen(self.session, manner))
        self.size = size

    async def __aenter__(self) -> tuple[Pilot[int], AnnotateScreen]:
        self.running = self.app.run_test(size=self.size)
        pilot = await self.running.__aenter__()
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AnnotateScreen)
        return pilot, screen

    async def __aexit__(self, *error: object) -> None:
        await self.running.__aexit__(*error)  # type: ignore[arg-type]
        self.session.close()


def answers(screen: AnnotateScreen) -> list[str | None]:
    found = (screen.session.ledger.current(entry) for entry in screen.session.queue)
    return [one.shown if one else None for one in found]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("left", "left"),
        ("h", "left"),
        ("right", "right"),
        ("l", "right"),
        ("up", "tie"),
        ("t", "tie"),
        ("down", "both bad"),
        ("b", "both bad"),
        ("s", "skip"),
    ],
)
async def test_one_key_decides_and_the_next_entry_is_there(study: Study, key: str, answer: str) -> None:
    async with Annotating(study) as (pilot, screen):
        first = screen.entry
        await press(pilot, key)
        assert answers(screen)[0] == answer
        assert screen.entry == screen.session.queue[1] != first
        assert f"saved: {answer}".lower() in shown(pilot).lower()
        lines = study.places.label_journal("ann").read_text(encoding="utf-8").splitlines()
        assert json.loads(lines[-1])["shown"] == answer


async def test_enter_backspace_and_space_never_decide(study: Study) -> None:
    async with Annotating(study) as (pilot, screen):
        await press(pilot, "enter", "backspace", "space", "delete", "x", "1", "tab")
        assert answers(screen) == [None] * 6


async def test_undo_reopens_with_the_old_vote_shown_and_redo_gives_it_again(study: Study) -> None:
    async with Annotating(study) as (pilot, screen):
        await press(pilot, "left", "t", "u")
        assert answers(screen)[:2] == ["left", None]
        assert screen.entry == screen.session.queue[1]
        assert "tie" in shown(pilot).lower()
        await press(pilot, "u")
        assert answers(screen)[:2] == [None, None]
        assert screen.entry == screen.session.queue[0]
        await press(pilot, "u")
        assert "nothing to undo" in shown(pilot)
        await press(pilot, "U", "U")
        assert answers(screen)[:2] == ["left", "tie"]


async def test_going_back_and_correcting_supersedes(study: Study) -> None:
    async with Annotating(study) as (pilot, screen):
        await press(pilot, "left", "left", "[", "[")
        assert screen.entry == screen.session.queue[0]
        await press(pilot, "right")
        assert answers(screen)[:3] == ["right", "left", None]
        # On to what is undecided, not to what comes after.
        assert screen.entry == screen.session.queue[2]


async def test_no_model_is_named_and_the_opinion_comes_after_the_vote(study: Study) -> None:
    async with Annotating(study, size=(200, 50)) as (pilot, screen):
        text = shown(pilot)
        assert "model-one" not in text
        assert "model-two" not in text
        assert "orders right" not in text
        await press(pilot, "o")
        assert "after your vote" in shown(pilot)
        assert "orders right" not in shown(pilot)
        await press(pilot, "left", "[")
        assert "orders right" in shown(pilot)
        await press(pilot, "right")
        label = screen.session.ledger.current(screen.session.queue[0])
        assert label is not None
        assert (label.opinion["seen"], label.first is not None, label.first != label.answer) == (True, True, True)


async def test_the_opinion_may_come_before_or_never(study: Study) -> None:
    async with Annotating(study, opinion="before") as (pilot, _screen):
        assert "orders right" in shown(pilot)
    async with Annotating(study, opinion="never", who="bo") as (pilot, screen):
        await press(pilot, "left", "[", "o")
        assert "orders right" not in shown(pilot)
        assert screen.session.ledger.current(screen.session.queue[0]).opinion == {"mode": "never", "seen": False}  # type: ignore[union-attr]  # there is one


async def test_with_a_confirming_key_the_first_key_is_the_blind_vote(study: Study) -> None:
    async with Annotating(study, manner=AnnotatorPreferences(confirm=True)) as (pilot, screen):
        await press(pilot, "left")
        assert answers(screen) == [None] * 6
        assert "space confirms" in shown(pilot)
        assert "orders right" in shown(pilot)
        await press(pilot, "t", "space")
        label = screen.session.ledger.current(screen.session.queue[0])
        assert label is not None
        assert label.answer == "tie"
        assert label.first == screen.session.remaining(label.entry)
        assert label.opinion["seen"] is True


async def test_staying_on_the_entry_when_advance_is_off(study: Study) -> None:
    async with Annotating(study, manner=AnnotatorPreferences(advance=False)) as (pilot, screen):
        await press(pilot, "left")
        assert screen.entry == screen.session.queue[0]
        assert "left" in shown(pilot).lower()
        await press(pilot, "]")
        assert screen.entry == screen.session.queue[1]


async def test_flag_comment_confidence_and_filter(study: Study) -> None:
    async with Annotating(study) as (pilot, screen):
        entry = screen.entry
        await press(pilot, "f", "4", "left")
        label = screen.session.ledger.current(entry)
        assert label is not None
        assert (label.confidence, label.flagged) == (4, True)
        await press(pilot, "c", *"hm", "enter")
        assert screen.session.ledger.get_mark(screen.session.queue[1]).comment == "hm"
        await press(pilot, "t", "t", "v", "v", "v", "[")
        assert screen.entry == entry


async def test_answers_can_be_switched_zoomed_and_marked(study: Study) -> None:
    async with Annotating(study, size=(80, 24)) as (pilot, _screen):
        seen = set()
        for _ in range(4):
            text = shown(pilot)
            seen |= {side for side in "ab" for _ in [0] if f"answer {side} to" in " ".join(text.split())}
            await press(pilot, "tab")
        assert seen == {"a", "b"}
        await press(pilot, "d")
        assert "marked: differences" in shown(pilot)
        await press(pilot, "p", "z", "z")
        assert "preference words" in shown(pilot)


@pytest.mark.parametrize(
    ("task", "keys", "wanted"),
    [
        ("match", ("left",), {"right", "wrong"}),
        ("match", ("t",), {"don't know"}),
        ("query", ("left",), {"refuse"}),
        ("query", ("right",), {"accept"}),
        ("score", ("4",), {"4"}),
        ("failure", ("1", "3", "space"), {"ignores the preference; invents a preference"}),
        ("failure", ("5", "space"), {"no failure"}),
    ],
)
async def test_every_task_takes_its_own_answers(
    study: Study, task: str, keys: tuple[str, ...], wanted: set[str]
) -> None:
    async with Annotating(study, task=task, opinion="never") as (pilot, screen):
        entry = screen.entry
        await press(pilot, *keys)
        label = screen.session.ledger.current(entry)
        assert label is not None
        assert label.answer in wanted
        assert "model-one" not in shown(pilot)


async def test_the_end_is_said_and_leaving_says_what_was_done(study: Study) -> None:
    async with Annotating(study) as (pilot, screen):
        await press(pilot, *["left"] * 6)
        assert "everything is decided" in shown(pilot)
        assert screen.session.decided == 6
        await press(pilot, "escape")
    summary = screen.session.summary()
    assert (summary.labelled, summary.decided, summary.total) == (6, 6, 6)


async def test_a_label_that_cannot_be_written_is_refused_aloud(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Annotating(study) as (pilot, screen):

        def full(_lines: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(screen.session._journal, "append", full)
        first = screen.entry
        await press(pilot, "left")
        text = shown(pilot)
        assert "not saved" in text
        assert "saved: left" not in text.lower()
        assert screen.entry == first
        assert answers(screen) == [None] * 6


async def test_answers_that_name_their_model_are_hidden_and_flagged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    records = [
        Response(id=one.id, run=one.run, item=one.item, side=one.side, text="As ChatGPT I say yes. model-one here.")
        if isinstance(one, Response)
        else one
        for one in small_records(2, runs=("one", "two"))
    ]
    with small_study(tmp_path / "s.duckdb", iter(records)) as study:
        async with Annotating(study) as (pilot, screen):
            assert "ChatGPT" not in shown(pilot)
            assert "model-one" not in shown(pilot)
            await press(pilot, "left")
            assert "names a model" in (screen.session.ledger.current(screen.session.queue[0]).flags or ())  # type: ignore[union-attr]  # there is one


async def test_guidelines_agreement_and_facts_open_and_close(study: Study) -> None:
    async with Annotating(study, guideline="h", guideline_text="# Be fair\n\nRead [b]both[/b] first.") as (
        pilot,
        screen,
    ):
        await press(pilot, "g")
        assert "[b]both[/b]" in shown(pilot)
        await press(pilot, "escape", "i")
        assert "likes a-things" in shown(pilot)
        await press(pilot, "escape", "left", "a")
        assert "ann" in shown(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen is screen


async def test_every_width_shows_the_question_and_the_state(study: Study) -> None:
    for size in ((80, 24), (120, 40), (200, 60), (60, 15)):
        async with Annotating(study, size=size) as (pilot, _screen):
            text = shown(pilot)
            assert "0/6" in text
            assert "What about things" in text
            # No line is wider than the terminal.
            assert max(len(line) for line in text.splitlines()) <= size[0]


async def test_the_place_annotate_offers_assignments_and_goes_on_with_one(study: Study) -> None:
    with AnnotationSession(study, "ann", Assignment(task="compare", runs=("one", "two"))) as session:
        session.decide(session.queue[0], "left")
    app = InterprefApp(study, Settings(annotator="ann"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "7")
        assert "compare" in shown(pilot)
        # A form asks who it is; the configuration's name stands there.
        await press(pilot, "enter")
        assert "your name" in shown(pilot)
        await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, AnnotateScreen)
        assert pilot.app.screen.session.decided == 1
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, AnnotateScreen)
