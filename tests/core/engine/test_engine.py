"""The engine against a real HTTP server on loopback: what is asked, how often, and what is kept."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.engine import ConcurrencyLimiter, Engine, Outcome, Progress, RunLimits, Task
from interpref_core.providers import Parameters, Provider, open_provider
from interpref_core.records.runs import CachedCall, Call, CallError, Response
from tests.support.engine_runs import MemorySink, answer_task, answer_tasks, done_before, question
from tests.support.fake_openai import FakeOpenAI, Reply, friendly

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interpref_core.records.base import Record
from tests.support.engine_runs import engine


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


async def test_two_runs_may_share_what_an_endpoint_bears(server: FakeOpenAI, provider: Provider) -> None:
    server.delay = 0.02
    limiter = ConcurrencyLimiter(5)
    sinks = MemorySink(), MemorySink()
    both = [
        Engine(provider, Parameters(seed=n), sink=sink, cache={}, limits=RunLimits(concurrency=10), limiter=limiter)
        for n, sink in enumerate(sinks)
    ]
    await asyncio.gather(*(run.run(answer_tasks(40), total=40) for run in both))
    assert server.most_at_once == 5
    assert all(len(sink.of(Response)) == 40 for sink in sinks)


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
