"""What the engine makes of calls that fail: tried again, given up alone, or the end of the run."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.engine import Outcome, Progress, Task, TaskContext
from interpref_core.providers import Provider, open_provider
from interpref_core.records.runs import CallError, Response
from tests.support.engine_runs import MemorySink, answer_task, answer_tasks
from tests.support.fake_openai import FakeOpenAI, Reply, always, friendly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.records.base import Record
from tests.support.engine_runs import engine


async def test_failures_that_may_pass_are_tried_again(server: FakeOpenAI, provider: Provider) -> None:
    trouble = [
        Reply(status=500),
        Reply(status=503),
        Reply(drop=True),
        Reply(raw=b'{"choices": ['),
        Reply(choices=False),
        Reply(raw=b"<html>busy</html>", content_type="text/html"),
        Reply(status=429),
        Reply(status=408),
    ]

    def script(body: dict[str, Any], before: int) -> Reply:
        number = int(body["messages"][-1]["content"].split()[1][:-1])
        return trouble[number % len(trouble)] if before == 0 else friendly(body, before)

    server.script = script
    sink = MemorySink()
    outcome = await engine(provider, sink).run(answer_tasks(32), total=32)
    assert (outcome.progress.done, outcome.progress.failed, outcome.progress.retries) == (32, 0, 32)
    assert outcome.progress.rate_limited == 4
    assert all(count == 2 for count in server.counts.values())
    assert {r.provenance.attempts for r in sink.of(Response)} == {2}


async def test_what_fails_for_good_fails_alone(server: FakeOpenAI, provider: Provider) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        content = body["messages"][-1]["content"]
        if content.endswith("7?"):
            return Reply(status=400, error="this is not allowed")
        return Reply(text="") if content.endswith("3?") else friendly(body, before)

    server.script = script
    sink = MemorySink()
    outcome = await engine(provider, sink).run(answer_tasks(30), total=30)
    assert (outcome.progress.done, outcome.progress.failed) == (24, 6)
    assert outcome.errors == {"refused": 3, "empty": 3}
    assert outcome.broken is None
    errors = sink.of(CallError)
    assert {e.status for e in errors if e.error == "refused"} == {400}
    assert "this is not allowed" in outcome.first_errors["refused"]
    assert all(count == 1 for count in server.counts.values()), "an answer that will not change is not asked for again"


async def test_an_error_in_a_task_fails_that_task(provider: Provider) -> None:
    async def work(_: TaskContext) -> Record:
        raise ZeroDivisionError("oh")

    bad = answer_task(1)
    sink = MemorySink()
    tasks = [Task("bad", "", work, bad.failure), answer_task(2)]
    outcome = await engine(provider, sink).run(tasks, total=2)
    assert outcome.errors == {"internal": 1}
    assert outcome.progress.done == 1


async def test_a_refused_key_ends_the_run_at_once(server: FakeOpenAI, provider: Provider) -> None:
    server.script = always(Reply(status=401, error="Incorrect API key provided: sk-abcdef123456"))
    sink = MemorySink()
    outcome = await engine(provider, sink, concurrency=4).run(answer_tasks(500), total=500)
    assert outcome.progress.state == "failed"
    assert outcome.broken is not None
    assert "check the key in OPENAI_API_KEY" in outcome.broken
    assert "sk-abcdef" not in outcome.broken
    assert len(server.asked) <= 8


@pytest.mark.parametrize("status", [403, 404, 400])
async def test_five_equal_refusals_at_the_start_end_the_run(
    server: FakeOpenAI, provider: Provider, status: int
) -> None:
    server.script = always(Reply(status=status, error="temperature is not supported"))
    outcome = await engine(provider, MemorySink(), concurrency=4).run(answer_tasks(500), total=500)
    assert outcome.broken is not None
    assert outcome.broken.startswith("5 failures in a row")
    assert len(server.asked) <= 12


async def test_a_server_that_is_not_there_ends_the_run_soon() -> None:
    provider = open_provider("openai/fake", base_url="http://127.0.0.1:9/v1", timeout=5.0)
    start = time.monotonic()
    outcome = await engine(provider, MemorySink(), first_wait=0.1).run(answer_tasks(500), total=500)
    await provider.close()
    assert outcome.broken is not None
    assert "127.0.0.1:9" in outcome.broken
    assert time.monotonic() - start < 5


async def test_retry_after_pauses_everything(server: FakeOpenAI, provider: Provider) -> None:
    told: list[float] = []

    def script(body: dict[str, Any], before: int) -> Reply:
        if len(server.asked) == 20:
            told.append(time.monotonic())
            return Reply(status=429, headers={"Retry-After": "1"})
        return friendly(body, before)

    server.script = script
    server.delay = 0.01
    seen: list[Progress] = []

    class Display:
        def start(self, progress: Progress) -> None: ...
        def update(self, progress: Progress) -> None:
            seen.append(progress)

        def finish(self, outcome: Outcome) -> None: ...

    outcome = await engine(provider, MemorySink(), display=Display(), concurrency=8).run(answer_tasks(60), total=60)
    assert outcome.progress.done == 60
    assert outcome.progress.rate_limited == 1
    quiet = [moment for moment in server.times if told[0] + 0.15 < moment < told[0] + 0.98]
    assert not quiet, "nothing is sent before the time that the server gave, but what was on its way"
    assert any(p.state == "waiting" and "asked to wait" in p.reason for p in seen)
    assert outcome.progress.limit < 8 or outcome.progress.calls > 40


async def test_too_many_at_once_shrinks_the_limit_and_recovers(server: FakeOpenAI, provider: Provider) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=429) if server.at_once > 6 else friendly(body, before)

    server.script = script
    server.delay = 0.02
    run = engine(provider, MemorySink(), concurrency=20, attempts=50)
    outcome = await run.run(answer_tasks(200), total=200)
    assert outcome.progress.done == 200
    assert outcome.progress.limit < 16
    assert outcome.progress.rate_limited < 150


async def test_a_slow_call_is_timed_out_and_tried_again(server: FakeOpenAI) -> None:
    server.script = lambda _, before: Reply(text="late", delay=3.0 if before == 0 else 0.0)
    provider = open_provider("openai/fake", base_url=server.url, timeout=0.3)
    outcome = await engine(provider, MemorySink()).run(answer_tasks(5), total=5)
    await provider.close()
    assert (outcome.progress.done, outcome.progress.retries) == (5, 5)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), ValueError("not a number")])
async def test_a_disk_that_refuses_ends_the_run(server: FakeOpenAI, provider: Provider, error: Exception) -> None:
    class FullSink(MemorySink):
        def append(self, lines: Sequence[Record]) -> None:
            if self.groups:
                raise error
            super().append(lines)

    sink = FullSink()
    server.delay = 0.02
    outcome = await engine(provider, sink).run(answer_tasks(5000), total=5000)
    assert outcome.broken is not None
    assert "the journal cannot be written" in outcome.broken
    assert outcome.progress.done == len(sink.records)
    assert len(server.asked) < 2500


@pytest.mark.parametrize(
    ("reply", "kind", "beginning"),
    [
        (
            Reply(raw=b"<html>\x1b[31mbusy sk-abcdefghijklmnop1234", content_type="text/html"),
            "reply",
            "<html>\x1b[31mbusy",
        ),
        (Reply(text="", finish_reason="content_filter"), "empty", "{"),
        (Reply(choices=False, text="x"), "reply", "{"),
    ],
)
async def test_what_came_instead_of_an_answer_is_kept_with_the_error(
    server: FakeOpenAI, provider: Provider, reply: Reply, kind: str, beginning: str
) -> None:
    server.script = always(reply)
    sink = MemorySink()
    await engine(provider, sink, attempts=2).run(answer_tasks(1), total=1)
    (error,) = sink.of(CallError)
    assert error.error == kind
    assert error.answer is not None
    assert error.answer.startswith(beginning)
    assert "abcdefghij" not in error.answer
    assert len(error.answer) <= 4000
