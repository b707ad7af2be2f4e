"""How runs end before they are through: stops, budgets, calls that hang."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from interpref_core.engine import Prices, Task, TaskContext
from interpref_core.records.runs import Call, CallError, Response
from tests.support.engine_runs import MemorySink, answer_task, answer_tasks, engine, question
from tests.support.fake_openai import FakeOpenAI, Reply, always

if TYPE_CHECKING:
    from interpref_core.providers import Provider
    from interpref_core.records.base import Record


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

    async def work(asking: TaskContext) -> Record:
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


async def test_a_budget_stops_before_it_is_passed(server: FakeOpenAI, provider: Provider) -> None:
    outcome = await engine(provider, MemorySink(), tokens=2000).run(answer_tasks(5000), total=5000)
    assert outcome.broken is not None
    assert "budget of 2000 tokens" in outcome.broken
    spent = outcome.progress.prompt_tokens + outcome.progress.completion_tokens
    assert 1600 < spent <= 2000, "all of it but the size of a call is used"


async def test_a_budget_in_money(server: FakeOpenAI, provider: Provider) -> None:
    run = engine(provider, MemorySink(), money=0.02, prices=Prices(10.0, 10.0))
    outcome = await run.run(answer_tasks(5000), total=5000)
    assert outcome.broken is not None
    assert outcome.progress.cost is not None
    assert 0.015 < outcome.progress.cost <= 0.02
