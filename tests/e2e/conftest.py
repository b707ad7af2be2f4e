"""What several end-to-end tests ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.construction import builder
from tests.support.fake_openai import FakeOpenAI

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(builder) as running:
        yield running
