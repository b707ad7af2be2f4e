"""A server that speaks OpenAI's chat completions as well, or as badly, as a test asks; it counts what it was asked.

In a test: `with FakeOpenAI() as server: … server.url, server.asked`. As a process of its own, for benchmarks:
python -m tests.support.fake_openai --delay 0.05 (prints its address, ends when its stdin does).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(frozen=True)
class Reply:
    """How one request is treated: an answer (`text`), a refusal (`status`), or something worse.

    `delay` in seconds. `drop` closes the connection without a word. `raw` is sent as it is. `message` replaces fields of
    the answer's message; `code` is the error's code; `usage` False leaves the usage out. `drip` sends it a byte at a time,
    so many seconds apart; `cut` promises more bytes than it sends.
    """

    text: str | None = None
    status: int = 200
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    raw: bytes | None = None
    content_type: str = "application/json"
    finish_reason: str = "stop"
    message: dict[str, Any] = field(default_factory=dict)
    error: str = "something is wrong"
    code: str | None = None
    usage: bool = True
    cached: int | None = None
    choices: bool = True
    drip: float = 0.0
    cut: bool = False


_LETTERS = "abcdefghijklmnopqrstuvwxyz "

Script = Callable[[dict[str, Any], int], Reply]
"""Decides on a request: its body, and how many times the same messages were asked before (0 at first)."""


def friendly(body: dict[str, Any], _: int) -> Reply:
    """Answers everything at once: a verdict where a schema is asked for, else an echo."""
    if "response_format" in body:
        return Reply(text=json.dumps({"reasoning": "because", "persona_1": "Left", "case_label": "format"}))
    return Reply(text=f"You said: {body['messages'][-1]['content'][-60:]}")


def always(reply: Reply) -> Script:
    """Every request is treated the same."""
    return lambda _body, _before: reply


class FakeOpenAI:
    """Listens on a free loopback port, in a thread of its own. `script` may be exchanged while it runs."""

    def __init__(self, script: Script = friendly, *, delay: float = 0.0, port: int = 0) -> None:
        self.script = script
        self.delay = delay
        self.asked: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.keys: list[str] = []
        self.names: list[str] = []
        """What each request was called (Idempotency-Key)."""
        self.embedded: list[list[str]] = []
        self.scripts_embeddings = False  # whether `script` decides on these as well
        self.most_at_once = 0
        self._wanted_port = port
        self.at_once = 0
        self._counts: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def counts(self) -> Counter[str]:
        """How often each list of messages (as JSON) was asked."""
        return Counter(self._counts)

    @property
    def answered(self) -> Counter[str]:
        """How often each list of messages was answered whole, with status 200."""
        return Counter(self._answered)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake server does not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", self._wanted_port, backlog=2048)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 28)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_get("/v1/models", self._models)
        return app

    async def _models(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": [{"id": "fake", "object": "model"}]})

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        """Letters counted: alike texts have alike vectors. They come back in another order than they were asked for."""
        body = await request.json()
        self.embedded.append(body["input"])
        await asyncio.sleep(self.delay)
        reply = self.script(body, len(self.embedded) - 1) if self.scripts_embeddings else Reply()
        if reply.status != 200 or reply.raw is not None:
            return web.Response(status=reply.status, body=_payload(body, reply), content_type=reply.content_type)
        found = [
            {"object": "embedding", "index": n, "embedding": [float(text.casefold().count(one)) for one in _LETTERS]}
            for n, text in enumerate(body["input"])
        ]
        return web.json_response({"object": "list", "data": found[::-1], "model": body["model"]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        name = json.dumps(body["messages"], sort_keys=True)
        before = self._counts[name]
        self._counts[name] += 1
        self.asked.append(body)
        self.times.append(time.monotonic())
        self.keys.append(request.headers.get("Authorization", ""))
        self.names.append(request.headers.get("Idempotency-Key", ""))
        reply = self.script(body, before)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.delay or reply.delay:
                await asyncio.sleep(self.delay + reply.delay)
        finally:
            self.at_once -= 1
        if reply.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if reply.drip or reply.cut:
            return await _slowly(request, _payload(body, reply), reply)
        if reply.status == 200 and reply.raw is None:
            self._answered[name] += 1
        return web.Response(
            status=reply.status, headers=reply.headers, body=_payload(body, reply), content_type=reply.content_type
        )


async def _slowly(request: web.Request, payload: bytes, reply: Reply) -> web.StreamResponse:
    """An answer that does not come whole, or not in time."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(payload))})
    await response.prepare(request)
    if reply.cut:
        await response.write(payload[: len(payload) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response
    with contextlib.suppress(ConnectionError):  # who asked has left
        for place in range(len(payload)):
            await response.write(payload[place : place + 1])
            await asyncio.sleep(reply.drip)
    return response


def _payload(body: dict[str, Any], reply: Reply) -> bytes:
    if reply.raw is not None:
        return reply.raw
    if reply.status != 200:
        return json.dumps({"error": {"message": reply.error, "type": reply.code, "code": reply.code}}).encode()
    message = {"role": "assistant", "content": reply.text} | reply.message
    answer: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", "fake"),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}] if reply.choices else [],
    }
    if reply.usage:
        prompt = sum(len(m["content"]) for m in body["messages"]) // 4
        completion = len(reply.text or "") // 4
        answer["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        if reply.cached is not None:
            answer["usage"]["prompt_tokens_details"] = {"cached_tokens": reply.cached}
    return json.dumps(answer).encode()


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", action="store_true", help="every second question meets a fault that passes")
    options = parser.parse_args()
    script: Script = friendly
    if options.faults:
        from tests.support.faults import MAY_PASS, faulty

        script = faulty(MAY_PASS, times=1)
    with FakeOpenAI(script, delay=options.delay, port=options.port) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
