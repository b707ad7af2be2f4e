"""The `llama_cpp` provider with a real model of random weights, in a real child process."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from interpref_core.engine import Engine, RunLimits
from interpref_core.judging import VERDICT_SCHEMA
from interpref_core.providers import Message, Parameters, ProviderError, Request, open_provider
from interpref_core.providers.llama_cpp.provider import LlamaCppProvider, library_info
from tests.support.engine_runs import MemorySink, answer_task
from tests.support.gguf_model import WIDTH, write_tiny_gguf
from tests.support.servers import has_llama_cpp, llama_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from interpref_core.records.base import Record

pytestmark = pytest.mark.local


def asking(text: str = "hello", schema: Any = None, max_tokens: int = 200, **extra: Any) -> Request:
    parameters = Parameters(max_tokens=max_tokens, seed=1, extra=extra)
    return Request(messages=(Message("user", text),), parameters=parameters, schema=schema)


@pytest.fixture
async def provider(tiny_model: Path) -> AsyncIterator[LlamaCppProvider]:
    provider = LlamaCppProvider(tiny_model, options={"n_threads": 1}, timeout=30.0)
    yield provider
    await provider.close()


def child_of(provider: LlamaCppProvider) -> psutil.Process:
    assert provider._child is not None
    return psutil.Process(provider._child.pid)


async def test_it_answers_and_says_what_it_took(provider: LlamaCppProvider) -> None:
    await provider.prepare()
    assert provider.facts["n_ctx"] == 4096, "what the model was trained on, when that is less than the cap"
    first = await provider.complete(asking("a long beginning that both share: one"))
    assert first.text
    assert first.finish_reason == "stop"
    assert first.tokens.cached == 0
    second = await provider.complete(asking("a long beginning that both share: two"))
    assert second.tokens.prompt == first.tokens.prompt
    assert second.tokens.cached is not None
    assert second.tokens.cached > 30, "what both share is read once"
    assert (await provider.complete(asking("a long beginning that both share: one"))).text == first.text


async def test_a_schema_holds(provider: LlamaCppProvider) -> None:
    reply = await provider.complete(asking("judge this", VERDICT_SCHEMA, max_tokens=1000))
    assert reply.constrained
    assert json.loads(reply.text)["persona_1"] in ("Left", "Right", "Don't know")


async def test_more_requests_than_fit_wait_their_turn(provider: LlamaCppProvider) -> None:
    replies = await asyncio.gather(*(provider.complete(asking(f"question {n}")) for n in range(30)))
    assert all(reply.text for reply in replies)
    assert provider.at_once == 8


async def test_a_prompt_that_is_too_long_fails_alone(tiny_model: Path) -> None:
    provider = LlamaCppProvider(tiny_model, options={"n_ctx": 256})
    with pytest.raises(ProviderError, match=r"the prompt is too long: .*256.*n_ctx") as caught:
        await provider.complete(asking("word " * 300))
    assert (caught.value.kind, caught.value.retryable) == ("too long", False)
    assert (await provider.complete(asking())).text
    await provider.close()


async def test_a_parameter_that_the_library_does_not_know_fails_in_one_line(provider: LlamaCppProvider) -> None:
    with pytest.raises(ProviderError, match="colour") as caught:
        await provider.complete(asking(colour="blue"))
    assert (caught.value.kind, caught.value.retryable) == ("refused", False)


async def test_a_model_without_a_chat_template_works(tmp_path: Path, tiny_model: Path) -> None:
    provider = LlamaCppProvider(write_tiny_gguf(tmp_path / "bare.gguf", template=None))
    assert (await provider.complete(asking())).text
    await provider.close()


async def test_hostile_text_goes_through(provider: LlamaCppProvider) -> None:
    assert (await provider.complete(asking("\x00\x1b[2J [/b] lone \ud800 你好 \u2028 {{ x }}"))).text


async def test_a_killed_child_costs_one_try(provider: LlamaCppProvider) -> None:
    await provider.prepare()
    call = asyncio.create_task(provider.complete(asking("go on " * 200, max_tokens=3000, logit_bias={"258": -100})))
    await asyncio.sleep(0.02)
    child_of(provider).send_signal(signal.SIGKILL)
    with pytest.raises(ProviderError, match="killed by signal 9") as caught:
        await call
    assert (caught.value.kind, caught.value.retryable) == ("crashed", True)
    assert (await provider.complete(asking())).text, "the next call has a new child"


async def test_a_call_that_kills_twice_is_not_tried_a_third_time(provider: LlamaCppProvider) -> None:
    request = asking("poison")
    for retryable in (True, False):
        await provider.prepare()
        child_of(provider).suspend()
        call = asyncio.create_task(provider.complete(request))
        await asyncio.sleep(0.05)
        child_of(provider).kill()
        with pytest.raises(ProviderError) as caught:
            await call
        assert caught.value.retryable is retryable


async def test_a_run_goes_on_over_a_crash(provider: LlamaCppProvider) -> None:
    class KillingSink(MemorySink):
        def append(self, lines: Sequence[Record]) -> None:
            super().append(lines)
            if len(self.groups) == 1:
                child_of(provider).kill()

    sink = KillingSink()
    limits = RunLimits(first_wait=0.01, concurrency=16)
    engine = Engine(provider, Parameters(max_tokens=50), sink=sink, cache={}, limits=limits)
    outcome = await engine.run((answer_task(n, padding="word " * 100) for n in range(60)), total=60)
    assert (outcome.progress.done, outcome.broken) == (60, None)
    assert 1 <= outcome.progress.retries <= 8, "one more try for each call that was under way"
    assert outcome.progress.cached_tokens > outcome.progress.prompt_tokens / 2


async def test_a_call_that_takes_too_long_ends_with_its_child(tiny_model: Path) -> None:
    provider = LlamaCppProvider(tiny_model, options={"n_threads": 1}, timeout=0.3)
    await provider.prepare()
    child = child_of(provider)
    child.suspend()
    with pytest.raises(ProviderError, match=r"no answer within 0\.3 s"):
        await provider.complete(asking())
    assert not child.is_running()
    assert (await provider.complete(asking())).text
    await provider.close()


async def test_a_cancelled_start_leaves_nothing_behind(provider: LlamaCppProvider) -> None:
    starting = asyncio.create_task(provider.prepare())
    await asyncio.sleep(0.05)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert not [one for one in psutil.Process().children() if "llama.worker" in " ".join(one.cmdline())]
    assert (await provider.complete(asking())).text


async def test_closing_ends_the_child(tiny_model: Path) -> None:
    provider = LlamaCppProvider(tiny_model)
    await provider.prepare()
    child = child_of(provider)
    await provider.close()
    assert not child.is_running()
    await provider.close()


async def test_embeddings_tell_texts_apart(provider: LlamaCppProvider) -> None:
    texts = ["walks by the sea", "tax returns", "walks by the sea", "word " * 3000, ""]
    vectors = await provider.embed(texts)
    assert [len(vector) for vector in vectors] == [WIDTH] * 5
    assert [round(sum(x * x for x in vector), 6) for vector in vectors] == [1, 1, 1, 1, 0]
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-5)
    assert vectors[0] != pytest.approx(vectors[1], abs=1e-2)
    assert (await provider.complete(asking())).text, "the same child answers, too"


async def test_each_text_is_embedded_as_if_alone(provider: LlamaCppProvider) -> None:
    texts = [f"text number {n} " * (n % 7 + 1) for n in range(70)]
    together = await provider.embed(texts)
    for n in (0, 33, 69):
        assert (await provider.embed([texts[n]]))[0] == pytest.approx(together[n], abs=1e-4)


@pytest.mark.slow
def test_a_killed_parent_leaves_no_child(tiny_model: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from interpref_core.providers import *\n"
        "async def main():\n"
        "    p = open_provider('llama_cpp/' + sys.argv[1]); await p.prepare()\n"
        "    print(p._child.pid, flush=True)\n"
        "    endless = Parameters(max_tokens=100000, extra={'logit_bias': {'258': -100, '260': -100}})\n"
        "    await asyncio.gather(*[p.complete(Request(messages=(Message('user', 'x ' * 900),), parameters=endless))"
        " for _ in range(50)])\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script, str(tiny_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        time.sleep(0.2)
        process.kill()
    gone, alive = psutil.wait_procs([child], timeout=5)
    assert gone, f"{alive} goes on without anybody who waits for it"


@pytest.mark.parametrize("content", [b"not a model", b"GGUF" + bytes(range(250)) * 2, b""])
async def test_a_file_that_is_no_model(tmp_path: Path, tiny_model: Path, content: bytes) -> None:
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    provider = LlamaCppProvider(file)
    with pytest.raises(ProviderError, match=r"bad\.gguf: the model cannot be loaded") as caught:
        await provider.complete(asking())
    assert "\n" not in str(caught.value)
    assert (caught.value.kind, caught.value.retryable) == ("load", False)


async def test_a_model_file_that_is_cut_off_says_why(tmp_path: Path, tiny_model: Path) -> None:
    file = tmp_path / "short.gguf"
    file.write_bytes(tiny_model.read_bytes()[:200_000])
    with pytest.raises(ProviderError, match="not within the file bounds"):
        await LlamaCppProvider(file).prepare()


def test_models_are_told_apart_by_what_is_in_them(tmp_path: Path, tiny_model: Path) -> None:
    same = tmp_path / tiny_model.name
    same.write_bytes(tiny_model.read_bytes())
    (tmp_path / "other").mkdir()
    other = write_tiny_gguf(tmp_path / "other" / tiny_model.name, seed=1)
    identities = [LlamaCppProvider(path).identity for path in (tiny_model, same, other)]
    assert identities[0] == identities[1] != identities[2]
    assert str(tmp_path) not in identities[1]


def test_wrong_options_and_missing_files(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ProviderError, match="there is no model file"):
        open_provider(f"llama_cpp/{tmp_path}/none.gguf")
    with pytest.raises(ProviderError, match="no option n_gpus; there are batching, "):
        open_provider(f"llama_cpp/{tiny_model}", options={"n_gpus": 2})


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ProviderError, match=r"pip install 'interpref-tui\[local\]'"):
        open_provider(f"llama_cpp/{tmp_path}/x.gguf")


def test_the_library_tells_about_itself(tiny_model: Path) -> None:
    found = library_info()
    assert found is not None
    assert found["version"]
    assert found["gpu"] in (True, False)


@pytest.mark.slow
@pytest.mark.skipif(not has_llama_cpp(server=True), reason="the server of llama-cpp-python is not installed")
async def test_its_own_server_through_the_openai_provider(tiny_model: Path) -> None:
    with llama_server(tiny_model) as url:
        provider = open_provider("openai/tiny", base_url=url)
        assert provider.local
        plain = await provider.complete(asking())
        assert plain.text
        assert plain.tokens.prompt
        verdict = await provider.complete(asking("judge this", VERDICT_SCHEMA, max_tokens=1000))
        assert json.loads(verdict.text)["persona_1"] in ("Left", "Right", "Don't know")
        with pytest.raises(ProviderError) as caught:
            await provider.complete(asking("word " * 2000))
        assert caught.value.kind == "too long"
        await provider.close()
