"""Runs of one process, watched and stopped from another: how they are, how they ended, what of them failed."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from interpref_db.study.paths import StudyPaths
from interpref_db.study.run_status import RunStatus, RunStatusFile, RunStatusReader, request_stop
from tests.support.cli import interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(30, runs=())).close()
    return path


def seen(study: Path, until: Callable[[RunStatus], bool]) -> RunStatus:
    """The only status of a study, once it is as wanted."""
    watch = RunStatusReader(StudyPaths(study))
    for _ in range(600):
        for status in watch.all():
            if until(status):
                return status
        time.sleep(0.05)
    raise AssertionError(f"never seen: {watch.all()}")


def generate(study: Path, url: str, *more: str) -> tuple[object, ...]:
    return ("generate", study, "--model", "openai/m", "--base-url", url, "--paradigm", "np", *more)


def states(tmp_path: Path, study: Path, kind: str = "runs") -> list[str]:
    return [row["state"] for row in interpref(tmp_path, "list", study, kind, "--json").lines]


def test_a_run_is_seen_at_work_stopped_by_another_process_and_goes_on(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI(delay=0.2) as server:
        command = generate(study, server.url, "--concurrency", "2", "--json")
        with start(tmp_path, *command, OPENAI_API_KEY=KEY) as first:
            status = seen(study, lambda one: one.is_running and one.number("done") > 0)
            assert status.facts["pid"] == first.pid
            assert status.text("title") == "m-np"
            assert status.command[0] == "generate"
            assert "--json" not in status.command
            assert states(tmp_path, study) == ["running"]
            request_stop(StudyPaths(study), status.id)
            out, err = first.communicate(timeout=30)
        assert first.returncode == 130, err
        assert "stopped" in out
        ended = seen(study, lambda one: not one.is_running)
        assert ended.state == "stopped"
        assert ended.progress["latency"]["count"] == ended.progress["calls"] > 0
        assert states(tmp_path, study) == ["stopped"]
        text = StudyPaths(study).run_status(status.id).read_text(encoding="utf-8")
        assert KEY not in text
        assert interpref(tmp_path, *command).code == 0
    assert seen(study, lambda one: not one.is_running).state == "done"
    assert states(tmp_path, study) == ["done"]


def test_a_run_that_was_killed_is_known_for_dead_at_once(tmp_path: Path, study: Path) -> None:
    with (
        FakeOpenAI(delay=0.2) as server,
        start(tmp_path, *generate(study, server.url, "--concurrency", "2", "--json")) as process,
    ):
        status = seen(study, lambda one: one.is_running)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert next(one for one in RunStatusReader(StudyPaths(study)).all() if one.id == status.id).state == "killed"
        assert states(tmp_path, study) == ["killed"]


def test_a_status_is_never_half_written_and_never_looks_dead_while_somebody_writes_it(tmp_path: Path) -> None:
    places = StudyPaths(tmp_path / "s.duckdb")
    places.runs.mkdir(parents=True)
    file = RunStatusFile(places, "r", {"kind": "generate"})
    file.write({"done": 0})
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            file.write({"done": n, "padding": "x" * (n % 3000)})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(2000):
            found = RunStatusReader(places).all()
            assert [one.is_running for one in found] == [True]
    finally:
        stop.set()
        writer.join()
    file.close()
    assert [one.state for one in RunStatusReader(places).all()] == ["killed"]


def test_a_broken_status_is_left_alone(tmp_path: Path) -> None:
    places = StudyPaths(tmp_path / "s.duckdb")
    places.runs.mkdir(parents=True)
    for n, text in enumerate(['{"id"', "[]", "null", '{"id": 3}', "\x00", '{"id": "x", "progress": [], "ended": 1}']):
        places.run_status(f"r{n}").write_text(text)
    assert [(one.id, one.state) for one in RunStatusReader(places).all()] == [("x", "killed")]


def test_a_server_that_misbehaves_leaves_its_words_with_what_failed(tmp_path: Path, study: Path) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        text = body["messages"][-1]["content"]
        number = int(text.split("number ")[-1].split("?")[0])
        if number % 5 == 1:
            return Reply(status=400, error="not this one [/b]")
        if number % 5 == 2 and not before:
            return Reply(status=429, headers={"Retry-After": "1"}, error="slowly")
        if number % 5 == 3:
            return Reply(raw=b"<html>\x1b[2Jbusy</html>", content_type="text/html")
        return Reply(text="an answer", delay=0.01)

    with FakeOpenAI(script) as server:
        command = generate(study, server.url, "--attempts", "2", "--json")
        done = interpref(tmp_path, *command)
        assert done.code == 3, done.err
        last = done.lines[-1]
        assert last["errors"] == {"refused": 12, "reply": 12}
        assert "not this one" in last["first_errors"]["refused"]
        assert last["rate_limited"] > 0
        assert last["latency"]["p50"] > 0
        errors = interpref(tmp_path, "list", study, "errors", "--json").lines
        assert {one["state"] for one in errors} == {"failed"}
        assert {one["answer"][:6] for one in errors if one["error"] == "reply"} == {"<html>"}
        assert states(tmp_path, study) == ["partly done"]
        shown = interpref(tmp_path, "list", study, "errors")
        assert "\x1b" not in shown.out
        # Again: what failed once more is listed once as failed; what came is made good.
        server.script = lambda body, before: script(body, before) if "number 1?" in str(body) else Reply(text="fine")
        assert interpref(tmp_path, *command).code == 3
        errors = interpref(tmp_path, "list", study, "errors", "--json").lines
        counted = {
            state: sum(one["state"] == state for one in errors) for state in ("failed", "tried again", "made good")
        }
        assert counted == {"failed": 2, "tried again": 2, "made good": 22}
