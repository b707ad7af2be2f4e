"""What the engine costs: calls a second through it, journal and all, beside aiohttp alone against the same server.

python -m benchmarks.engine_throughput [--calls 3000] [--connections 100] [--delay 0.05]

The server is a process of its own on loopback and answers after `--delay` seconds, so connections / delay calls a second
are ideal. Prompts are histories of 24 turns, 12 kB in all. Both are measured in turns, `--rounds` times; the best counts.
Prints one JSON object; `ratio` is the engine's rate over aiohttp's, `stall` the longest time in seconds for which the
event loop did not answer while the engine ran.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from interpref_core.engine import Asking, Engine, Failed, Limits, Task
from interpref_core.providers import Message, Parameters, open_provider
from interpref_core.records import CallError, Record, Response
from interpref_db.journal import JournalWriter
from tests.support.servers import fake_process

TURNS = tuple(Message(("user", "assistant")[n % 2], "some words of a turn " * 25) for n in range(24))


def messages(number: int) -> tuple[Message, ...]:
    """A history that all share, and a query of one's own."""
    return (*TURNS, Message("user", f"query {number}"))


def task(number: int) -> Task:
    """A response to one query."""
    item = f"i{number}"

    async def work(asking: Asking) -> Record:
        text = await asking.ask("answer", messages(number), None)
        return Response(id=item, run="r", item=item, side="a", text=text, provenance=asking.provenance(None))

    def failure(failed: Failed) -> Record:
        return CallError(id=item, run="r", item=item, error=failed.kind, message=failed.message)

    return Task(item, "h", work, failure)


async def alone(url: str, calls: int, connections: int) -> float:
    """Calls a second of aiohttp by itself."""
    import aiohttp

    numbers = iter(range(calls))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:

        async def work() -> None:
            for number in numbers:
                chat = [{"role": m.role, "content": m.content} for m in messages(number)]
                async with session.post(url + "/chat/completions", json={"model": "m", "messages": chat}) as reply:
                    assert (await reply.json())["choices"][0]["message"]["content"]

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(connections)))
        return calls / (time.perf_counter() - start)


async def engine(url: str, calls: int, connections: int, folder: Path) -> tuple[float, float]:
    """Calls a second of the engine, every result on the disk, and the longest stall of the event loop in seconds."""
    provider = open_provider("openai/m", base_url=url)
    await provider.prepare()
    stall = 0.0

    async def watch() -> None:
        nonlocal stall
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            stall = max(stall, time.perf_counter() - before - 0.005)

    watching = asyncio.create_task(watch())
    with JournalWriter(folder / f"{time.monotonic_ns()}.jsonl") as sink:
        run = Engine(provider, Parameters(), sink=sink, cache={}, limits=Limits(concurrency=connections))
        start = time.perf_counter()
        outcome = await run.run((task(number) for number in range(calls)), total=calls)
        rate = calls / (time.perf_counter() - start)
    watching.cancel()
    await provider.close()
    assert outcome.progress.done == calls, outcome
    return rate, stall


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    bare, ours, stalls = [], [], []
    with fake_process(delay=options.delay) as url, tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            bare.append(asyncio.run(alone(url, options.calls, options.connections)))
            rate, stall = asyncio.run(engine(url, options.calls, options.connections, Path(folder)))
            ours.append(rate)
            stalls.append(stall)
    found = {
        "calls": options.calls,
        "connections": options.connections,
        "ideal": options.connections / options.delay,
        "aiohttp": round(max(bare), 1),
        "engine": round(max(ours), 1),
        "ratio": round(max(ours) / max(bare), 3),
        "stall": round(min(stalls), 4),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
