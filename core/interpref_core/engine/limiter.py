"""Whose turn it is, and at which endpoint: bounded, first come first served, the least loaded of those that are well."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.engine.adaptive_concurrency import FIRST, EndpointPacer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.engine.adaptive_concurrency import SlotPool

_LOOK_AGAIN = 0.25  # seconds: other processes may have left places
_GROUPS = 10_000  # groups whose endpoint is remembered


@dataclass(slots=True)
class Slot:
    """A place at one endpoint. Over when `leave` is called: when the answer is on the disk, or there is none."""

    limiter: ConcurrencyLimiter
    place: int
    pace: EndpointPacer
    epoch: int
    probe: bool
    over: bool = False

    def release(self) -> None:
        """Let the next one in; a second time it does nothing."""
        if not self.over:
            self.over = True
            self.pace.leave(probe=self.probe)
            self.limiter.wake_waiters()


class ConcurrencyLimiter:
    """Turns at one endpoint or several. Runs against the same endpoints may share one."""

    def __init__(self, most: int, shares: Sequence[SlotPool | None] = (None,)) -> None:
        """`most` calls at once at each endpoint; `shares`, one an endpoint, say what other processes leave of it."""
        strikes = None if len(shares) == 1 else 3  # where others can take over, one is given up sooner
        self.paces = [EndpointPacer(most, share, strikes=strikes) for share in shares]
        self._waiting: deque[tuple[asyncio.Future[Slot], str]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._homes: dict[str, int] = {}

    @property
    def limit(self) -> int:
        """How many calls may be under way at once."""
        return sum(pace.limit for pace in self.paces)

    @property
    def in_flight(self) -> int:
        """How many are."""
        return sum(pace.in_flight for pace in self.paces)

    @property
    def waiting(self) -> int:
        """How many calls wait for a turn."""
        return len(self._waiting)

    @property
    def paused(self) -> tuple[float, str]:
        """Seconds until calls are sent again, and why they are not; 0 while any endpoint takes some."""
        next_one = min(self.paces, key=lambda pace: (pace.is_open, pace.paused))
        return next_one.paused, next_one.why_paused

    @property
    def reason(self) -> str:
        """Why the limit is what it is, where it is not what was asked for; empty when it is."""
        low = [pace for pace in self.paces if pace.limit < pace.most]
        if not low:
            return ""
        lowered = [pace.lowered for pace in low if pace.lowered]
        if not lowered:
            return f"begins with {FIRST} and doubles while all is answered"
        last = max(lowered, key=lambda change: change.time)
        when = time.strftime("%H:%M:%S", time.localtime(last.time))
        return f"{last.why} at {when}; one more after every round of answers"

    @property
    def response_count(self) -> bool:
        """Whether any endpoint has answered yet."""
        return any(pace.answered for pace in self.paces)

    async def acquire(self, group: str = "") -> Slot:
        """Wait for a turn: for a free place, and for the end of a pause. Calls of one group go to one endpoint while it has
        room, since what they share is in its cache."""
        if not self._waiting and (found := self._free(group)) is not None:
            return found
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, group))
        self.wake_waiters()  # with nothing under way, nobody else would wake us after a pause
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                future.result().release()
            raise

    def _free(self, group: str) -> Slot | None:
        """A turn that can begin now."""
        place = 0
        if len(self.paces) == 1:
            if not self.paces[0].available():
                return None
        else:
            free = [place for place, pace in enumerate(self.paces) if pace.available()]
            if not free:
                return None
            place = min(free, key=lambda one: (self.paces[one].in_flight / self.paces[one].limit, one))
            if group:
                home = self._homes.get(group)
                place = home if home in free else place
                if home is None and len(self._homes) >= _GROUPS:
                    del self._homes[next(iter(self._homes))]
                self._homes[group] = place
        pace = self.paces[place]
        return Slot(self, place, pace, pace.epoch, pace.enter())

    def wake_waiters(self) -> None:
        """Let in who is next, as far as there is room; after a pause, when it is over."""
        while self._waiting:
            future, group = self._waiting[0]
            if future.done():
                self._waiting.popleft()
                continue
            turn = self._free(group)
            if turn is None:
                self._wake()
                return
            self._waiting.popleft()
            future.set_result(turn)

    def _wake(self) -> None:
        """Look again when the shortest pause is over, or when others may have left places."""
        if self._alarm is not None:
            return
        pauses = [pace.paused for pace in self.paces if pace.paused]
        if any(pace.share is not None for pace in self.paces):
            pauses.append(_LOOK_AGAIN)
        if pauses:
            self._alarm = asyncio.get_running_loop().call_later(min(pauses), self._over)

    def _over(self) -> None:
        self._alarm = None
        self.wake_waiters()
