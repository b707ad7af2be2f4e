"""Asking for what is known: look-ups of many calls at once become one query, off the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_core.engine.task import CallCache
    from interpref_core.records.runs import CachedCall


class BatchedCacheLookup:
    """Finished calls of a cache by content hash. Use from one event loop."""

    def __init__(self, cache: CallCache) -> None:
        self._cache = cache
        self._many: Callable[[list[str]], Mapping[str, CachedCall]] | None = getattr(cache, "get_many", None)
        self._wanted: dict[str, asyncio.Future[CachedCall | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def get(self, call: str) -> CachedCall | None:
        """A finished call, or None."""
        if self._many is None:
            return self._cache.get(call)
        if call not in self._cache:
            return None
        future = self._wanted.get(call)
        if future is None:
            future = self._wanted[call] = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask(self._many))
        return await asyncio.shield(future)

    async def _ask(self, many: Callable[[list[str]], Mapping[str, CachedCall]]) -> None:
        """Ask for what is wanted, until nothing is; what is wanted meanwhile makes the next query."""
        while self._wanted:
            await asyncio.sleep(0)  # everybody who is about to ask
            wanted, self._wanted = self._wanted, {}
            try:
                found = await asyncio.to_thread(many, list(wanted))
            except Exception as error:
                for future in wanted.values():
                    if not future.done():
                        future.set_exception(error)
                        future.exception()  # whoever asked may be gone
                continue
            for call, future in wanted.items():
                if not future.done():
                    future.set_result(found.get(call))
        self._asking = None
