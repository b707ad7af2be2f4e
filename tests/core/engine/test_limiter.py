"""Who may send when, and where."""

from __future__ import annotations

import asyncio
import time

import pytest

from interpref_core.engine import ConcurrencyLimiter
from interpref_core.engine.adaptive_concurrency import EndpointPacer
from interpref_core.providers.base import RateLimitInfo


def round_of_answers(pace: EndpointPacer) -> None:
    """As many answers as may be under way."""
    for _ in range(pace.limit):
        pace.on_success(pace.epoch)


async def test_first_come_first_served_and_never_more_than_the_limit() -> None:
    limiter = ConcurrencyLimiter(3)
    order: list[int] = []
    most = 0

    async def one(number: int) -> None:
        nonlocal most
        turn = await limiter.acquire()
        order.append(number)
        most = max(most, limiter.in_flight)
        await asyncio.sleep(0.001)
        turn.release()

    await asyncio.gather(*(one(n) for n in range(50)))
    assert order == list(range(50))
    assert most == 3
    assert limiter.in_flight == 0


async def test_a_turn_is_over_once() -> None:
    limiter = ConcurrencyLimiter(2)
    first, second = await limiter.acquire(), await limiter.acquire()
    first.release()
    first.release()
    assert limiter.in_flight == 1
    second.release()


async def test_who_gives_up_waiting_takes_no_place() -> None:
    limiter = ConcurrencyLimiter(1)

    async def one() -> None:
        turn = await limiter.acquire()
        await asyncio.sleep(0.01)
        turn.release()

    tasks = [asyncio.create_task(one()) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[1:7]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.in_flight == 0
    async with asyncio.timeout(1):
        await one()


async def test_who_is_cancelled_just_when_it_is_its_turn_hands_the_place_on() -> None:
    limiter = ConcurrencyLimiter(1)
    turn = await limiter.acquire()
    first, second = asyncio.create_task(limiter.acquire()), asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    turn.release()
    first.cancel()  # its turn has come, but it has not run yet
    async with asyncio.timeout(1):
        (await second).release()
    assert limiter.in_flight == 0


async def test_a_pause_holds_everybody_and_ends() -> None:
    limiter = ConcurrencyLimiter(5)
    limiter.paces[0].pause(0.2, "asked to")
    limiter.paces[0].pause(0.1, "sooner")
    seconds, why = limiter.paused
    assert seconds == pytest.approx(0.2, abs=0.05)
    assert why == "asked to"
    start = time.monotonic()

    async def one() -> float:
        turn = await limiter.acquire()
        turn.release()
        return time.monotonic() - start

    moments = await asyncio.gather(*(one() for _ in range(20)))
    assert min(moments) >= 0.19
    assert limiter.paused[0] == 0


def test_it_doubles_until_the_first_refusal_and_then_grows_by_one() -> None:
    pace = EndpointPacer(200)
    seen = [pace.limit]
    for _ in range(3):
        round_of_answers(pace)
        seen.append(pace.limit)
    assert seen == [8, 16, 32, 64]
    pace.in_flight = 64
    pace.on_rate_limited(pace.epoch, "too much (429)")
    assert (pace.limit, pace.changes[-1].why) == (51, "too much (429)")
    round_of_answers(pace)
    assert pace.limit == 52
    assert [change.limit for change in pace.changes] == [16, 32, 64, 51, 52]
    for _ in range(300):
        round_of_answers(pace)
    assert pace.limit == 200


def test_refusals_of_what_was_sent_together_count_once() -> None:
    pace = EndpointPacer(8)
    pace.in_flight = 8
    sent = pace.epoch
    for _ in range(8):
        pace.on_rate_limited(sent, "429")
    assert pace.limit == 6
    for _ in range(20):
        pace.on_success(sent)
    assert pace.limit == 6, "what was sent before says nothing about the new limit"
    for _ in range(50):
        pace.on_rate_limited(pace.epoch, "429")
    assert pace.limit == 1


def test_an_allowance_that_is_used_up_is_waited_for() -> None:
    pace = EndpointPacer(8)
    pace.observe_rate_limit(RateLimitInfo(5, 2.0, 9000, 3.0), 1000)
    assert pace.available()
    pace.observe_rate_limit(RateLimitInfo(4, 2.0, 900, 3.0), 1000)
    assert pace.paused == pytest.approx(3.0, abs=0.1)
    assert pace.why_paused == "no tokens are left of the server's limit"
    other = EndpointPacer(8)
    other.observe_rate_limit(RateLimitInfo(0, 86_000.0, None, None), 10)
    assert 59 < other.paused <= 60, "a day's limit is looked at again after a minute"


def test_an_endpoint_that_fails_time_after_time_rests_and_is_tried_with_one_call() -> None:
    pace = EndpointPacer(4)
    for _ in range(4):
        pace.on_failure(0.01, 1.0)
    assert pace.available()
    pace.on_failure(0.01, 1.0)
    assert not pace.available()
    assert "5 failures in a row" in pace.changes[-1].why
    time.sleep(0.02)
    assert pace.available()
    assert pace.enter()
    assert not pace.available(), "one call tries it"
    pace.on_failure(0.01, 1.0)
    pace.leave(probe=True)
    assert pace.paused > 0.01, "longer than before"
    time.sleep(0.03)
    probe = pace.enter()
    pace.on_success(pace.epoch)
    pace.leave(probe=probe)
    assert not pace.is_open
    assert pace.available()
    assert not pace.enter()


async def test_of_several_endpoints_the_least_loaded_one_that_is_well() -> None:
    limiter = ConcurrencyLimiter(4, (None, None))
    places = [(await limiter.acquire()).place for _ in range(8)]
    assert sorted(places) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert limiter.limit == 8
    waiting = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    assert limiter.waiting == 1
    limiter.paces[1].leave(probe=False)
    limiter.wake_waiters()
    assert (await waiting).place == 1
    limiter = ConcurrencyLimiter(4, (None, None))
    for _ in range(3):
        limiter.paces[0].on_failure(10, 60)
    assert {(await limiter.acquire()).place for _ in range(4)} == {1}
    assert limiter.paused == (0.0, "")


async def test_calls_of_one_group_go_to_one_endpoint_while_it_has_room() -> None:
    limiter = ConcurrencyLimiter(3, (None, None))
    turns = [await limiter.acquire("h1"), await limiter.acquire("h2")]
    assert [turn.place for turn in turns] == [0, 1]
    more = [(await limiter.acquire("h2")).place for _ in range(3)]
    assert more == [1, 1, 0]
