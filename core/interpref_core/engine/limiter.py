"""How many calls may be under way, and when the next may be sent: adapts to what the server says."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_COOLDOWN = 2.0  # seconds in which several refusals count as one: they were all sent under the old limit
_SHRINK = 0.7


class Limiter:
    """At most `limit` calls at once. A refusal for the rate shrinks it and may pause all sends; success lets it grow again.

    Additive increase (one more after as many successes as the limit), multiplicative decrease.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._resume = 0.0
        self._shrunk = 0.0
        self._successes = 0

    @property
    def paused(self) -> float:
        """Seconds until calls are sent again; 0 when they are."""
        return max(0.0, self._resume - time.monotonic())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free slot and for the end of a pause."""
        while self.in_flight >= self.limit or self.paused:
            if self.paused:
                await asyncio.sleep(self.paused)
                continue
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._wake()
                raise
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self._wake()

    def _wake(self) -> None:
        free = self.limit - self.in_flight
        while free > 0 and self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                free -= 1

    def succeeded(self) -> None:
        """A call came back well."""
        if self.limit >= self.most:
            return
        self._successes += 1
        if self._successes >= self.limit:
            self._successes = 0
            self.limit += 1
            self._wake()

    def refused(self, retry_after: float | None) -> None:
        """The server said that it is too much; it may have said until when to wait."""
        moment = time.monotonic()
        if retry_after:
            self._resume = max(self._resume, moment + retry_after)
        if moment - self._shrunk > _COOLDOWN:
            self._shrunk = moment
            self._successes = 0
            self.limit = max(1, int(min(self.limit, max(self.in_flight, 1)) * _SHRINK))
