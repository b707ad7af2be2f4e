"""A local GGUF model through llama-cpp-python, in a child process.

In a child because loading a model points file descriptor 2 elsewhere for the whole process (a terminal program draws
there), and because a native crash should cost a call, not the terminal.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_core.providers.base import ProviderError, Reply, Request
from interpref_core.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MISSING = "llama-cpp-python is not installed; get it with: pip install 'interpref-tui[local]'"
OPTIONS = {"n_gpu_layers", "n_ctx", "n_threads", "n_batch", "seed", "flash_attn"}
_LIMIT = 1 << 27  # bytes of one line from the child


class LlamaCppProvider:
    """One model in one child process, one call at a time; what is asked meanwhile waits its turn."""

    kind = "llama_cpp"
    local = True

    def __init__(self, path: Path, *, options: Mapping[str, Any] | None = None, timeout: float = 300.0) -> None:
        """`options`: n_gpu_layers (-1: all), n_ctx (tokens), n_threads, n_batch, seed, flash_attn. Loads on first use.

        Raises ProviderError when llama-cpp-python, the file, or an option is missing or wrong.
        """
        if importlib.util.find_spec("llama_cpp") is None:
            raise ProviderError(MISSING, kind="missing", retryable=False)
        if not path.is_file():
            raise ProviderError(f"there is no model file {path}", kind="file", retryable=False)
        self._options = {"n_gpu_layers": -1} | dict(options or {})
        if unknown := self._options.keys() - OPTIONS:
            raise ProviderError(
                f"llama_cpp has no option {', '.join(sorted(unknown))}; there are {', '.join(sorted(OPTIONS))}",
                kind="options",
                retryable=False,
            )
        self._path = path
        self._timeout = timeout
        self.model = path.name
        self.identity = f"llama_cpp {path.name} {_fingerprint(path)}"
        self.details: dict[str, Any] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._noise: deque[str] = deque(maxlen=40)
        self._listener: asyncio.Task[None] | None = None

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A child that died is started again for the next try."""
        async with self._turn:
            if self._process is None:
                await self._start()
            start = time.perf_counter()
            body = {
                "messages": [{"role": m.role, "content": m.content} for m in request.messages],
                "parameters": request.parameters.to_json(),
                "schema": dict(request.schema) if request.schema else None,
            }
            try:
                answer = await asyncio.wait_for(self._exchange(body), self._timeout)
            except TimeoutError:
                await self._end()
                raise ProviderError(f"no answer within {self._timeout:g} s", kind="timeout", retryable=True) from None
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next one's
                raise
        return self._reply(answer, time.perf_counter() - start, constrained=request.schema is not None)

    def _reply(self, answer: dict[str, Any], latency: float, *, constrained: bool) -> Reply:
        if "error" in answer:
            raise ProviderError(str(answer["error"])[:500], kind=str(answer.get("kind", "model")), retryable=False)
        if not answer["text"].strip():
            reason = answer.get("finish_reason")
            raise ProviderError(f"the reply is empty (finish reason {reason})", kind="empty", retryable=False)
        return Reply(
            text=answer["text"],
            finish_reason=answer.get("finish_reason"),
            tokens=Tokens(
                prompt=answer.get("prompt"), cached=answer.get("cached"), completion=answer.get("completion")
            ),
            latency=latency,
            model=self.model,
            constrained=constrained,
        )

    async def _start(self) -> None:
        self._noise.clear()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "interpref_core.providers.llama_worker",
            str(self._path),
            json.dumps(self._options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LIMIT,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        self._listener = asyncio.create_task(self._listen(self._process.stderr))
        ready = await self._read()
        if "error" in ready:
            await self._end()
            raise ProviderError(f"{self._path}: {ready['error']}", kind="load", retryable=False)
        self.details = ready

    async def _listen(self, stream: asyncio.StreamReader | None) -> None:
        """Keep the last lines that the library prints, for the message of a crash."""
        while stream is not None and (line := await stream.readline()):
            self._noise.append(line.decode("utf-8", "replace").strip())

    async def _exchange(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise ProviderError("the model's process is not running", kind="crashed", retryable=True)
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(body).encode() + b"\n")
            await self._process.stdin.drain()
        return await self._read()

    async def _read(self) -> dict[str, Any]:
        line = await self._process.stdout.readline() if self._process and self._process.stdout else b""
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = await self._process.wait() if self._process else None
        if self._listener:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._listener), 1)
        last = next((text for text in reversed(self._noise) if text), "")
        await self._end()
        raise ProviderError(
            f"the model's process ended (code {code}){': ' + last[:300] if last else ''}",
            kind="crashed",
            retryable=True,
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if self._listener:
            self._listener.cancel()
            self._listener = None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def close(self) -> None:
        """End the child process."""
        await self._end()


def _fingerprint(path: Path) -> str:
    """Size and the SHA-256 of the first and last MiB: enough to tell model files apart without reading gigabytes."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
        file.seek(max(0, size - (1 << 20)))
        digest.update(file.read(1 << 20))
    return digest.hexdigest()[:16]
