"""Embeddings of a server: in the order of the texts, and nothing taken for granted about what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interpref_core.providers.base import ProviderError
from interpref_core.providers.openai.provider import OpenAIProvider
from interpref_core.providers.openai.responses import read_embeddings
from tests.support.fake_openai import FakeOpenAI, Reply, always


async def test_vectors_come_in_the_order_of_the_texts() -> None:
    with FakeOpenAI() as server:
        provider = OpenAIProvider("small", base_url=server.url)
        found = await provider.embed(["aaa", "b", "界"])
        await provider.close()
    assert [vector[:2] for vector in found] == [[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert server.embedded == [["aaa", "b", "界"]]


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (Reply(status=429), "rate limit", True),
        (Reply(status=401), "auth", False),
        (Reply(status=404), "model", False),
        (Reply(raw=b"<html>"), "reply", True),
        (Reply(raw=b'{"data": []}'), "reply", True),
        (Reply(raw=b'{"error": {"message": "busy"}}'), "server", True),
    ],
)
async def test_what_is_no_answer_is_a_failure_in_one_line(reply: Reply, kind: str, retryable: bool) -> None:
    with FakeOpenAI(always(reply)) as server:
        server.scripts_embeddings = True
        provider = OpenAIProvider("small", base_url=server.url)
        with pytest.raises(ProviderError) as caught:
            await provider.embed(["text"])
        await provider.close()
    assert (caught.value.kind, caught.value.retryable) == (kind, retryable)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "entries",
    [
        [{"embedding": [1.0]}],
        [{"embedding": [1.0]}, {"embedding": [1.0, 2.0]}],
        [{"embedding": [1.0]}, {"embedding": ["x"]}],
        [{"embedding": [1.0]}, {"embedding": []}],
        [{"embedding": [1.0]}, 5],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [2.0]}],
        [{"embedding": [1.0]}, {"embedding": [float("inf")]}],
        [{"embedding": [True]}, {"embedding": [False]}],
    ],
    ids=json.dumps,
)
def test_vectors_that_do_not_fit_are_no_vectors(entries: Any) -> None:
    with pytest.raises(ProviderError):
        read_embeddings({"data": entries}, 2)
