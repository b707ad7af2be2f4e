"""Four-order judging through `llama_cpp/` against four separate calls of llama-cpp-python with a cleared cache.

    python -m benchmarks.local_judging [--items 50] [--model PATH.gguf | --size tiny|medium] [--at-once N] [--history]

The same prompts on the same machine, in turns in one run, temperature 0. Without --model a GGUF of random weights.
With --history each prompt is preceded by the side's history, as where a judge is shown it. Wanted: at most 55 % of the
prompt tokens evaluated, 60 % of the time, and the same verdicts. `processor_share` is the time of the processor,
which a busy machine blurs less; `by_probabilities` the same judge reading its verdicts from token probabilities.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from interpref_core.judging import VERDICT_CHOICE, VERDICT_SCHEMA, judge_messages, parse_verdict
from interpref_core.orders import ORDERS
from interpref_core.prompts.loading import load_prompt
from interpref_core.providers.base import Parameters, Request
from interpref_core.providers.llama_cpp.provider import LlamaCppProvider
from interpref_core.providers.messages import Message
from interpref_db.records.details import turns
from interpref_db.study.study import Study
from interpref_tui.services.demo import make_demo
from interpref_tui.services.runs.judge import AnsweredItem, plan_judging, texts_in_order
from tests.support.gguf_model import MEDIUM, write_tiny_gguf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.constrained_choice import ChoiceConstraint

TOKENS = 160  # of an answer
CONTEXT = 16384
TURN = 5  # items that each way judges before it is the other's turn


@dataclass
class Judged:
    """Seconds, seconds of the processor (parent and child), prompt tokens evaluated, and the texts."""

    seconds: float = 0.0
    processor: float = 0.0
    evaluated: int = 0
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """An item that was answered, and the history that a judge is shown before it."""

    answered: AnsweredItem
    history: tuple[Message, ...]


def answered_items(folder: Path, count: int, *, history: bool) -> list[Shown]:
    """Answers of the demo study, as long as real ones are, as many as asked for."""
    bundle = Path(__file__).parent.parent / "interpref_tui" / "demo_data" / "study.jsonl.gz"
    path = folder / "demo.duckdb"
    make_demo(path, bundle)
    found: list[Shown] = []
    with Study.open(path) as study:
        histories = {
            row["item"]: row["history"] for row in study.rows("work_items", run="", swapped=False) if row["side"] == "a"
        }
        for run in ("sample-attentive", "sample-partly", "sample-generic"):
            plan = plan_judging(study, run, None, None)
            for place in range(len(plan.items)):
                one = plan.texts.now(place)
                told = turns(study, histories[one.item]) if history and histories[one.item] else []
                found.append(Shown(one, tuple(Message(turn["role"], turn["content"]) for turn in told)))
    return (found * (count // len(found) + 1))[:count]


def prompts(items: Sequence[Shown], name: str = "judge") -> list[tuple[Message, ...]]:
    """Every prompt, as the program orders them."""
    prompt = load_prompt(name)
    ordered = sorted(ORDERS, key=lambda order: (order.responses, order.number))
    return [
        (*one.history, *judge_messages(prompt, one.answered.query, *texts_in_order(one.answered, order, strip=False)))
        for one in items
        for order in ordered
    ]


class Ours:
    """Judging through the provider, `at_once` calls at a time."""

    def __init__(self, path: Path, at_once: int | None, threads: int) -> None:
        options = {"n_ctx": CONTEXT, "n_threads": threads} | ({"n_parallel": at_once} if at_once else {})
        self._provider = LlamaCppProvider(path, options=options)
        self._places = asyncio.Semaphore(self._provider.at_once or 1)

    async def judge(
        self, asked: Sequence[tuple[Message, ...]], made: Judged, choice: ChoiceConstraint | None = None
    ) -> None:
        await self._provider.prepare()
        start, before = time.perf_counter(), self._processor()
        for text, evaluated in await asyncio.gather(*(self._one(messages, choice) for messages in asked)):
            made.texts.append(text)
            made.evaluated += evaluated
        made.seconds += time.perf_counter() - start
        made.processor += self._processor() - before

    async def _one(self, messages: tuple[Message, ...], choice: ChoiceConstraint | None) -> tuple[str, int]:
        parameters = Parameters(temperature=0.0, max_tokens=TOKENS, seed=0, choice=choice)
        schema = None if choice else VERDICT_SCHEMA
        async with self._places:
            reply = await self._provider.complete(Request(messages=messages, parameters=parameters, schema=schema))
        return reply.text, (reply.tokens.prompt or 0) - (reply.tokens.cached or 0)

    def _processor(self) -> float:
        child = psutil.Process(self._provider.pid).cpu_times()
        return float(time.process_time() + child.user + child.system)

    async def close(self) -> None:
        await self._provider.close()


class Theirs:
    """Each call by itself, nothing kept from the one before."""

    def __init__(self, path: Path, threads: int) -> None:
        import llama_cpp

        self._model = llama_cpp.Llama(
            str(path), n_ctx=CONTEXT, n_gpu_layers=-1, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def judge(self, asked: Sequence[tuple[Message, ...]], done: Judged) -> None:
        start, before = time.perf_counter(), time.process_time()
        for messages in asked:
            self._model.reset()  # type: ignore[no-untyped-call]  # it has no types
            made: Any = self._model.create_chat_completion(
                [{"role": message.role, "content": message.content} for message in messages],  # type: ignore[misc]  # it wants a class a role
                temperature=0.0,
                max_tokens=TOKENS,
                seed=0,
                response_format={"type": "json_object", "schema": VERDICT_SCHEMA},
            )
            done.evaluated += made["usage"]["prompt_tokens"]
            done.texts.append(made["choices"][0]["message"]["content"])
        done.seconds += time.perf_counter() - start
        done.processor += time.process_time() - before


async def compare(
    model: Path, items: Sequence[Shown], at_once: int | None, threads: int
) -> tuple[Judged, Judged, Judged]:
    """Ours, theirs and ours by probabilities, in turns of a few items, so that a busy machine is busy for all three."""
    provider, high_level = Ours(model, at_once, threads), Theirs(model, threads)
    we, they, sure = Judged(), Judged(), Judged()
    for start in range(0, len(items), TURN):
        some = items[start : start + TURN]
        await provider.judge(prompts(some), we)
        high_level.judge(prompts(some), they)
        await provider.judge(prompts(some, "judge-choice"), sure, VERDICT_CHOICE)
    await provider.close()
    return we, they, sure


def write_random(path: Path, size: str) -> None:
    """A model of random weights; with this seed the larger one ends its sentences, and its verdicts differ."""
    if size == "medium":
        write_tiny_gguf(path, context=CONTEXT, shape=MEDIUM, seed=3)
    else:
        write_tiny_gguf(path, context=CONTEXT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--size", choices=("tiny", "medium"), default="tiny")
    parser.add_argument("--at-once", type=int, help="calls decoded together  [default: the program's]")
    parser.add_argument("--threads", type=int, default=1, help="of either; more than are free make both slow")
    parser.add_argument("--history", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = asked.model
        if model is None:
            model = Path(folder) / f"{asked.size}.gguf"
            write_random(model, asked.size)
        items = answered_items(Path(folder), asked.items, history=asked.history)
        we, they, sure = asyncio.run(compare(model, items, asked.at_once, asked.threads))
    verdicts = [[parse_verdict(text).choice for text in made.texts] for made in (we, they)]
    print(
        json.dumps(
            {
                "calls": len(they.texts),
                "at_once": asked.at_once,
                "evaluated": we.evaluated,
                "their_evaluated": they.evaluated,
                "evaluated_share": round(we.evaluated / they.evaluated, 3),
                "seconds": round(we.seconds, 2),
                "their_seconds": round(they.seconds, 2),
                "time_share": round(we.seconds / they.seconds, 3),
                "processor_share": round(we.processor / they.processor, 3),
                "same_verdicts": sum(one == other for one, other in zip(*verdicts, strict=True)),
                "same_texts": sum(one == other for one, other in zip(we.texts, they.texts, strict=True)),
                "by_probabilities": {
                    "time_share": round(sure.seconds / they.seconds, 3),
                    "processor_share": round(sure.processor / they.processor, 3),
                },
                "verdicts": {choice: verdicts[1].count(choice) for choice in sorted({*verdicts[1]})},
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
