"""How the engine bears a server at which every second question meets a fault first, of each kind in turn.

python -m benchmarks.faults [--calls 400] [--connections 100]

Faults are 429 with and without Retry-After, 500, 503, resets, answers cut off, hangs, a byte at a time, truncated JSON, the
wrong content type, no choices; the time limit is one second. Prints one JSON object: `done` of `calls` (wanted: all),
`retries`, `seconds`, `stall`, the longest time in seconds for which the event loop did not answer (wanted: below 0.1), and
`ratio`, that over what is wanted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from interpref_core.engine import Engine, RunLimits
from interpref_core.providers import Parameters, open_provider
from interpref_db.study.journal import JournalWriter
from tests.support.engine_runs import answer_tasks
from tests.support.servers import fake_process

WANTED = 0.1


async def run(url: str, calls: int, connections: int, journal: Path) -> dict[str, Any]:
    """Ask everything, with prompts of 12 kB."""
    provider = open_provider("openai/m", base_url=url, timeout=1.0)
    await provider.prepare()
    stall = 0.0

    async def watch() -> None:
        nonlocal stall
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            stall = max(stall, time.perf_counter() - before - 0.005)

    watching = asyncio.create_task(watch())
    start = time.perf_counter()
    with JournalWriter(journal) as sink:
        limits = RunLimits(concurrency=connections, timeout=1.0, first_wait=0.1, longest_wait=2.0)
        engine = Engine(provider, Parameters(), sink=sink, cache={}, limits=limits)
        padding = "some words of a history " * 500
        outcome = await engine.run(answer_tasks(calls, padding=padding), total=calls)
    took = time.perf_counter() - start
    watching.cancel()
    await provider.close()
    told = outcome.progress
    found = {"calls": calls, "done": told.done, "failed": told.failed, "retries": told.retries}
    return found | {"seconds": round(took, 2), "stall": round(stall, 4), "ratio": round(stall / WANTED, 3)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--connections", type=int, default=100)
    options = parser.parse_args()
    with fake_process(delay=0.02, faults=True) as url, tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "run.jsonl"
        print(json.dumps(asyncio.run(run(url, options.calls, options.connections, journal))))


if __name__ == "__main__":
    main()
