"""Every place of the screens, by keys from any other one, and a study that has something in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from interpref_core.annotation.labels import Assignment
from interpref_core.clustering.events import PROGRAM
from interpref_core.records.construction import Chunk, Lineage, Query, StageOutput, StageRun
from interpref_core.records.data import Preference
from interpref_core.records.runs import CallError
from interpref_db.clusters.workspace import ClusterWorkspace
from tests.support.judged import judged_records
from tests.support.labels import label
from tests.support.pilot import press, settled, shown
from tests.support.studies import small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_core.records.base import Record
    from interpref_db.study.study import Study

# The keys that lead to a place from Home.
PLACES: dict[str, tuple[str, ...]] = {
    "home": (),
    "histories": ("2",),
    "history": ("2", "enter"),
    "history-search": ("2", "enter", "slash", *"turn"),
    "items": ("3",),
    "item": ("3", "enter"),
    "item-answers": ("3", "enter", "v"),
    "item-two-runs": ("3", "enter", "v", "c", "d", "p"),
    "item-trace": ("3", "enter", "v", "w"),
    "runs": ("4",),
    "run": ("4", "enter"),
    "run-errors": ("4", "E"),
    "run-error": ("4", "E", "enter"),
    "form-run": ("4", "n"),
    "form-judge": ("4", "J"),
    "form-compare": ("4", "C"),
    "verdicts": ("5",),
    "verdicts-only": ("5", "f"),
    "verdict": ("5", "enter"),
    "verdict-raw": ("5", "enter", "r"),
    "verdict-answers": ("5", "enter", "enter"),
    "failures": ("6",),
    "failures-behind": ("6", "enter"),
    "annotate": ("7",),
    "annotate-form": ("7", "n"),
    "annotate-name": ("7", "enter"),
    "annotate-agreement": ("7", "a"),
    "scores": ("8",),
    "scores-behind": ("8", "enter"),
    # The plots, one after another: the screen stays at its table.
    "plot-rates": ("8", "v"),
    "plot-win-rates": ("8", "right_square_bracket", "right_square_bracket", "right_square_bracket"),
    "plot-bradley-terry": ("8", "right_square_bracket"),
    "plot-both": ("8", "right_square_bracket"),
    "scores-agreement": ("8", "v", "right_square_bracket"),
    "export": ("9",),
    "build": ("0",),
    "build-stage": ("0", "j", "b"),
    "build-all": ("0", "B"),
    "build-report": ("0", "v"),
    "build-refused": ("0", "R"),
    "build-behind": ("0", "enter"),
    "clusters": ("0", "c"),
    "clusters-coarser": ("0", "c", "plus", "plus"),
    "clusters-name": ("0", "c", "n"),
    "clusters-category": ("0", "c", "C"),
    "palette": ("3", "colon"),
    "palette-found": ("3", "colon", *"things"),
    "jump": ("3", "semicolon"),
    "columns": ("3", "vertical_line"),
    "search": ("3", "slash", *"number 3"),
    "filter": ("3", "slash", *"category:"),
    "filter-wrong": ("3", "slash", *"nonsense:x"),
    "filter-fields": ("3", "slash", "f2"),
    "nothing-found": ("3", "slash", *"zzzz"),
    "keys": ("3", "question_mark"),
    "keys-of-a-verdict": ("5", "enter", "question_mark"),
    "themes": ("3", "T"),
    "messages": ("3", "M"),
}
# Those that tests/tui/test_looks.py and others have pictures of already; and messages, which tell the time.
PICTURED = frozenset((
    "home", "histories", "history", "history-search", "items", "item", "item-answers", "item-two-runs", "runs", "run", "run-errors",
    "run-error", "form-run", "verdicts", "verdict", "failures", "failures-behind", "annotate", "export", "build", "clusters",
    "clusters-coarser", "clusters-category", "keys", "themes", "messages",
))  # fmt: skip


def walked_records(text: str) -> Iterator[Record]:
    """Two judged runs, what failed of them, and what construction made."""
    yield from judged_records(text)
    for n, error in enumerate(("timeout", "refused", "refused")):
        yield CallError(
            id=f"e{n}", run="one", item=f"new{n}", side="a", error=error, message=f"no answer {text}", attempts=3,
            time=f"2026-11-23T10:14:0{n}Z", answer=f'{{"error": "{text}"}}',
        )  # fmt: skip
    yield StageRun(id="b1", stage="extract", generation=1, model=f"big {text}", time="2026-11-23T10:00:00Z")
    refused = ({"text": f"no sentence {text}", "reason": f"no sentence {text}"}, {"text": "y", "reason": "given twice"})
    yield StageOutput(id="m1", building="b1", stage="extract", subject="h0a", part=1, made={"x": 1}, refused=refused)
    yield Chunk(
        id="c1", history="h0a", number=1, first_turn=1, last_turn=3, queries=2, topic=f"bees {text}", building="b1"
    )
    for n, said in enumerate(("The user keeps bees.", "The user is keeping bees.", "The user paints doors.")):
        yield Preference(id=f"x{n}", text=f"{said} {text}".strip(), category="Lifestyle", subcategory="Hobby")
        yield Lineage(id=f"x{n}", kind="preference", thing=f"x{n}", source_kind="chunk", source="c1", turns=(1, 2))
    yield Query(id="k1", pair="q1", number=1, text=f"What shall I do on Sunday? {text}", building="b1")


def walked_study(path: Path, text: str = "界面 [b] 🙂 some words,") -> Study:
    """A study of these, two people's labels of an assignment, clusters."""
    study = small_study(path, walked_records(text))
    with study.writing("test") as writer:
        writer.add([Assignment(task="compare", runs=("one", "two"))], origin="labels")
        answers = ("a", "b", "tie", "a")
        labels = [label(who, f"i{n}", answers[(n + k) % 4], n) for k, who in enumerate(("ann", "bo")) for n in range(8)]
        writer.add([*labels, label("ann", "i1", None, 20, event="mark", comment=f"hm {text}")], origin="labels")
        writer.fold("labels")
    ClusterWorkspace(study, PROGRAM).join_new()
    return study


async def home(pilot: Pilot[int]) -> None:
    """Back to Home, from wherever we are, with nothing to take back."""
    app = pilot.app
    for _ in range(8):
        if type(app.screen).__name__ == "HomeScreen":
            break
        await pilot.press("escape", *(["1"] if len(app.screen_stack) <= 3 else []))
        await settled(pilot)
    assert type(app.screen).__name__ == "HomeScreen", app.screen_stack


async def go_to(pilot: Pilot[int], place: str) -> None:
    """From anywhere to a place; everything that comes a moment later has come."""
    await home(pilot)
    keys = PLACES[place]
    typed = next((n + 1 for n, key in enumerate(keys) if key in ("slash", "colon")), len(keys))
    await press(pilot, *keys[:typed])
    await pilot.press(*keys[typed:])
    await still(pilot)


async def still(pilot: Pilot[int]) -> None:
    """Wait until the screen stays as it is; no cursor blinks."""
    before = ""
    for _ in range(40):
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await settled(pilot)
        await pilot.pause(0.1)
        now = shown(pilot)
        if now == before:
            return
        before = now
