"""A server on loopback and a provider that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.providers import Provider, open_provider
from tests.support.fake_openai import FakeOpenAI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def provider(server: FakeOpenAI) -> AsyncIterator[Provider]:
    provider = open_provider("openai/fake", base_url=server.url, timeout=5.0)
    yield provider
    await provider.close()
