"""The engine against a real HTTP server on loopback: what is asked, how often, and what is kept."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.engine import Asking, Engine, Limiter, Limits, Outcome, Prices, Progress, Task
from interpref_core.providers import Parameters, Provider, open_provider
from interpref_core.records import CachedCall, Call, CallError, Record, Response
from tests.support.engine_runs import MemorySink, answer_task, answer_tasks, done_before, question
from tests.support.fake_openai import FakeOpenAI, Reply, always, friendly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

QUICK = {"first_wait": 0.01, "longest_wait": 0.05, "grace": 1.0, "timeout": 5.0}


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def provider(server: FakeOpenAI) -> AsyncIterator[Provider]:
    provider = open_provider("openai/fake", base_url=server.url, timeout=5.0)
    yield provider
    await provider.close()


def engine(provider: Provider, sink: Any, cache: Any = None, display: Any = None, **limits: Any) -> Engine:
    return Engine(
        provider,
        Parameters(max_tokens=100),
        sink=sink,
        cache=cache if cache is not None else {},
        display=display,
        limits=Limits(**(QUICK | limits)),
        interval=0.02,
    )


async def test_every_task_becomes_one_record_with_where_it_comes_from(server: FakeOpenAI, provider: Provider) -> None:
    sink = MemorySink()
    outcome = await engine(provider, sink).run(answer_tasks(50), total=50)
    responses = sink.of(Response)
    assert {r.id for r in responses} == {f"r-{n}" for n in range(50)}
    assert len(responses) == 50
    assert outcome.progress.state == "done"
    assert (outcome.progress.done, outcome.progress.failed, outcome.progress.calls) == (50, 0, 50)
    one = responses[0].provenance
    assert (one.provider, one.model, one.attempts, one.finish_reason) == ("openai", "fake", 1, "stop")
    assert one.tokens.prompt > 0
    assert one.latency > 0
    assert len(one.call) == 64
    assert not sink.of(Call), "the text of a single call is in its record already"
    assert server.most_at_once <= 16


async def test_what_is_known_is_not_asked(server: FakeOpenAI, provider: Provider) -> None:
    first = MemorySink()
    await engine(provider, first).run(answer_tasks(10), total=10)
    known = {r.provenance.call: CachedCall(text=r.text, tokens=r.provenance.tokens) for r in first.of(Response)}
    again = MemorySink()
    outcome = await engine(provider, again, known).run(answer_tasks(12), total=12)
    assert len(server.asked) == 12
    assert outcome.progress.cached == 10
    assert {r.text for r in first.of(Response)} <= {r.text for r in again.of(Response)}
    assert all(r.provenance.tokens.prompt for r in again.of(Response))


async def test_equal_calls_are_asked_once(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 0.05
    sink = MemorySink()
    outcome = await engine(provider, sink).run((answer_task(n, same=True) for n in range(40)), total=40)
    assert len(server.asked) == 1
    assert len({r.text for r in sink.of(Response)}) == 1
    assert outcome.progress.done == 40


async def test_the_stages_of_a_task_are_kept_one_by_one(server: FakeOpenAI, provider: Provider) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=400) if body["messages"][-1]["content"].endswith("3?") else friendly(body, before)

    server.script = script
    sink = MemorySink()
    await engine(provider, sink).run([answer_task(1, stages=5)], total=1)
    calls = sink.of(Call)
    assert [c.stage for c in calls] == ["stage 0", "stage 1", "stage 2"]
    assert len(sink.of(CallError)) == 1
    server.script = friendly
    known = {c.hash: CachedCall(text=c.text, tokens=c.provenance.tokens) for c in calls}
    again = MemorySink()
    await engine(provider, again, known).run([answer_task(1, stages=5)], total=1)
    assert len(server.asked) == 4 + 2
    assert [c.stage for c in again.of(Call)] == ["stage 3", "stage 4"]
    (response,) = again.of(Response)
    assert response.provenance.tokens.prompt == sum(c.provenance.tokens.prompt for c in (*calls, *again.of(Call))), (
        "of all five calls, also those of the session before"
    )


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
    async def work(_: Asking) -> Record:
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


async def test_a_stop_keeps_what_is_under_way_and_asks_no_more(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 0.2
    sink = MemorySink()
    run = engine(provider, sink, concurrency=5)
    asyncio.get_running_loop().call_later(0.3, run.stop)
    outcome = await run.run(answer_tasks(500), total=500)
    assert outcome.stopped
    assert outcome.progress.state == "stopped"
    assert outcome.progress.done == len(server.asked) == len(sink.of(Response))
    assert not sink.of(CallError), "what was not asked is not an error"


async def test_a_stop_keeps_both_calls_of_a_task_that_asks_two_at_once(server: FakeOpenAI, provider: Provider) -> None:
    server.script = lambda body, _: Reply(text="yes", delay=0.4 if "question 1?" in str(body) else 0.2)

    async def work(asking: Asking) -> Record:
        both = await asyncio.gather(*(asking.ask(str(n), question(n), None) for n in (1, 2)))
        return Response(id="r", run="run", item="i", side="a", text=" ".join(both))

    template = answer_task(1, stages=2)
    sink = MemorySink()
    run = engine(provider, sink, concurrency=5)
    asyncio.get_running_loop().call_later(0.3, run.stop)
    outcome = await run.run([Task("both", "g", work, template.failure, template.call)], total=1)
    assert outcome.stopped
    assert len(sink.of(Call)) == 2
    assert outcome.progress.done == 1


async def test_a_stop_does_not_wait_for_a_pause(server: FakeOpenAI, provider: Provider) -> None:
    server.script = always(Reply(status=429, headers={"Retry-After": "30"}))
    run = engine(provider, MemorySink(), grace=20.0)
    asyncio.get_running_loop().call_later(0.3, run.stop)
    start = time.monotonic()
    outcome = await run.run(answer_tasks(50), total=50)
    assert outcome.stopped
    assert time.monotonic() - start < 2


async def test_a_stop_does_not_wait_for_another_try(server: FakeOpenAI, provider: Provider) -> None:
    server.script = always(Reply(status=500, delay=0.3))
    sink = MemorySink()
    run = engine(provider, sink, grace=20.0, first_wait=60.0, longest_wait=60.0)
    asyncio.get_running_loop().call_later(0.1, run.stop)
    start = time.monotonic()
    outcome = await run.run(answer_tasks(50), total=50)
    assert outcome.stopped
    assert not sink.records, "it is asked again when the run is resumed"
    assert time.monotonic() - start < 2


async def test_a_second_stop_ends_at_once(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 10
    run = engine(provider, MemorySink(), grace=30.0)
    loop = asyncio.get_running_loop()
    loop.call_later(0.3, run.stop)
    loop.call_later(0.5, run.stop)
    start = time.monotonic()
    outcome = await run.run(answer_tasks(50), total=50)
    assert outcome.stopped
    assert time.monotonic() - start < 2


async def test_calls_that_hang_past_the_grace_are_given_up(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 10
    run = engine(provider, MemorySink(), grace=0.2)
    asyncio.get_running_loop().call_later(0.2, run.stop)
    start = time.monotonic()
    await run.run(answer_tasks(50), total=50)
    assert time.monotonic() - start < 2


async def test_a_slow_call_is_timed_out_and_tried_again(server: FakeOpenAI) -> None:
    server.script = lambda _, before: Reply(text="late", delay=3.0 if before == 0 else 0.0)
    provider = open_provider("openai/fake", base_url=server.url, timeout=0.3)
    outcome = await engine(provider, MemorySink()).run(answer_tasks(5), total=5)
    await provider.close()
    assert (outcome.progress.done, outcome.progress.retries) == (5, 5)


async def test_a_budget_stops_before_it_is_passed(server: FakeOpenAI, provider: Provider) -> None:
    outcome = await engine(provider, MemorySink(), tokens=2000).run(answer_tasks(5000), total=5000)
    assert outcome.broken is not None
    assert "budget of 2000 tokens" in outcome.broken
    spent = outcome.progress.prompt_tokens + outcome.progress.completion_tokens
    assert 1600 < spent <= 2000, "all of it but the size of a call is used"


async def test_two_runs_may_share_what_an_endpoint_bears(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 0.02
    limiter = Limiter(5)
    sinks = MemorySink(), MemorySink()
    both = [
        Engine(provider, Parameters(seed=n), sink=sink, cache={}, limits=Limits(concurrency=10), limiter=limiter)
        for n, sink in enumerate(sinks)
    ]
    await asyncio.gather(*(run.run(answer_tasks(40), total=40) for run in both))
    assert server.most_at_once == 5
    assert all(len(sink.of(Response)) == 40 for sink in sinks)


async def test_a_budget_in_money(server: FakeOpenAI, provider: Provider) -> None:
    run = engine(provider, MemorySink(), money=0.02, prices=Prices(10.0, 10.0))
    outcome = await run.run(answer_tasks(5000), total=5000)
    assert outcome.broken is not None
    assert outcome.progress.cost is not None
    assert 0.015 < outcome.progress.cost <= 0.02


async def test_a_record_counts_only_when_it_is_on_the_disk(provider: Provider) -> None:
    class SlowSink(MemorySink):
        def append(self, lines: Sequence[Record]) -> None:
            time.sleep(0.3)
            seen.append(run.progress().done)
            super().append(lines)

    seen: list[int] = []
    sink = SlowSink()
    run = engine(provider, sink)
    outcome = await run.run(answer_tasks(20), total=20)
    assert outcome.progress.done == 20
    assert seen[0] == 0
    assert seen == [sum(len(group) for group in sink.groups[:n]) for n in range(len(sink.groups))]


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


async def test_tasks_are_read_as_they_are_needed(server: FakeOpenAI, provider: Provider) -> None:
    read = 0

    def endless() -> Iterable[Task]:
        nonlocal read
        for number in range(10_000_000):
            read += 1
            yield answer_task(number)

    server.delay = 0.02
    run = engine(provider, MemorySink(), concurrency=10)
    asyncio.get_running_loop().call_later(0.5, run.stop)
    outcome = await run.run(endless(), total=10_000_000)
    assert read <= outcome.progress.done + 21


async def test_an_error_while_tasks_are_read_is_raised_after_the_rest_is_kept(provider: Provider) -> None:
    def broken() -> Iterable[Task]:
        yield from answer_tasks(3)
        raise RuntimeError("the study was closed")

    sink = MemorySink()
    with pytest.raises(RuntimeError, match="the study was closed"):
        await engine(provider, sink, concurrency=1).run(broken(), total=10)
    assert len(sink.of(Response)) == 3


async def test_cached_answers_let_the_rest_of_the_program_run(provider: Provider) -> None:
    class Everything(dict[str, CachedCall]):
        def get(self, _: str, __: Any = None) -> CachedCall:
            return CachedCall(text="known")

        def __contains__(self, _: object) -> bool:
            return True

    others = 0

    async def watch() -> None:
        nonlocal others
        while True:
            await asyncio.sleep(0)
            others += 1

    watching = asyncio.create_task(watch())
    outcome = await engine(provider, MemorySink(), Everything()).run(answer_tasks(5000), total=5000)
    watching.cancel()
    assert outcome.progress.cached == 5000
    assert others > 100


async def test_progress_is_told_from_start_to_end(server: FakeOpenAI, provider: Provider) -> None:
    told: list[Any] = []

    class Display:
        def start(self, progress: Progress) -> None:
            told.append(("start", progress))

        def update(self, progress: Progress) -> None:
            told.append(("update", progress))

        def finish(self, outcome: Outcome) -> None:
            told.append(("finish", outcome.progress))

    server.delay = 0.05
    await engine(provider, MemorySink(), display=Display(), concurrency=4).run(answer_tasks(40), total=50, skipped=10)
    assert (told[0][0], told[-1][0]) == ("start", "finish")
    counts = [progress.done for _, progress in told]
    assert counts == sorted(counts)
    running = [progress for _, progress in told if progress.state == "running" and progress.done]
    assert running
    assert all(p.eta is not None and p.rate > 0 and p.limit == 4 and p.in_flight <= 4 for p in running)
    last = told[-1][1]
    assert (last.done, last.skipped, last.total, last.eta) == (40, 10, 50, 0.0)
    json.dumps(last.to_json())


async def test_progress_says_how_long_calls_take_what_failed_and_why_fewer_are_sent(
    server: FakeOpenAI, provider: Provider
) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        number = int(body["messages"][-1]["content"].split()[1].rstrip("?"))
        if number % 10 == 3:
            return Reply(status=400, error=f"no {number}")
        if number % 10 == 4 and not before:
            return Reply(status=429, error="slowly")
        return Reply(text="fine", delay=0.02)

    server.script = script
    sink = MemorySink()
    outcome = await engine(provider, sink, concurrency=8, tokens=1_000_000).run(answer_tasks(40), total=40)
    told = outcome.progress
    assert told.latency.count == told.calls == 36
    assert told.latency.p50 is not None
    assert told.latency.p50 >= 0.02
    assert told.errors == {"refused": 4}
    assert told.first_errors == outcome.first_errors
    assert told.rate_limited == 4
    assert told.limit == 8 or "429" in told.limit_reason
    assert told.budget_tokens_left == 1_000_000 - told.prompt_tokens - told.completion_tokens
    assert told.budget_left is None
    answers = [error.answer for error in sink.of(CallError)]
    assert all(answer is not None and "no " in answer for answer in answers)
    json.dumps(told.to_json())


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


async def test_replays_keep_their_order(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps({"text": f"answer {n}"}) + "\n" for n in range(100)))
    provider = open_provider(f"replay/{file}")
    sink = MemorySink()
    await engine(provider, sink).run(answer_tasks(100), total=100)
    assert [(r.id, r.text) for r in sink.of(Response)] == [(f"r-{n}", f"answer {n}") for n in range(100)]


@pytest.mark.slow
def test_kill_9_asks_no_finished_call_again(server: FakeOpenAI, tmp_path: Path) -> None:
    count, concurrency = 300, 10
    server.delay = 0.02
    journal = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "tests.support.engine_runs", server.url, str(journal), str(count)]
    command.append(str(concurrency))
    root = Path(__file__).resolve().parents[3]
    for part in (0.3, 0.6):
        with subprocess.Popen(command, cwd=root) as process:
            while len(server.asked) < part * count:
                assert process.poll() is None
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        finished, _ = done_before(journal)
        assert finished, "what was finished before the kill is on the disk"
    kept = set(done_before(journal)[1])
    subprocess.run(command, cwd=root, check=True, timeout=60)
    finished, calls = done_before(journal)
    assert finished == {f"r-{n}" for n in range(count)}
    assert kept <= set(calls)
    # Asked again is only what was under way, or finished in the last tenth of a second before a kill.
    again = sum(server.counts.values()) - count
    assert again <= 2 * concurrency * (1 + 0.1 / 0.02 + 1)
    whole = [line for line in journal.read_text().splitlines() if line.startswith('{"type":"response"')]
    assert len({json.loads(line)["id"] for line in whole if line.endswith("}")}) == count


def test_the_same_question_has_the_same_hash_and_no_other() -> None:
    from interpref_core.providers import Request

    one = Request(messages=question(1), parameters=Parameters())
    assert one.hash("a") == Request(messages=question(1), parameters=Parameters()).hash("a")
    others = [
        one.hash("b"),
        Request(messages=question(2), parameters=Parameters()).hash("a"),
        Request(messages=question(1), parameters=Parameters(seed=1)).hash("a"),
        Request(messages=question(1), parameters=Parameters(), schema={"type": "object"}).hash("a"),
    ]
    assert len({one.hash("a"), *others}) == 5
