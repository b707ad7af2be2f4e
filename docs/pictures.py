"""Draw the pictures of the documentation: the demo study's screens as SVG.

python docs/pictures.py
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled

from interpref_db.study.study import Study
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.annotation.annotate import AnnotateScreen
from interpref_tui.services.annotation import AnnotatorPreferences, AssignmentOptions, start_session
from interpref_tui.services.demo import make_demo

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpref_db.annotation.session import AnnotationSession

HERE = Path(__file__).parent / "screens"
BUNDLE = Path(__file__).parent.parent / "interpref_tui" / "demo_data" / "study.jsonl.gz"
PICTURES = {
    "home": (),
    "histories": ("2",),
    "items": ("3", "enter"),
    "verdict": ("5", *["j"] * 4, "enter"),
    "scores": ("8", *["right_square_bracket"] * 5, *["l"] * 9),
    "failures": ("6", "l", "l", "enter", "j"),
}


def annotating(study: Study) -> tuple[AnnotationSession, Callable[[], AnnotateScreen]]:
    """A session that compares two runs of the demo study."""
    session = start_session(study, "anna", AssignmentOptions(runs=("sample-attentive", "sample-generic")))
    return session, lambda: AnnotateScreen(session, AnnotatorPreferences())


async def draw(
    study: Study, name: str, keys: tuple[str, ...], start: Callable[[], AnnotateScreen] | None = None
) -> None:
    """One screen after these keys, without addresses of fonts: the viewer's own will do."""
    app = InterprefApp(study, start=start)
    app.study_name = "demo.duckdb"
    async with app.run_test(size=(120, 36)) as pilot:
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            for _ in range(3):
                with suppress(WorkerCancelled):  # a newer look at the study took its place
                    await pilot.app.workers.wait_for_complete()
                await pilot.pause(0.1)
        picture = re.sub(
            r"@font-face\s*\{.*?\}", "", app.export_screenshot(title=f"interpref: {name}"), flags=re.DOTALL
        )
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


def main() -> int:
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        make_demo(path, BUNDLE)
        with Study.open(path) as study:
            for name, keys in PICTURES.items():
                asyncio.run(draw(study, name, keys))
            session, start = annotating(study)
            with session:
                asyncio.run(draw(study, "annotate", ("l", "[", "d"), start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
