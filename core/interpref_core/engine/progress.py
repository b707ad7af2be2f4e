"""What a run tells while it goes on, and at its end. Displays are interchangeable: command line, JSON lines, screens."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from interpref_core.records import Tokens

State = Literal["running", "waiting", "stopping", "done", "stopped", "failed"]
_WINDOW = 30.0  # seconds over which the rate is taken


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot. `rate` is records a second over the last half minute, `eta` seconds left (None: not known yet).

    `done` and `failed` are on the disk; `skipped` were done before this session; `cached` counts calls answered without
    asking; `limit` is how many calls may be under way at once at present; `reason` says what it is waiting for, in the
    user's words.
    """

    done: int = 0
    failed: int = 0
    total: int = 0
    skipped: int = 0
    calls: int = 0
    cached: int = 0
    retries: int = 0
    rate_limited: int = 0
    rate: float = 0.0
    eta: float | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    limit: int = 0
    in_flight: int = 0
    seconds: float = 0.0
    state: State = "running"
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The snapshot as one JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `stopped` when it was asked to stop; `broken` when it could not go on, with the reason.

    `errors` counts the failed tasks by kind; `first_errors` has the first message of each kind.
    """

    progress: Progress
    stopped: bool = False
    broken: str | None = None
    errors: dict[str, int] = field(default_factory=dict)
    first_errors: dict[str, str] = field(default_factory=dict)


class Display(Protocol):
    """Shows progress. Called from the engine's loop: must return at once."""

    def start(self, progress: Progress) -> None: ...
    def update(self, progress: Progress) -> None: ...
    def finish(self, outcome: Outcome) -> None: ...


class NoDisplay:
    """Shows nothing."""

    def start(self, progress: Progress) -> None: ...
    def update(self, progress: Progress) -> None: ...
    def finish(self, outcome: Outcome) -> None: ...


@dataclass
class Tally:
    """The counts of a run while it goes on."""

    total: int = 0
    skipped: int = 0
    done: int = 0
    failed: int = 0
    calls: int = 0
    cached: int = 0
    retries: int = 0
    rate_limited: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    began: float = field(default_factory=time.monotonic)
    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def start(self, total: int, skipped: int) -> None:
        """The run begins now."""
        self.total, self.skipped = total, skipped
        self.began = time.monotonic()

    def finished(self, done: int, failed: int) -> None:
        """So many records more are on the disk."""
        self.done += done
        self.failed += failed
        self.recent.append((time.monotonic(), done + failed))

    def rate(self) -> float:
        """Records a second of late."""
        moment = time.monotonic()
        while self.recent and moment - self.recent[0][0] > _WINDOW:
            self.recent.popleft()
        return sum(count for _, count in self.recent) / min(_WINDOW, max(moment - self.began, 1e-3))

    def snapshot(self, state: State, reason: str, *, cost: float | None, limit: int, in_flight: int) -> Progress:
        """The counts as a Progress."""
        rate = self.rate()
        left = self.total - self.skipped - self.done - self.failed
        return Progress(
            done=self.done,
            failed=self.failed,
            total=self.total,
            skipped=self.skipped,
            calls=self.calls,
            cached=self.cached,
            retries=self.retries,
            rate_limited=self.rate_limited,
            rate=round(rate, 3),
            eta=round(left / rate, 1) if rate > 0 else None,
            prompt_tokens=self.tokens.prompt or 0,
            cached_tokens=self.tokens.cached or 0,
            completion_tokens=self.tokens.completion or 0,
            cost=cost,
            limit=limit,
            in_flight=in_flight,
            seconds=round(time.monotonic() - self.began, 3),
            state=state,
            reason=reason,
        )
