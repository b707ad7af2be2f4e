"""Leaving the screens, and the terminal, with a run at work that was to go on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from interpref_db.study.paths import StudyPaths
from interpref_db.study.run_status import RunStatusReader
from tests.support.cli import COMMAND, environment
from tests.support.fake_openai import FakeOpenAI
from tests.support.studies import small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_that_was_left_running_survives_the_screens_and_their_terminal(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    small_study(study, small_records(12, runs=())).close()
    watch = RunStatusReader(StudyPaths(study))
    with FakeOpenAI(delay=0.3) as server:
        more = {"OPENAI_BASE_URL": server.url, "INTERPREF_MODEL": "openai/m", "INTERPREF_RUN__CONCURRENCY": "1"}
        with Terminal([*COMMAND, str(study)], environment(tmp_path, **more), columns=100, rows=30) as terminal:
            terminal.wait_for("24 histories")
            terminal.send(b"4")
            terminal.wait_for("No runs yet", 60)
            terminal.send(b"n")
            terminal.wait_for("New run", 60)
            terminal.send(b"\r")
            terminal.wait_for("/24", 90)
            terminal.send(b"q")
            terminal.wait_for("leave them running", 90)
            terminal.send(b"l")
            terminal.read(1)
        for _ in range(300):
            if watch.all() and not watch.all()[0].is_running:
                break
            time.sleep(0.1)
    (status,) = watch.all()
    assert status.state == "done"
    assert status.number("done") == 24
