"""How many calls one endpoint bears at once, and when it may be sent the next: learnt from what it answers."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from interpref_core.providers.base import RateLimitInfo

FIRST = 8  # calls at once before anything is known
_SHRINK = 0.8
_STRIKES = 5  # failures in a row, at least, before an endpoint is rested
_LONGEST_HINT = 60.0  # seconds to heed an allowance that is used up, before it is tried again
_CHANGES = 50


@dataclass(frozen=True, slots=True)
class PaceChange:
    """A new limit: when (seconds since the epoch), how many at once, and why, in the user's words."""

    time: float
    limit: int
    why: str


class SlotPool(Protocol):
    """What this process may have of an endpoint that other processes ask as well."""

    def acquire(self, wanted: int, limit: int) -> int:
        """Try to have places for `wanted` calls, of `limit` at most; gives for how many there are."""
        ...

    def release_unused(self, in_use: int) -> None:
        """So many are in use now: others may have the rest, as far as they want it."""
        ...

    def pause(self, until: float) -> None:
        """The endpoint asked for silence until then (seconds since the epoch)."""
        ...

    def paused_until(self) -> float:
        """Until when it asked other processes for silence (seconds since the epoch)."""
        ...


class EndpointPacer:
    """The limit of one endpoint. Starts at 8 (or `most`), doubles for each round of answers until the first refusal for the
    rate; a refusal takes a fifth of it, once for all that was sent under the old limit; then it grows by one a round.

    An endpoint that fails time after time is rested, longer each time, and then asked one call to see whether it is back.
    """

    def __init__(self, most: int, share: SlotPool | None = None, *, strikes: int | None = None) -> None:
        """It is rested after `strikes` failures in a row; None: after as many as may be under way, and at least five."""
        self.most = most
        self.limit = min(FIRST, most)
        self.in_flight = 0
        self.epoch = 0
        """Counts the times the limit shrank: what was sent before says nothing about the new one."""
        self.share = share
        self.answered = False
        self.failing = 0
        """Failures in a row."""
        self.changes: deque[PaceChange] = deque(maxlen=_CHANGES)
        self.lowered: PaceChange | None = None
        self._strikes = strikes
        self._doubling = True
        self._successes = 0
        self._resume = 0.0
        self._why_paused = ""
        self._rests = 0
        self._probing: bool | None = None  # None: well; False: the next call is a probe; True: it is under way
        self._mean_tokens = 0.0

    # -- may the next call be sent ------------------------------------------------------------------------------------

    @property
    def paused(self) -> float:
        """Seconds until calls are sent again; 0 when they are."""
        return max(0.0, self._resume - time.monotonic())

    @property
    def why_paused(self) -> str:
        """Why nothing is sent at present."""
        return self._why_paused if self.paused else ""

    @property
    def is_open(self) -> bool:
        """Whether it failed so often that it is left alone, or tried with one call."""
        return self._probing is not None

    def available(self) -> bool:
        """Whether one more call may be sent now."""
        if self.paused or self._probing or self.in_flight >= self.limit:
            return False
        if self.share is None:
            return True
        places = self.share.acquire(self.in_flight + 1, self.limit)
        if (silent := self.share.paused_until() - time.time()) > 0:
            self._resume, self._why_paused = time.monotonic() + silent, "the server asked another run to wait"
            return False
        return places > self.in_flight

    def enter(self) -> bool:
        """A call is sent. Whether it is a probe."""
        self.in_flight += 1
        if self._probing is False:
            self._probing = True
            return True
        return False

    def leave(self, *, probe: bool) -> None:
        """A call is over, and its answer on the disk."""
        self.in_flight -= 1
        if probe and self._probing:
            self._probing = False
        if self.share is not None:
            self.share.release_unused(self.in_flight)

    # -- what its answers say -----------------------------------------------------------------------------------------

    def on_success(self, sent: int) -> None:
        """A call came back well; `sent` is the epoch it was sent in."""
        self.answered = True
        self.failing = self._rests = 0
        if self._probing is not None:
            self._probing = None
            self._change(self.limit, "it answers again")
        if self.limit >= self.most or sent != self.epoch:
            return
        self._successes += 1
        if self._successes >= self.limit:
            self._successes = 0
            if self._doubling:
                self._change(min(self.most, 2 * self.limit), "doubled: all is answered")
            else:
                self._change(self.limit + 1, "one more: all is answered")

    def on_rate_limited(self, sent: int, why: str) -> None:
        """The server says, or shows, that it is too much at once."""
        self._successes = 0
        self._doubling = False
        if sent == self.epoch:
            self.epoch += 1
            self._change(max(1, int(min(self.limit, max(self.in_flight, 1)) * _SHRINK)), why)

    def on_failure(self, first_wait: float, longest_wait: float) -> None:
        """A call failed for the endpoint's own reasons. Times in seconds: how long to rest the first time, and at most."""
        self.failing += 1
        if self._rests and self.paused:
            return  # a straggler from before the rest
        if not self._rests and self.failing < (self._strikes or max(_STRIKES, self.limit)):
            return
        seconds = min(longest_wait, first_wait * 2**self._rests) * random.uniform(0.75, 1.25)
        self._rests += 1
        self._probing = False
        self._successes = 0
        self._change(max(1, min(self.limit, FIRST)), f"{self.failing} failures in a row: rested")
        self.pause(seconds, "the server fails time after time")

    def pause(self, seconds: float, why: str) -> None:
        """Send nothing for so long."""
        resume = time.monotonic() + seconds
        if resume > self._resume:
            self._resume, self._why_paused = resume, why
            if self.share is not None:
                self.share.pause(time.time() + seconds)

    def observe_rate_limit(self, left: RateLimitInfo | None, tokens: int) -> None:
        """Heed what a server says is left; `tokens` is what this call took, 0 when that is not known."""
        if tokens:
            self._mean_tokens += 0.1 * (tokens - self._mean_tokens) if self._mean_tokens else tokens
        if left is None:
            return
        if left.requests == 0 and left.requests_reset:
            self.pause(min(left.requests_reset, _LONGEST_HINT), "no requests are left of the server's limit")
        if left.tokens is not None and left.tokens_reset and left.tokens < math.ceil(self._mean_tokens):
            self.pause(min(left.tokens_reset, _LONGEST_HINT), "no tokens are left of the server's limit")

    def to_json(self) -> dict[str, Any]:
        """How it is, for a display: `state` is well, waiting (with `why`), or failing."""
        state = "failing" if self.is_open else "waiting" if self.paused else "well"
        return {"state": state, "why": self.why_paused, "limit": self.limit, "in_flight": self.in_flight}

    def _change(self, limit: int, why: str) -> None:
        change = PaceChange(time.time(), limit, why)
        if limit < self.limit or self.is_open:
            self.lowered = change
        self.limit = limit
        self.changes.append(change)
