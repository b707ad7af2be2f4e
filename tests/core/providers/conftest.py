"""What the tests of the providers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.gguf_model import write_tiny_gguf
from tests.support.servers import FakeOpenAI, has_llama_cpp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF of random weights with a chat template."""
    if not has_llama_cpp():
        pytest.skip("llama-cpp-python is not installed (the extra `local`)")
    return write_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")
