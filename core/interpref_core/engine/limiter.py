"""How many calls may be under way, and when the next may be sent: adapts to what the server says."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SHRINK = 0.8


class Limiter:
    """At most `limit` calls at once, first come first served.

    A refusal for the rate shrinks the limit (multiplicative decrease; once for all that was sent under the old limit);
    as many successes as the limit let it grow by one (additive increase), up to `most`. Runs against one endpoint may
    share one.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self.refusals = 0
        self.refused_at = 0.0
        """Seconds since the epoch of the last refusal for the rate; 0 when there was none."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._resume = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._epoch = 0  # counts the times the limit shrank
        self._successes = 0

    @property
    def paused(self) -> float:
        """Seconds until calls are sent again; 0 when they are."""
        return max(0.0, self._resume - time.monotonic())

    @property
    def reason(self) -> str:
        """Why fewer calls are sent at once than was asked for; empty when they are not."""
        if self.limit >= self.most or not self.refused_at:
            return ""
        when = time.strftime("%H:%M:%S", time.localtime(self.refused_at))
        grows = "; one more after every full round that goes well"
        return f"fewer than {self.most} since the server refused for its rate at {when}{grows}"

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a turn: for a free place, and for the end of a pause. Gives what `succeeded` and `refused` want."""
        if self._waiting or self.in_flight >= self.limit or self.paused:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            self._admit()  # with nothing under way, nobody else would wake us after a pause
            try:
                await turn  # whoever sets it counts us in
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._leave()
                raise
        else:
            self.in_flight += 1
        try:
            yield self._epoch
        finally:
            self._leave()

    def _leave(self) -> None:
        self.in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        """Let in who is next, as far as there is room; after a pause, when it is over."""
        if not self._waiting:
            return
        if pause := self.paused:
            if self._alarm is None or self._alarm.cancelled():
                self._alarm = asyncio.get_running_loop().call_later(pause, self._over)
            return
        while self._waiting and self.in_flight < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def _over(self) -> None:
        self._alarm = None
        self._admit()

    def succeeded(self, sent: int) -> None:
        """A call came back well."""
        if self.limit >= self.most or sent != self._epoch:
            return
        self._successes += 1
        if self._successes >= self.limit:
            self._successes = 0
            self.limit += 1
            self._admit()

    def refused(self, sent: int) -> None:
        """The server said that it is too much at once."""
        self._successes = 0
        self.refusals += 1
        self.refused_at = time.time()
        if sent == self._epoch:
            self._epoch += 1
            self.limit = max(1, int(min(self.limit, max(self.in_flight, 1)) * _SHRINK))

    def pause(self, seconds: float) -> None:
        """Send nothing for so long: the server asked for it."""
        self._resume = max(self._resume, time.monotonic() + seconds)
