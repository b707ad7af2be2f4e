"""Finished records on their way to the disk: in groups, at most 100 ms apart, without holding up the calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interpref_core.engine.task import InFlightLog, RecordSink
    from interpref_core.records.base import Record

INTERVAL = 0.005  # seconds to gather in; while a group is on its way to the disk the next one grows by itself
_BACKLOG = 20_000


class GroupCommitWriter:
    """Collects records and has the sink write them in a thread. `flushed` is called with what is on the disk."""

    def __init__(
        self, sink: RecordSink, flushed: Callable[[Sequence[Record]], None], sent: InFlightLog | None = None
    ) -> None:
        self._sink = sink
        self._sent = sent
        self._going: list[str] = []
        self._flushed = flushed
        self._pending: list[tuple[Record, Callable[[], None] | None]] = []
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = asyncio.Event()
        self.write_error: str | None = None

    def mark_in_flight(self, line: str) -> None:
        """A call goes out, or was refused; nobody waits for this to be written."""
        if self._sent is not None:
            self._going.append(line)
            self._more.set()

    async def enqueue(self, record: Record, safe: Callable[[], None] | None = None) -> None:
        """Hand a record over; waits, afterwards, only when the disk is far behind. `safe` is called once it is on the disk
        (or never will be)."""
        self._pending.append((record, safe))
        self._more.set()
        if len(self._pending) >= _BACKLOG and not self.write_error:
            self._room.clear()
            await self._room.wait()

    async def run(self) -> None:
        """Write until closed and nothing is left, or until the disk refuses."""
        while self._pending or not self._closing.is_set():
            await self._more.wait()
            self._more.clear()
            await self._gather()
            group, self._pending = self._pending, []
            going, self._going = self._going, []
            if not group and not going:
                continue
            records = [record for record, _ in group]
            try:
                await asyncio.to_thread(self._write, going, records)
            except OSError as error:
                self.write_error = (
                    f"the journal cannot be written ({error.strerror or error}); what was written before is safe"
                )
            except Exception as error:  # a record that cannot be written must not take the program down
                self.write_error = f"the journal cannot be written ({type(error).__name__}: {error})"
            self._room.set()
            if self.write_error:
                return
            if records:
                self._flushed(records)
            for _, safe in group:
                if safe is not None:
                    safe()

    def _write(self, going: list[str], records: list[Record]) -> None:
        if going and self._sent is not None:
            self._sent.append(going)
        if records:
            self._sink.append(records)

    async def _gather(self) -> None:
        """Give others the time to finish, so that one write serves many."""
        try:
            await asyncio.wait_for(self._closing.wait(), INTERVAL)
        except TimeoutError:
            return

    def close(self) -> None:
        """No more records will come."""
        self._closing.set()
        self._more.set()
