"""What the engine costs: calls a second through it, journal and all, beside aiohttp alone against the same server.

python -m benchmarks.engine_throughput [--calls 3000] [--connections 100] [--delay 0.05] [--inspect-python PATH]

The server is a process of its own on loopback and answers after `--delay` seconds, so connections / delay calls a second
are ideal. Prompts are histories of 24 turns, 12 kB in all. All are measured in turns, `--rounds` times; the best counts.
Prints one JSON object with calls a second: `aiohttp` alone, the `engine` (every answer on the disk), `generate` (from a study
with as many histories, through the command's own code), and `inspect` where --inspect-python names a Python that has
inspect-ai 0.3.285 and openai. `ratio` is the engine's rate over aiohttp's, `over_inspect` over inspect-ai's (wanted: 10 at
least, and 500 a second); `stall` the longest time in seconds for which the event loop did not answer while the engine ran
(wanted: below 0.1).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.engine import Engine, NoDisplay, RunLimits, Task, TaskContext, TaskFailure
from interpref_core.paradigms import load_paradigm
from interpref_core.providers import Message, Parameters, open_provider
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import CallError, Response
from interpref_db.study.journal import JournalWriter
from interpref_db.study.study import Study
from interpref_tui.services.models import ModelOptions, open_model
from interpref_tui.services.runs.execute import run_generation
from interpref_tui.services.runs.generate import plan_generation
from interpref_tui.settings.model import Settings
from tests.support.servers import fake_process

if TYPE_CHECKING:
    from interpref_core.records.base import Record

TURNS = tuple(Message(("user", "assistant")[n % 2], "some words of a turn " * 25) for n in range(24))


def messages(number: int) -> tuple[Message, ...]:
    """A history that all share, and a query of one's own."""
    return (*TURNS, Message("user", f"query {number}"))


def task(number: int) -> Task:
    """A response to one query."""
    item = f"i{number}"

    async def work(asking: TaskContext) -> Record:
        text = await asking.ask("answer", messages(number), None)
        return Response(id=item, run="r", item=item, side="a", text=text, provenance=asking.provenance(None))

    def failure(failed: TaskFailure) -> Record:
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
        run = Engine(provider, Parameters(), sink=sink, cache={}, limits=RunLimits(concurrency=connections))
        start = time.perf_counter()
        outcome = await run.run((task(number) for number in range(calls)), total=calls)
        rate = calls / (time.perf_counter() - start)
    watching.cancel()
    await provider.close()
    assert outcome.progress.done == calls, outcome
    return rate, stall


def write_study(path: Path, items: int) -> None:
    """Items with a history of 24 turns for each side."""
    records: list[Record] = []
    for number in range(items):
        for side in ("a", "b"):
            turns = tuple(Turn(role=turn.role, content=f"{turn.content}{number}{side}") for turn in TURNS)
            records.append(History(id=f"h{number}{side}", turns=turns))
            records.append(Preference(id=f"p{number}{side}", text=f"The user likes {side}-things {number}."))
        records.append(Pair(id=f"q{number}", a=f"p{number}a", b=f"p{number}b"))
        records.append(
            Item(
                id=f"i{number}",
                query=f"query {number}",
                pair=f"q{number}",
                history_a=f"h{number}a",
                history_b=f"h{number}b",
            )
        )
    with Study.open(path, create=True) as study, study.writing("benchmark") as writer:
        writer.add(records, origin="benchmark")
        writer.fold("benchmark")


def generate(url: str, path: Path, connections: int, seed: int) -> float:
    """Calls a second of `interpref generate`, without its start: from a study to a run in its journal."""
    asked = ModelOptions(model="openai/m", base_url=url, concurrency=connections, seed=seed)
    model = open_model(Settings(), asked, None)
    with Study.open(path) as study:
        plan = plan_generation(study, model, load_paradigm("np"))
        start = time.perf_counter()
        outcome = run_generation(study, plan, NoDisplay())
        took = time.perf_counter() - start
    assert outcome.progress.done == plan.total, outcome
    return plan.total / took


def inspect(python: str, url: str, calls: int, connections: int) -> float:
    """Calls a second of inspect-ai, in a process of its own, without its start."""
    asked = {"url": url, "calls": calls, "connections": connections, "turns": [[m.role, m.content] for m in TURNS]}
    script = Path(__file__).with_name("inspect_contender.py")
    found = subprocess.run([python, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    said = json.loads(found.stdout.splitlines()[-1])
    assert said["done"] == calls, said
    return float(calls / said["seconds"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inspect-python", help="a Python with inspect-ai 0.3.285 and openai")
    parser.add_argument("--inspect-calls", type=int, default=300)
    options = parser.parse_args()
    if not options.inspect_python:
        print("inspect-ai is left out: --inspect-python names no Python that has it", file=sys.stderr)
    bare, ours, stalls, whole, others = [], [], [], [], []
    with fake_process(delay=options.delay) as url, tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder  # no other run shares this server
        path = Path(folder) / "s.duckdb"
        write_study(path, options.calls // 2)
        for turn in range(options.rounds):
            bare.append(asyncio.run(alone(url, options.calls, options.connections)))
            rate, stall = asyncio.run(engine(url, options.calls, options.connections, Path(folder)))
            ours.append(rate)
            stalls.append(stall)
            whole.append(generate(url, path, options.connections, turn))
            if options.inspect_python:
                others.append(inspect(options.inspect_python, url, options.inspect_calls, options.connections))
    found = {
        "calls": options.calls,
        "connections": options.connections,
        "ideal": options.connections / options.delay,
        "aiohttp": round(max(bare), 1),
        "engine": round(max(ours), 1),
        "ratio": round(max(ours) / max(bare), 3),
        "stall": round(min(stalls), 4),
        "generate": round(max(whole), 1),
    }
    if others:
        found |= {
            "inspect": round(max(others), 1),
            "over_inspect": round(max(ours) / max(others), 1),
            "generate_over_inspect": round(max(whole) / max(others), 1),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
