"""What a large run takes in memory: every item of a study answered on both sides, then judged in four orders.

python -m benchmarks.scheduling_memory [--items 100000] [--turns 4] [--wanted 600]

The model is one that answers at once, in the same process, so that only the program itself is measured; each part is a
process of its own, with its journal, its commits and the folding into the study at its end. Prints one JSON object with the
peak resident memory of each part in MB, the records that it made a second, and the longest stall of its event loop in
seconds; `ratio` is the largest peak over what is wanted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.engine import NoDisplay, RunLimits
from interpref_core.paradigms import load_paradigm
from interpref_core.prompts.loading import load_prompt
from interpref_core.providers.base import Parameters, Reply, Request
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import Tokens
from interpref_db.study.study import Study
from interpref_tui.services.models import Model
from interpref_tui.services.runs.execute import fold_journals, run_generation, run_judging
from interpref_tui.services.runs.generate import plan_generation
from interpref_tui.services.runs.judge import plan_judging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import Record

ANSWER = "An answer of the usual length, which is some hundreds of characters. " * 8


class Instant:
    """Answers everything at once; watches how long the event loop is held up."""

    kind = "instant"
    model = "instant"
    identity = "instant"
    local = True
    at_once: int | None = None
    endpoint: str | None = None

    def __init__(self) -> None:
        self.stall = 0.0
        self._watching: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Begin to watch."""
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.stall = max(self.stall, time.perf_counter() - before - 0.005)

    async def complete(self, request: Request) -> Reply:
        """A verdict where a schema is asked for, else an answer."""
        text = '{"reasoning": "because", "persona_1": "Left", "case_label": "format"}' if request.schema else ANSWER
        await asyncio.sleep(0)
        return Reply(text=text, finish_reason="stop", tokens=Tokens(prompt=100, completion=100))

    async def close(self) -> None:
        """Stop watching."""
        if self._watching:
            self._watching.cancel()


def records(first: int, count: int, turns: int) -> Iterator[Record]:
    """So many items, each with two histories of its own."""
    for number in range(first, first + count):
        for side in ("a", "b"):
            said = tuple(
                Turn(role=("user", "assistant")[turn % 2], content=f"{number}{side} turn {turn} " + "some words " * 20)
                for turn in range(turns)
            )
            yield History(id=f"h{number}{side}", turns=said)
            yield Preference(id=f"p{number}{side}", text=f"The user likes {side}-things {number}.")
        yield Pair(id=f"q{number}", a=f"p{number}a", b=f"p{number}b")
        yield Item(
            id=f"i{number}",
            query=f"query {number}?",
            pair=f"q{number}",
            history_a=f"h{number}a",
            history_b=f"h{number}b",
        )


def part(name: str, path: Path, items: int, turns: int) -> dict[str, Any]:
    """Do one part in this process, and say what it took."""
    provider = Instant()
    limits = RunLimits(concurrency=64)
    model = Model("instant", "instant", provider, Parameters(max_tokens=None), limits)
    start = time.perf_counter()
    made = 0
    with Study.open(path, create=True) as study:
        if name == "write":
            for first in range(0, items, 10_000):
                with study.writing("benchmark") as writer:
                    writer.add(records(first, min(10_000, items - first), turns), origin="benchmark")
                    writer.fold("benchmark")
        elif name == "generate":
            made = run_generation(study, plan_generation(study, model, load_paradigm("np")), NoDisplay()).progress.done
        else:
            plan = plan_judging(study, "instant-np", model, load_prompt("judge"))
            made = run_judging(study, plan, NoDisplay()).progress.done
        before = peak()
        took = time.perf_counter() - start
        if name != "write":
            fold_journals(study)
    return {
        "records": made,
        "per_second": round(made / took),
        "run_mb": before,
        "peak_mb": peak(),
        "stall": round(provider.stall, 4),
    }


def peak() -> float:
    """The most that this process has had in memory, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--wanted", type=float, default=600.0, help="MB")
    parser.add_argument("--part", choices=("write", "generate", "judge"))
    parser.add_argument("--study", type=Path)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(part(options.part, options.study, options.items, options.turns)))
        return
    found: dict[str, Any] = {"items": options.items}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("write", "generate", "judge"):
            command = [
                sys.executable,
                "-m",
                "benchmarks.scheduling_memory",
                "--part",
                name,
                "--items",
                str(options.items),
            ]
            command += ["--turns", str(options.turns), "--study", f"{folder}/s.duckdb"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            said = json.loads(done.stdout)
            if name != "write":
                found[name] = said
    found["ratio"] = round(max(found[name]["peak_mb"] for name in ("generate", "judge")) / options.wanted, 3)
    print(json.dumps(found))


if __name__ == "__main__":
    threading.stack_size(1 << 20)
    main()
