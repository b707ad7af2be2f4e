"""Answers from a file, and providers by their names."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.providers import Message, ProviderError, Request, open_provider

if TYPE_CHECKING:
    from pathlib import Path


def replay(path: Path, *lines: Any) -> Any:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return open_provider(f"replay/{path}")


def asking(text: str) -> Request:
    return Request(messages=(Message("user", "earlier"), Message("assistant", "yes"), Message("user", text)))


async def test_answers_by_hash_then_by_query_then_in_order(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    provider = replay(
        file,
        {"hash": asking("one").hash("replay"), "text": "by hash"},
        {"query": "one", "text": "by query"},
        {"query": "two?", "text": "by query", "finish_reason": "length", "tokens": {"prompt": 5, "completion": 2}},
        {"text": "first"},
        {"text": "second"},
    )
    assert (await provider.complete(asking("one"))).text == "by hash"
    two = await provider.complete(asking("Do as told.\nAnd now: two?\n"))
    assert (two.text, two.finish_reason, two.tokens.prompt, two.tokens.cached) == ("by query", "length", 5, None)
    assert (await provider.complete(asking("other"))).text == "first"
    assert (await provider.complete(asking("other"))).text == "second"
    with pytest.raises(ProviderError, match="has no answer for this request") as caught:
        await provider.complete(asking("other"))
    assert not caught.value.retryable


async def test_hashes_of_another_provider(tmp_path: Path) -> None:
    identity = "openai https://api.openai.com/v1 gpt-4o"
    request = asking("one")
    provider = replay(
        tmp_path / "a.jsonl", {"identity": identity}, {"hash": request.hash(identity), "text": "paid for"}
    )
    assert provider.identity == identity
    assert (await provider.complete(request)).text == "paid for"


@pytest.mark.parametrize(
    "line", ["{", '{"query": "x"}', '{"text": 3}', "[]", "[" * 100_000, '{"hash": "x", "text": null}']
)
def test_a_line_that_is_no_answer(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "fine"}\n' + line + "\n")
    with pytest.raises(ProviderError, match=r"a\.jsonl, line 2: not ") as caught:
        open_provider(f"replay/{file}")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe\xe4")
    for name in ("none", "latin", "."):
        with pytest.raises(ProviderError, match="cannot be read"):
            open_provider(f"replay/{tmp_path / name}")


@pytest.mark.parametrize("name", ["gpt-4o", "openai", "openai/", "anthropic/claude", "", "/x", "llama_cpp/"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(ProviderError, match=r"is no model: give openai/NAME, llama_cpp/PATH\.gguf or replay/FILE"):
        open_provider(name)


def test_overlap_answers_nothing() -> None:
    with pytest.raises(ProviderError, match="overlap is a judge"):
        open_provider("overlap")


def test_opening_a_provider_imports_no_client(tmp_path: Path) -> None:
    script = (
        "import sys; from interpref_core.providers import open_provider; import interpref_core.engine;"
        "open_provider('openai/m', base_url='http://localhost:1/v1');"
        "print([m for m in ('openai','httpx2','aiohttp','numpy','llama_cpp','pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
