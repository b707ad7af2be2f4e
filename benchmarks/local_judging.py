"""Four-order judging through `llama_cpp/` against four separate calls of llama-cpp-python with a cleared cache.

    python -m benchmarks.local_judging [--items 50] [--model PATH.gguf]

The same prompts in the same process's machine, temperature 0. Without --model a GGUF of random weights. Wanted:
at most 55 % of the prompt tokens evaluated, 60 % of the time, and the same verdicts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.judging import VERDICT_SCHEMA, judge_messages
from interpref_core.orders import ORDERS
from interpref_core.prompts import load_prompt
from interpref_core.providers.base import Message, Parameters, Request
from interpref_core.providers.llama_cpp import LlamaCppProvider
from interpref_db.study import Study
from interpref_tui.demo import make_demo
from interpref_tui.work.judging import Answered, plan_judging, shown
from tests.support.gguf_model import write_tiny_gguf

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKENS = 24  # of an answer: enough to see whether two answers are the same


def answered_items(folder: Path, count: int) -> list[Answered]:
    """Answers of the demo study, as long as real ones are, as many as asked for."""
    bundle = Path(__file__).parent.parent / "interpref_tui" / "demo_data" / "study.jsonl.gz"
    path = folder / "demo.duckdb"
    make_demo(path, bundle)
    found: list[Answered] = []
    with Study.open(path) as study:
        for run in ("sample-attentive", "sample-partly", "sample-generic"):
            plan = plan_judging(study, run, None, None)
            found += [plan.texts.now(place) for place in range(len(plan.items))]
    return (found * (count // len(found) + 1))[:count]


def prompts(items: Sequence[Answered]) -> list[tuple[Message, ...]]:
    """Every prompt, as the program orders them."""
    prompt = load_prompt("judge")
    ordered = sorted(ORDERS, key=lambda order: (order.responses, order.number))
    return [judge_messages(prompt, one.query, *shown(one, order, strip=False)) for one in items for order in ordered]


async def ours(path: Path, asked: Sequence[tuple[Message, ...]]) -> tuple[float, int, list[str]]:
    """Seconds, prompt tokens evaluated, and the texts."""
    provider = LlamaCppProvider(path, options={"n_ctx": 16384})
    await provider.prepare()
    parameters = Parameters(temperature=0.0, max_tokens=TOKENS, seed=0)
    evaluated, texts = 0, []
    start = time.perf_counter()
    for messages in asked:
        reply = await provider.complete(Request(messages=messages, parameters=parameters, schema=VERDICT_SCHEMA))
        evaluated += (reply.tokens.prompt or 0) - (reply.tokens.cached or 0)
        texts.append(reply.text)
    took = time.perf_counter() - start
    await provider.close()
    return took, evaluated, texts


def theirs(path: Path, asked: Sequence[tuple[Message, ...]]) -> tuple[float, int, list[str]]:
    import llama_cpp

    model = llama_cpp.Llama(str(path), n_ctx=16384, n_gpu_layers=-1, verbose=False)
    evaluated, texts = 0, []
    start = time.perf_counter()
    for messages in asked:
        model.reset()  # type: ignore[no-untyped-call]
        made: Any = model.create_chat_completion(
            [{"role": message.role, "content": message.content} for message in messages],  # type: ignore[misc]
            temperature=0.0,
            max_tokens=TOKENS,
            seed=0,
            response_format={"type": "json_object", "schema": VERDICT_SCHEMA},
        )
        evaluated += made["usage"]["prompt_tokens"]
        texts.append(made["choices"][0]["message"]["content"])
    return time.perf_counter() - start, evaluated, texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = asked.model
        if model is None:
            model = Path(folder) / "tiny.gguf"
            write_tiny_gguf(model, context=16384)
        all_of = prompts(answered_items(Path(folder), asked.items))
        seconds, evaluated, texts = asyncio.run(ours(model, all_of))
        their_seconds, their_evaluated, their_texts = theirs(model, all_of)
    print(
        json.dumps(
            {
                "calls": len(all_of),
                "evaluated": evaluated,
                "their_evaluated": their_evaluated,
                "evaluated_share": round(evaluated / their_evaluated, 3),
                "seconds": round(seconds, 2),
                "their_seconds": round(their_seconds, 2),
                "time_share": round(seconds / their_seconds, 3),
                "same_verdicts": sum(one == other for one, other in zip(texts, their_texts, strict=True)),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
