"""From key to durable label, against a bare fdatasync of a line of the same length, in turn, on the same disk.

    python -m benchmarks.annotation_latency [--folder WHERE] [--labels 2000]

Three clocks: the bare line (written and synced with nothing else), `AnnotationSession.decide` (what a label costs), and
the screen (a key event posted to the running application until the label is on the disk). Wanted: that the
screen's p99 is less than 10 ms beyond the bare sync's p99.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events

from interpref_core.annotation.labels import Assignment
from interpref_db.annotation.session import AnnotationSession
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.annotation.annotate import AnnotateScreen
from interpref_tui.services.annotation import AnnotatorPreferences
from interpref_tui.settings.model import Settings
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from interpref_db.study.study import Study

THINK = 0.06  # seconds between keys: a key held down; what is drawn meanwhile is drawn
LINE = 900  # bytes, as long as a label's line


class Bare:
    """Appends and syncs lines, nothing else."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._line = b"x" * (LINE - 1) + b"\n"

    def seconds(self) -> float:
        start = time.perf_counter()
        os.write(self._file, self._line)
        os.fdatasync(self._file)
        return time.perf_counter() - start


def by_session(study: Study, bare: Bare, labels: int) -> tuple[list[float], list[float]]:
    """Seconds of bare syncs and of `decide`, in turn."""
    syncs, decisions = [], []
    with AnnotationSession(study, "session", Assignment(task="compare", runs=("one", "two"), judge="judge")) as session:
        for place, entry in enumerate(session.queue[:labels]):
            session.prefetch(place)  # as the screen does meanwhile
            syncs.append(bare.seconds())
            start = time.perf_counter()
            session.decide(entry, "left")
            decisions.append(time.perf_counter() - start)
    return syncs, decisions


async def by_screen(study: Study, bare: Bare, labels: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of bare syncs, from key to disk, and from key to the next entry drawn, in turn."""
    session = AnnotationSession(study, "screen", Assignment(task="compare", runs=("one", "two"), judge="judge"))
    written = 0.0
    append = session._journal.append

    def timed(lines: Any) -> None:
        nonlocal written
        append(lines)
        written = time.perf_counter()

    session._journal.append = timed  # type: ignore[method-assign]  # to measure it
    syncs, durable, drawn = [], [], []
    app = InterprefApp(study, Settings(), start=lambda: AnnotateScreen(session, AnnotatorPreferences()))
    app.steady = True
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(2.5)
        screen = app.screen
        for number in range(labels):
            await asyncio.sleep(THINK)
            syncs.append(bare.seconds())
            entry = screen.entry  # type: ignore[attr-defined]  # the annotation screen's
            start = time.perf_counter()
            app.post_message(events.Key("h", "h"))
            while number + 1 < labels and screen.entry is entry:  # type: ignore[attr-defined]  # likewise
                await asyncio.sleep(0.0005)
            while session.decided <= number:
                await asyncio.sleep(0.0005)
            durable.append(written - start)
            drawn.append(time.perf_counter() - start)
    session.close()
    return syncs, durable, drawn


def percentiles(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"p50_ms": 1000 * statistics.median(times), "p99_ms": 1000 * cuts[98], "max_ms": 1000 * max(times)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; a temporary one when not given")
    parser.add_argument("--labels", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        os.environ["XDG_STATE_HOME"] = folder
        bare = Bare(Path(folder) / "bare.jsonl")
        with small_study(Path(folder) / "s.duckdb", small_records(asked.labels, runs=("one", "two"))) as study:
            syncs, decisions = by_session(study, bare, asked.labels)
            beside, durable, drawn = asyncio.run(by_screen(study, bare, asked.labels))
    found = {
        "bare fdatasync (beside decide)": percentiles(syncs),
        "decide": percentiles(decisions),
        "bare fdatasync (beside the screen)": percentiles(beside),
        "key to disk": percentiles(durable),
        "key to next entry": percentiles(drawn),
    }
    beyond = found["key to disk"]["p99_ms"] - found["bare fdatasync (beside the screen)"]["p99_ms"]
    print(json.dumps({"labels": asked.labels, **found, "p99 beyond fdatasync, ms": beyond}, indent=1))
    return 0 if beyond < 10 else 1


if __name__ == "__main__":
    raise SystemExit(main())
