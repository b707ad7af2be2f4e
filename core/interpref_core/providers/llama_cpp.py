"""A local GGUF model through llama-cpp-python, in a child process.

In a child because loading a model points file descriptor 2 elsewhere for the whole process (a terminal program draws
there), and because a native crash should cost a call, not the terminal.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.providers.base import ProviderError, Reply, Request
from interpref_core.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MISSING = "llama-cpp-python is not installed; get it with: pip install 'interpref-tui[local]'"
OPTIONS = {"n_gpu_layers", "n_ctx", "n_threads", "n_batch", "seed", "flash_attn"}
_LIMIT = 1 << 27  # bytes of one line from the child
_WORKER = (sys.executable, "-P", "-m", "interpref_core.providers.llama.worker")  # -P: no modules from the user's folder


class LlamaCppProvider:
    """One model in one child process, one call at a time; what is asked meanwhile waits its turn, in order.

    Calls that share a beginning should follow each other: the model keeps what it has read of the call before.
    """

    kind = "llama_cpp"
    local = True
    at_once: int | None = 1
    endpoint: str | None = None

    def __init__(self, path: Path, *, options: Mapping[str, Any] | None = None, timeout: float = 300.0) -> None:
        """`options`: n_gpu_layers (-1: all), n_ctx (tokens), n_threads, n_batch, seed, flash_attn. Loads on first use.

        `timeout` in seconds, a call. Raises ProviderError when llama-cpp-python, the file, or an option is missing or
        wrong.
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
        """After loading: n_ctx in tokens, gpu (whether the build offloads), version."""
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._noise: deque[str] = deque(maxlen=40)
        self._listener: asyncio.Task[None] | None = None
        self._crashed: set[str] = set()

    async def prepare(self) -> None:
        """Load the model. Raises ProviderError when that fails."""
        async with self._turn:
            await self._started()

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A call on which the child dies is worth one more try, in a new child."""
        body = {
            "messages": [{"role": m.role, "content": _encodable(m.content)} for m in request.messages],
            "parameters": request.parameters.to_json(),
            "schema": dict(request.schema) if request.schema else None,
        }
        async with self._turn:
            await self._started()
            start = time.perf_counter()
            answer = await self._asked(body, request.hash(""))
        return self._reply(answer, time.perf_counter() - start, constrained=request.schema is not None)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length 1 for each text, in their order. Any GGUF does; those made for embeddings do it well.

        Texts of any length: the vector of one that is too long for the model is the mean of its pieces'. Raises
        ProviderError.
        """
        body = {"embed": [_encodable(text) for text in texts]}
        async with self._turn:
            await self._started()
            answer = await self._asked(body, content_hash(*body["embed"]))
        if "error" in answer:
            raise ProviderError(str(answer["error"])[:500], kind=str(answer.get("kind", "refused")), retryable=False)
        vectors: list[list[float]] = answer["vectors"]
        return vectors

    async def _asked(self, body: dict[str, Any], call: str) -> dict[str, Any]:
        """What the child says to this, within the time limit."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(body)
        except TimeoutError:
            await self._end()
            raise ProviderError(f"no answer within {self._timeout:g} s", kind="timeout", retryable=True) from None
        except asyncio.CancelledError:
            await self._end()  # its answer would be taken for the next one's
            raise
        except ProviderError as error:
            raise self._once(error, call) from None

    def _once(self, error: ProviderError, call: str) -> ProviderError:
        again = call not in self._crashed
        self._crashed.add(call)
        return ProviderError(str(error), kind=error.kind, retryable=error.retryable and again)

    def _reply(self, answer: dict[str, Any], latency: float, *, constrained: bool) -> Reply:
        if "error" in answer:
            raise ProviderError(str(answer["error"])[:500], kind=str(answer.get("kind", "refused")), retryable=False)
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

    async def _started(self) -> None:
        """Have a child with the model loaded, or none."""
        if self._process is not None and self._process.returncode is None:
            return
        await self._end()
        self._noise.clear()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_WORKER,
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
        except BaseException:
            await self._end()
            raise
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
        process = self._process
        line = await process.stdout.readline() if process and process.stdout else b""
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = await process.wait() if process else None
        if self._listener:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._listener), 1)
        said = next((f": {text[:300]}" for text in reversed(self._noise) if text), "")
        await self._end()
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended (code {code})"
        hint = " (out of memory?)" if code == -9 else ""
        raise ProviderError(f"the model's process {how}{hint}{said}", kind="crashed", retryable=True)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if self._listener:
            self._listener.cancel()
            self._listener = None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        if process.stdin:
            process.stdin.close()
        await process.wait()

    async def close(self) -> None:
        """End the child process."""
        await self._end()


def _encodable(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def about_library(timeout: float = 30.0) -> dict[str, Any] | None:
    """The installed llama-cpp-python: version, gpu (whether it offloads), system; None when there is none that runs.

    Asked in a child process too; takes up to some seconds. `timeout` in seconds.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        return None
    try:
        done = subprocess.run([*_WORKER, "--about"], capture_output=True, timeout=timeout, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return found


def _fingerprint(path: Path) -> str:
    """Size and the SHA-256 of the first and last MiB: enough to tell model files apart without reading gigabytes."""
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            digest.update(file.read(1 << 20))
            file.seek(max(0, size - (1 << 20)))
            digest.update(file.read(1 << 20))
    except OSError as error:
        raise ProviderError(f"{path} cannot be read: {error.strerror}", kind="file", retryable=False) from None
    return digest.hexdigest()[:16]
