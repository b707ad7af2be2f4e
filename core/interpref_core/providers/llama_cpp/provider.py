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
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.providers.base import ProviderError, Reply, Request
from interpref_core.providers.llama_cpp.description import describe_model
from interpref_core.providers.llama_cpp.worker_process import COMMAND, WorkerProcess
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from interpref_core.providers.base import Parameters
    from interpref_core.providers.messages import Message

MISSING = "llama-cpp-python is not installed; get it with: pip install 'interpref-tui[local]'"
AT_ONCE = 8  # calls given to the child, unless n_parallel says otherwise; on a processor, some of them wait there
MOST_AT_ONCE = 128
OPTIONS = {
    "n_gpu_layers", "n_ctx", "n_threads", "n_batch", "n_parallel", "seed", "flash_attn", "batching", "check_memory",
}  # fmt: skip


class LlamaCppProvider:
    """One model in one child process, which works on several calls together: what their prompts share is read once.

    Calls that share a beginning should follow each other. With several calls under way the last digits of a logit
    depend on the others; what is likeliest is so by more than that, all but always.
    """

    kind = "llama_cpp"
    local = True
    endpoint: str | None = None

    def __init__(self, path: Path, *, options: Mapping[str, Any] | None = None, timeout: float = 300.0) -> None:
        """Loads on first use. `timeout` in seconds, a call (for each of those that are under way together).

        `options`: n_gpu_layers (-1: all), n_ctx (tokens in the context, which the calls under way share), n_parallel
        (calls at once), n_threads, n_batch, seed, flash_attn; batching (false: one by one through the high-level API),
        check_memory (false: load whatever is free). Raises ProviderError when llama-cpp-python, the file, or an option
        is missing or wrong.
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
        self.at_once: int | None = _at_once(self._options)
        self._path = path
        self._timeout = timeout
        self.model = path.name
        self.identity = f"llama_cpp {path.name} {_fingerprint(path)}"
        self._child: WorkerProcess | None = None
        self._starting = asyncio.Lock()
        self._turns = _CrashQuarantine()
        self._crashed: set[str] = set()

    @property
    def facts(self) -> dict[str, Any]:
        """After loading: sizes in bytes, n_ctx in tokens, layers and how many are offloaded, devices; now and then `state`."""
        return self._child.facts if self._child else {}

    @property
    def details(self) -> dict[str, str]:
        """The same in words, by name."""
        return describe_model(self.facts)

    @property
    def pid(self) -> int | None:
        """The child process, while there is one."""
        return self._child.pid if self._child else None

    async def prepare(self) -> None:
        """Load the model. Raises ProviderError when that fails."""
        await self._running()

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A call on which the child dies is worth one more try, alone, in a new child."""
        parameters = request.parameters.to_json()
        body = {
            "messages": [{"role": m.role, "content": _encodable(m.content)} for m in request.messages],
            "choice": parameters.pop("choice", None),
            "parameters": parameters,
            "schema": dict(request.schema) if request.schema else None,
        }
        answer = await self._ask(body, request.hash(""))
        return self._reply(answer, constrained=request.schema is not None)

    async def room(self, messages: tuple[Message, ...], parameters: Parameters) -> int:
        """Tokens that a prompt leaves of the context beside what is set aside for the answer; negative when it is too long.

        Set aside is what the answer may take, but a quarter of the context at most. Raises ProviderError.
        """
        body = {"count": [{"role": m.role, "content": _encodable(m.content)} for m in messages]}
        answer = await self._ask(body, content_hash("count", *body["count"]))
        n_ctx = int(self.facts.get("n_ctx", 0))
        wanted = parameters.max_tokens or n_ctx
        return n_ctx - int(answer["tokens"]) - min(wanted, n_ctx // 4)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length 1 for each text, in their order. Any GGUF does; those made for embeddings do it well.

        Texts of any length: the vector of one that is too long for the model is the mean of its pieces'. Raises
        ProviderError.
        """
        body = {"embed": [_encodable(text) for text in texts]}
        vectors: list[list[float]] = (await self._ask(body, content_hash(*body["embed"])))["vectors"]
        return vectors

    async def _ask(self, body: dict[str, Any], call: str) -> dict[str, Any]:
        """What the child says to this; an error of its own becomes a ProviderError."""
        async with self._turns.turn(alone=call in self._crashed):
            child = await self._running()
            start = time.perf_counter()
            try:
                answer = await child.request(body, self._timeout)
            except ProviderError as error:
                raise self._once(error, call) if error.kind == "crashed" else error from None
        answer.setdefault("seconds", time.perf_counter() - start)
        if "error" in answer:
            raise ProviderError(str(answer["error"])[:500], kind=str(answer.get("kind", "refused")), retryable=False)
        return answer

    def _once(self, error: ProviderError, call: str) -> ProviderError:
        again = call not in self._crashed
        self._crashed.add(call)
        return ProviderError(str(error), kind=error.kind, retryable=error.retryable and again)

    def _reply(self, answer: dict[str, Any], *, constrained: bool) -> Reply:
        if not answer["text"].strip():
            reason = answer.get("finish_reason")
            raise ProviderError(f"the reply is empty (finish reason {reason})", kind="empty", retryable=False)
        return Reply(
            text=answer["text"],
            finish_reason=answer.get("finish_reason"),
            tokens=Tokens(
                prompt=answer.get("prompt"), cached=answer.get("cached"), completion=answer.get("completion")
            ),
            latency=answer["seconds"],
            model=self.model,
            constrained=constrained,
        )

    async def _running(self) -> WorkerProcess:
        """A child with the model loaded."""
        async with self._starting:
            if self._child is None or not self._child.alive:
                if self._child is not None:
                    await self._child.shutdown()
                self._child = None
                self._child = await WorkerProcess.start(self._path, self._options)
            return self._child

    async def close(self) -> None:
        """End the child process; the model is unloaded with it."""
        if self._child is not None:
            await self._child.shutdown()
            self._child = None


class _CrashQuarantine:
    """Lets calls in together, and one that may have killed the child alone: so it cannot take others with it again."""

    def __init__(self) -> None:
        self._inside = 0
        self._alone = False
        self._wanting = 0  # those who wait to be alone, before whom nobody else comes in
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def turn(self, *, alone: bool) -> AsyncIterator[None]:
        self._wanting += alone
        try:
            while not self._may_enter(alone=alone):
                change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(change)
                await change
        finally:
            self._wanting -= alone
            self._wake()
        self._inside += 1
        self._alone = alone
        try:
            yield
        finally:
            self._inside -= 1
            self._alone = False
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():
                change.set_result(None)

    def _may_enter(self, *, alone: bool) -> bool:
        return self._inside == 0 if alone else not self._alone and not self._wanting


def _at_once(options: Mapping[str, Any]) -> int:
    """How many calls go to the child together."""
    asked = options.get("n_parallel", AT_ONCE)
    if not isinstance(asked, int) or isinstance(asked, bool) or not 1 <= asked <= MOST_AT_ONCE:
        raise ProviderError(f"n_parallel must be 1 to {MOST_AT_ONCE}, not {asked!r}", kind="options", retryable=False)
    return 1 if options.get("batching") is False else asked


def _encodable(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def library_info(timeout: float = 30.0) -> dict[str, Any] | None:
    """The installed llama-cpp-python: version, gpu (whether it offloads), system, devices, free_memory in bytes.

    None when there is none that runs. Asked in a child process too; takes up to some seconds. `timeout` in seconds.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        return None
    try:
        done = subprocess.run([*COMMAND, "--about"], capture_output=True, timeout=timeout, check=True)
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
