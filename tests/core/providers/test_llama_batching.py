"""The batching of the child process, in this process: any mixture of calls gives what each gives alone, and keeps its books."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.providers.llama_cpp.continuous_batching import ContinuousBatcher
    from interpref_core.providers.llama_cpp.requests import RequestParser

pytestmark = pytest.mark.local
_STORIES = ("walks by the sea " * 12, "an old camera " * 20, "strong coffee " * 3)


def opened(model: Path, n_ctx: int, together: int) -> tuple[RequestParser, ContinuousBatcher, Any]:
    from interpref_core.providers.llama_cpp.continuous_batching import ContinuousBatcher
    from interpref_core.providers.llama_cpp.model_loading import Log, load
    from interpref_core.providers.llama_cpp.requests import RequestParser
    from interpref_core.providers.llama_cpp.sampling import Vocabulary

    log = Log()
    loaded = load(str(model), {"n_ctx": n_ctx, "n_parallel": together, "n_threads": 1}, log)
    return RequestParser(loaded.chat, Vocabulary(loaded.model), loaded.n_ctx, None), ContinuousBatcher(loaded), log


def request(draw: random.Random) -> dict[str, Any]:
    text = draw.choice(_STORIES)[: draw.randrange(1, 300)] + f" {draw.randrange(9)}"
    endless = {"logit_bias": {"258": -100, "260": -100}} if draw.random() < 0.5 else {}
    parameters = {"temperature": 0.0, "max_tokens": draw.randrange(1, 90), "repeat_penalty": draw.choice((1.0, 1.4))}
    return {"messages": [{"role": "user", "content": text}], "parameters": parameters | endless}


def finished(
    reader: RequestParser, batching: ContinuousBatcher, requests: list[dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """The answers of all of them, asked at once."""
    for number, one in enumerate(requests):
        batching.add(number, reader.read(one))
    answers: dict[int, dict[str, Any]] = {}
    for _ in range(20_000):
        if not batching.busy:
            return answers
        answers |= dict(batching.step())
    raise AssertionError(f"it goes round in circles: {batching.state}")


def held(batching: ContinuousBatcher) -> dict[int, int]:
    """Tokens that the library holds of each sequence, by its own account."""
    import llama_cpp

    numbers = [one.number for one in (*batching._active, *batching._idle)]
    return {n: int(llama_cpp.llama_memory_seq_pos_max(batching._memory, n)) + 1 for n in numbers}


@pytest.mark.parametrize("seed", range(3))
def test_any_mixture_gives_what_each_call_gives_alone(tiny_model: Path, seed: int) -> None:
    draw = random.Random(seed)
    requests = [request(draw) for _ in range(24)]
    reader, narrow, _ = opened(tiny_model, 768, 6)
    together = finished(reader, narrow, requests)
    reader, alone, _ = opened(tiny_model, 4096, 1)
    one_by_one = finished(reader, alone, requests)
    assert {n: answer["text"] for n, answer in together.items()} == {n: a["text"] for n, a in one_by_one.items()}
    for answer in together.values():
        assert 0 <= answer["cached"] < answer["prompt"]


@pytest.mark.parametrize("seed", range(3))
def test_the_books_agree_with_the_librarys(tiny_model: Path, seed: int) -> None:
    draw = random.Random(100 + seed)
    reader, batching, _ = opened(tiny_model, 1024, 5)
    waiting: set[int] = set()
    for step in range(400):
        if draw.random() < 0.15 and step < 300:
            batching.add(step, reader.read(request(draw)))
            waiting.add(step)
        if waiting and draw.random() < 0.05:
            gone = draw.choice(sorted(waiting))
            batching.cancel(gone)
            waiting.discard(gone)
        for number, _ in batching.step():
            assert number in waiting, "nobody is answered twice, or after it was taken back"
            waiting.discard(number)
        sequences = [*batching._active, *batching._idle]
        assert held(batching) == {one.number: one.done for one in sequences}
        numbers = [one.number for one in sequences]
        assert sorted(numbers + batching._free_numbers) == list(range(6)), "every place is free or taken, once"
        assert batching.state["cells"] == len({cell for one in sequences for cell in one.cells}) <= 1024
    while batching.busy:
        waiting -= {number for number, _ in batching.step()}
    assert not waiting
