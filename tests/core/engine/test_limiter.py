"""Who may send when."""

from __future__ import annotations

import asyncio
import time

import pytest

from interpref_core.engine import Limiter


async def test_first_come_first_served_and_never_more_than_the_limit() -> None:
    limiter = Limiter(3)
    order: list[int] = []
    most = 0

    async def one(number: int) -> None:
        nonlocal most
        async with limiter.slot():
            order.append(number)
            most = max(most, limiter.in_flight)
            await asyncio.sleep(0.001)

    await asyncio.gather(*(one(n) for n in range(50)))
    assert order == list(range(50))
    assert most == 3
    assert limiter.in_flight == 0


async def test_who_gives_up_waiting_takes_no_place() -> None:
    limiter = Limiter(1)

    async def one() -> None:
        async with limiter.slot():
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(one()) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[1:6]:
        task.cancel()
    tasks[6].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.in_flight == 0
    async with asyncio.timeout(1):
        await one()


async def test_who_is_cancelled_just_when_it_is_its_turn_hands_the_place_on() -> None:
    limiter = Limiter(1)
    got = asyncio.Event()

    async def one() -> None:
        async with limiter.slot():
            got.set()

    async with limiter.slot():
        first, second = asyncio.create_task(one()), asyncio.create_task(one())
        await asyncio.sleep(0)
    first.cancel()  # its turn has come, but it has not run yet
    async with asyncio.timeout(1):
        await second
    assert got.is_set()
    assert limiter.in_flight == 0


async def test_a_pause_holds_everybody_and_ends() -> None:
    limiter = Limiter(5)
    limiter.pause(0.2)
    limiter.pause(0.1)
    assert limiter.paused == pytest.approx(0.2, abs=0.05)
    start = time.monotonic()

    async def one() -> float:
        async with limiter.slot():
            return time.monotonic() - start

    moments = await asyncio.gather(*(one() for _ in range(20)))
    assert min(moments) >= 0.19
    assert limiter.paused == 0


async def test_refusals_of_what_was_sent_together_count_once() -> None:
    limiter = Limiter(10)
    slots = [limiter.slot() for _ in range(10)]
    sent = [await slot.__aenter__() for slot in slots]
    for mark in sent:
        limiter.refused(mark)
    assert limiter.limit == 8
    for slot in slots:
        await slot.__aexit__(None, None, None)
    for expected in (9, 10, 10):
        for _ in range(10):
            async with limiter.slot() as mark:
                limiter.succeeded(mark)
        assert limiter.limit >= min(expected, 9)
    assert limiter.limit == 10
    for _ in range(50):
        async with limiter.slot() as mark:
            limiter.refused(mark)
    assert limiter.limit == 1
