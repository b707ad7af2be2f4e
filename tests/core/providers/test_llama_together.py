"""Calls of the `llama_cpp` provider that are decoded together: the same answers, shared beginnings, each its own grammar."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.judging import VERDICT_CHOICE, VERDICT_SCHEMA
from interpref_core.providers import Message, Parameters, ProviderError, Request
from interpref_core.providers.llama_cpp.provider import LlamaCppProvider
from tests.core.providers.test_llama_cpp import asking, child_of
from tests.support.gguf_model import write_tiny_gguf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from interpref_core.providers import Reply

pytestmark = pytest.mark.local

ENDLESS: dict[str, Any] = {"logit_bias": {"258": -100, "260": -100}}  # no end of text
STORY = "Yesterday the user talked about walks by the sea, an old camera and strong coffee. " * 8


def opened(model: Path, **options: Any) -> LlamaCppProvider:
    return LlamaCppProvider(model, options={"n_threads": 1} | options, timeout=60.0)


@pytest.fixture
async def provider(tiny_model: Path) -> AsyncIterator[LlamaCppProvider]:
    provider = opened(tiny_model)
    yield provider
    await provider.close()


async def together(provider: LlamaCppProvider, requests: Sequence[Request]) -> list[Reply]:
    return await asyncio.gather(*(provider.complete(request) for request in requests))


def four_orders() -> list[Request]:
    return [
        asking(f"{STORY} {sides}. Who is meant, {personas}?", VERDICT_SCHEMA, max_tokens=600)
        for sides in ("Left says A and right says B " * 4, "Left says B and right says A " * 4)
        for personas in ("the sailor or the baker", "the baker or the sailor")
    ]


async def test_together_or_one_by_one_the_answers_are_the_same(tiny_model: Path) -> None:
    penalty = [asking(f"{STORY[: n * 40]} number {n}", max_tokens=60, repeat_penalty=1.2 + n / 10) for n in range(8)]
    requests = [*four_orders(), *penalty, *(asking(f"{n} " * 9) for n in range(4))]
    texts: dict[str, list[str]] = {}
    ways: dict[str, dict[str, Any]] = {
        "together": {"n_parallel": 8},
        "one at a time": {"n_parallel": 1},
        "high-level": {"batching": False},
    }
    for name, options in ways.items():
        provider = opened(tiny_model, **options)
        texts[name] = [reply.text for reply in await together(provider, requests)]
        await provider.close()
    assert texts["together"] == texts["one at a time"] == texts["high-level"]
    assert len({*texts["together"]}) > 3


async def test_what_prompts_share_is_read_once_and_told_truly(provider: LlamaCppProvider) -> None:
    alone = [await provider.complete(asking("something else " * 40)), await provider.complete(four_orders()[0])]
    whole = alone[1].tokens.prompt or 0
    replies = await together(provider, [asking("something else " * 40), *four_orders()])
    read = [(reply.tokens.prompt or 0) - (reply.tokens.cached or 0) for reply in replies[1:]]
    assert sum(read) < 0.55 * 4 * whole
    assert min(read) >= 1, "the last token is read again, for what comes after it"
    assert all((reply.tokens.completion or 0) > 0 for reply in replies)


async def test_every_call_obeys_its_own_grammar(provider: LlamaCppProvider) -> None:
    words: list[dict[str, Any]] = [
        {"type": "object", "properties": {name: {"type": "integer"}}, "required": [name], "additionalProperties": False}
        for name in ("one", "two", "three")
    ]
    requests = [asking(f"go {n}", words[n % 3] if n % 4 else None, max_tokens=400) for n in range(16)]
    replies = await together(provider, requests)
    for n, reply in enumerate(replies):
        if n % 4 and reply.finish_reason == "stop":
            assert list(json.loads(reply.text)) == [("one", "two", "three")[n % 3]]
        assert reply.constrained is bool(n % 4)
    assert sum(reply.finish_reason == "stop" for reply in replies) >= 8


async def test_seeds_temperature_and_stops_hold_for_each_call(provider: LlamaCppProvider) -> None:
    def drawn(seed: int) -> Request:
        messages = (Message("user", "tell me something"),)
        return Request(messages=messages, parameters=Parameters(temperature=1.5, max_tokens=60, seed=seed))

    first = await together(provider, [drawn(seed) for seed in range(6)])
    again = await together(provider, [drawn(seed) for seed in reversed(range(6))])
    assert [reply.text for reply in first] == [reply.text for reply in reversed(again)]
    assert len({reply.text for reply in first}) > 1
    plain = await provider.complete(asking("hello"))
    cut = await provider.complete(asking("hello", stop=[plain.text[3:6]]))
    assert (cut.text, cut.finish_reason) == (plain.text[:3], "stop")
    short = await provider.complete(asking("hello", max_tokens=4))
    assert (short.text, short.finish_reason, short.tokens.completion) == (plain.text[:4], "length", 4)
    other = await provider.complete(asking("hello", logit_bias={str(ord(plain.text[0])): -100}))
    assert other.text[0] != plain.text[0]


async def test_a_choice_is_read_from_what_could_come_first(tiny_model: Path) -> None:
    def choosing(text: str) -> Request:
        return Request(messages=(Message("user", text),), parameters=Parameters(max_tokens=1, choice=VERDICT_CHOICE))

    requests = [choosing(f"{STORY} who, {n}?") for n in range(6)]
    texts = []
    ways: list[dict[str, Any]] = [{}, {"n_parallel": 1}, {"batching": False}]
    for options in ways:
        provider = opened(tiny_model, **options)
        replies = await together(provider, requests)
        await provider.close()
        texts.append([json.loads(reply.text) for reply in replies])
        assert {reply.tokens.completion for reply in replies} == {1}
    for one, other, third in zip(*texts, strict=True):
        assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert 0 < one["mass"] < 1
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-3)
        assert one["probabilities"] == pytest.approx(third["probabilities"], abs=1e-3)


async def test_a_call_taken_back_leaves_the_others(provider: LlamaCppProvider) -> None:
    await provider.prepare()
    child = child_of(provider)
    expected = (await provider.complete(asking("the one that stays"))).text
    endless = asyncio.create_task(provider.complete(asking("go on", max_tokens=3500, **ENDLESS)))
    await asyncio.sleep(0.05)
    stays = asyncio.create_task(provider.complete(asking("the one that stays")))
    await asyncio.sleep(0)
    endless.cancel()
    await asyncio.gather(endless, return_exceptions=True)
    assert (await stays).text == expected
    assert child.is_running(), "nobody else pays for it"
    replies = await together(provider, [asking(f"question {n}") for n in range(8)])
    assert all(reply.text for reply in replies), "its place is free again"


async def test_calls_that_do_not_fit_together_give_way_and_go_on(tiny_model: Path) -> None:
    requests = [asking(f"{n} " * 60, max_tokens=300, **ENDLESS) for n in range(6)]
    roomy, narrow = opened(tiny_model), opened(tiny_model, n_ctx=700)
    expected = await together(roomy, requests)
    replies = await together(narrow, requests)
    assert [reply.text for reply in replies] == [reply.text for reply in expected]
    assert {reply.finish_reason for reply in replies} == {"length"}
    await roomy.close()
    await narrow.close()


async def test_an_answer_ends_where_the_context_does(tiny_model: Path) -> None:
    provider = opened(tiny_model, n_ctx=256)
    reply = await provider.complete(asking("go on", max_tokens=3000, **ENDLESS))
    assert reply.finish_reason == "length"
    assert (reply.tokens.prompt or 0) + (reply.tokens.completion or 0) == 256
    await provider.close()


async def test_a_crash_costs_each_call_under_way_one_try_and_its_culprit_the_next(provider: LlamaCppProvider) -> None:
    await provider.prepare()
    child_of(provider).suspend()
    requests = [asking(f"question {n}") for n in range(4)]
    calls = [asyncio.create_task(provider.complete(request)) for request in requests]
    await asyncio.sleep(0.05)
    child_of(provider).kill()
    for done in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(done, ProviderError)
        assert (done.kind, done.retryable) == ("crashed", True)
    await provider.prepare()
    child_of(provider).suspend()
    poison = asyncio.create_task(provider.complete(requests[0]))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(provider.complete(request)) for request in [*requests[1:], asking("new")]]
    await asyncio.sleep(0.05)
    child_of(provider).kill()
    with pytest.raises(ProviderError) as caught:
        await poison
    assert not caught.value.retryable
    assert all(reply.text for reply in await asyncio.gather(*others)), (
        "they had waited until the suspect was alone and gone"
    )


async def test_one_call_that_is_too_long_fails_alone(tiny_model: Path) -> None:
    provider = opened(tiny_model, n_ctx=512)
    requests = [asking("word " * 300), asking("short"), asking("word " * 300), asking("short, too")]
    replies = await asyncio.gather(*(provider.complete(one) for one in requests), return_exceptions=True)
    assert [getattr(reply, "kind", "fine") for reply in replies] == ["too long", "fine", "too long", "fine"]
    await provider.close()


async def test_embeddings_go_between_calls(provider: LlamaCppProvider) -> None:
    calls = [asyncio.create_task(provider.complete(asking(f"question {n}"))) for n in range(8)]
    vectors = await provider.embed(["a", "b"])
    assert len(vectors) == 2
    assert all(reply.text for reply in await asyncio.gather(*calls))


async def test_it_says_what_it_holds(provider: LlamaCppProvider, tiny_model: Path) -> None:
    assert provider.facts == provider.details == {}
    await provider.prepare()
    details = provider.facts
    assert details["model_bytes"] == pytest.approx(tiny_model.stat().st_size, rel=0.15)
    assert details["cache_bytes"] == 4096 * 2 * 2 * 32 * 2, "cells x layers x (key + value) x width x 16 bits"
    assert (details["layers"], details["at_once"]) == (3, 8 if details["offloaded"] else 4)
    assert 0 <= details["offloaded"] <= details["layers"]
    assert details["devices"]
    assert all({"name", "kind", "free", "total"} <= device.keys() for device in details["devices"])
    said = provider.details
    assert said["layers on the GPU"].startswith(f"{details['offloaded']} of 3")
    assert said["context"].startswith("4096 tokens, 1.0 MB")
    assert said["devices"].count(" free of ") == len(details["devices"])


async def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded(tmp_path: Path, tiny_model: Path) -> None:
    model = write_tiny_gguf(tmp_path / "far.gguf", context=4096)
    provider = opened(model, n_ctx=2_000_000_000)
    with pytest.raises(ProviderError, match=r"does not fit: .*its context 512\.0 GB, and [\d.]+ GB are free") as caught:
        await provider.prepare()
    assert (caught.value.kind, caught.value.retryable) == ("load", False)


@pytest.mark.parametrize("wrong", [0, 129, "8", True, 2.0])
def test_calls_at_once_are_a_number(tiny_model: Path, wrong: object) -> None:
    with pytest.raises(ProviderError, match="n_parallel must be 1 to 128"):
        opened(tiny_model, n_parallel=wrong)
