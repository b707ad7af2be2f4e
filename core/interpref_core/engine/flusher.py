"""Finished records on their way to the disk: in groups, at most 100 ms apart, without holding up the calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interpref_core.engine.tasks import Sink
    from interpref_core.records import Record

INTERVAL = 0.08  # seconds: with the time of the write itself, groups are at most 100 ms apart
_BACKLOG = 20_000


class Flusher:
    """Collects records and has the sink write them in a thread. `flushed` is called with what is on the disk."""

    def __init__(self, sink: Sink, flushed: Callable[[Sequence[Record]], None]) -> None:
        self._sink = sink
        self._flushed = flushed
        self._pending: list[Record] = []
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False
        self.broken: str | None = None

    async def put(self, record: Record) -> None:
        """Hand a record over; waits only when the disk is far behind."""
        await self._room.wait()
        self._pending.append(record)
        self._more.set()
        if len(self._pending) >= _BACKLOG:
            self._room.clear()

    async def run(self) -> None:
        """Write until closed and nothing is left, or until the disk refuses."""
        while not (self._closed and not self._pending):
            await self._more.wait()
            self._more.clear()
            if not self._closed:
                await asyncio.sleep(INTERVAL)
            group, self._pending = self._pending, []
            if not group:
                continue
            try:
                await asyncio.to_thread(self._sink.append, group)
            except OSError as error:
                self.broken = (
                    f"the journal cannot be written ({error.strerror or error}); what was flushed before is safe"
                )
                self._room.set()
                return
            self._room.set()
            self._flushed(group)

    def close(self) -> None:
        """No more records will come."""
        self._closed = True
        self._more.set()
