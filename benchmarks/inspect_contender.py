"""inspect-ai asking what `engine_throughput` asks; run by a Python that has it: INSPECT_PYTHON benchmarks/inspect_contender.py

Reads one JSON object {"url", "calls", "connections", "turns"} from stdin and prints {"done", "seconds"}.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, get_model
from inspect_ai.solver import generate


def main() -> None:
    """Ask, and print how long it took."""
    asked = json.load(sys.stdin)
    kinds = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}
    turns = [kinds[role](content=content) for role, content in asked["turns"]]
    samples = [
        Sample(id=str(number), input=[*turns, ChatMessageUser(content=f"query {number}")])
        for number in range(asked["calls"])
    ]
    model = get_model("openai/m", base_url=asked["url"], api_key="none", responses_api=False)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        log = evaluate(
            Task(dataset=MemoryDataset(samples), solver=generate()),
            model=model,
            max_connections=asked["connections"],
            max_samples=2 * asked["connections"],
            log_dir=folder,
            display="none",
        )[0]
        took = time.perf_counter() - start
        done = log.results.completed_samples if log.results else 0
    print(json.dumps({"done": done, "seconds": took}))


if __name__ == "__main__":
    main()
