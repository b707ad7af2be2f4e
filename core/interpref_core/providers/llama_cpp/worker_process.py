"""The parent's side of the child process: starts it, asks it several things at a time, notices when it hangs or dies."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_core.providers.base import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND = (
    sys.executable,
    "-P",
    "-m",
    "interpref_core.providers.llama_cpp.worker",
)  # -P: no modules from the user's folder
_LIMIT = 1 << 27  # bytes of one line from the child


class WorkerProcess:
    """A running child with its model loaded. Use from one event loop."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._noise: deque[str] = deque(maxlen=40)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._crowd: dict[int, int] = {}  # the most calls that were under way while this one was
        self._heard = time.monotonic()
        self._writing = asyncio.Lock()
        self._tasks = [asyncio.create_task(self._listen())]
        self.facts: dict[str, Any] = {}
        """What the child says of its model, and from time to time of its work (`state`)."""

    @classmethod
    async def start(cls, path: Path, options: Mapping[str, Any]) -> WorkerProcess:
        """Start one and wait until the model is loaded. Raises ProviderError when it cannot be."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(path),
            json.dumps(dict(options)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LIMIT,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        child = cls(process)
        try:
            ready = await child._line()
            if ready is None:
                raise await child._death()
            if "error" in ready:
                raise ProviderError(f"{path}: {ready['error']}", kind="load", retryable=False)
        except BaseException:
            await child.shutdown()
            raise
        child.facts = ready
        child._tasks.append(asyncio.create_task(child._receive()))
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def request(self, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """The child's answer. Raises ProviderError when it dies, or gives none within `timeout` seconds.

        Calls that are under way together share the machine: a call may take `timeout` for each of them. A call that is
        cancelled, or takes too long, is taken back; the others go on. A child that is silent for so long is ended.
        """
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        for other in self._asked:
            self._crowd[other] = max(self._crowd.get(other, 0), len(self._asked))
        try:
            await self._send({"id": number, **body})
            return await self._in_time(number, future, timeout)
        except (asyncio.CancelledError, TimeoutError) as error:
            del self._asked[number]
            if isinstance(error, TimeoutError):
                if time.monotonic() - self._heard >= timeout:
                    await self.shutdown()
                await self._take_back(number)
                raise ProviderError(f"no answer within {timeout:g} s", kind="timeout", retryable=True) from None
            await asyncio.shield(self._take_back(number))
            raise
        finally:
            self._asked.pop(number, None)
            self._crowd.pop(number, None)

    async def _in_time(self, number: int, future: asyncio.Future[dict[str, Any]], timeout: float) -> dict[str, Any]:
        start = time.monotonic()
        while True:
            left = start + timeout * self._crowd[number] - time.monotonic()
            if left <= 0:
                raise TimeoutError
            await asyncio.wait({future}, timeout=left)
            if future.done():
                return future.result()

    async def _take_back(self, number: int) -> None:
        if self.alive:
            await self._send({"cancel": number})

    async def _send(self, body: Mapping[str, Any]) -> None:
        line = json.dumps(body).encode() + b"\n"
        async with self._writing:
            with suppress(ConnectionError):
                if self._process.stdin is not None:
                    self._process.stdin.write(line)
                    await self._process.stdin.drain()

    async def _receive(self) -> None:
        """Hand out answers until there are no more; then whoever waits is told why."""
        while (line := await self._line()) is not None:
            self._heard = time.monotonic()
            if "state" in line:
                self.facts = self.facts | {"state": line["state"]}
            future = self._asked.get(line.get("id", 0))
            if future is not None and not future.done():
                future.set_result(line)
        death = await self._death()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(ProviderError(str(death), kind=death.kind, retryable=True))

    async def _line(self) -> dict[str, Any] | None:
        line = await self._process.stdout.readline() if self._process.stdout else b""
        found: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        return found

    async def _listen(self) -> None:
        """Keep the last lines that the library prints, for the message of a crash."""
        stream = self._process.stderr
        while stream is not None and (line := await stream.readline()):
            self._noise.append(line.decode("utf-8", "replace").strip())

    async def _death(self) -> ProviderError:
        """Why the child ended."""
        code = await self._process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._tasks[0]), 1)
        said = next((f": {text[:300]}" for text in reversed(self._noise) if text), "")
        how = f"was killed by signal {-code}" if code < 0 else f"ended (code {code})"
        hint = " (out of memory?)" if code == -9 else ""
        return ProviderError(f"the model's process {how}{hint}{said}", kind="crashed", retryable=True)

    async def shutdown(self) -> None:
        """End it, and let go of the model with it."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()
        me = asyncio.current_task()
        others = [task for task in self._tasks if task is not me]
        if len(others) > 1:
            with suppress(TimeoutError):  # those who wait are told
                await asyncio.wait_for(asyncio.shield(others[1]), 2)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
