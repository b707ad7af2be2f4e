"""What a run tells while it goes on, and at its end. Displays are interchangeable: command line, JSON lines, screens."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol

from interpref_core.engine.latency import LatencyHistogram, LatencySummary
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["running", "waiting", "stopping", "done", "stopped", "failed"]
_WINDOW = 30.0  # seconds over which the rate is taken
_SHORT = 10.0  # seconds over which calls and tokens a second are taken
_LOOKS = 60  # looks back that the history goes
_APART = 0.95  # seconds between two of them at least


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot. `rate` is records a second over the last half minute, `eta` seconds left (None: not known yet).

    `done` and `failed` are on the disk; `skipped` were done before this session; `cached` counts calls answered without
    asking; `limit` is how many calls may be under way at once at present, `limit_reason` why it is not what was asked for;
    `reason` says what it is waiting for, in the user's words.

    `calls_rate` and `tokens_rate` are calls and tokens a second of late, `history` calls a second between looks about a
    second apart, oldest first. `errors` counts failed tasks by kind, `first_errors` has the first message of each kind.
    `budget_tokens_left` and `budget_left` are None without such a budget. `details` are a provider's own words about
    itself, by name (layers on the GPU, memory); `endpoints` what there is to say of each of several endpoints.
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
    limit_reason: str = ""
    calls_rate: float = 0.0
    tokens_rate: float = 0.0
    history: tuple[float, ...] = ()
    latency: LatencySummary = field(default_factory=LatencySummary)
    errors: Mapping[str, int] = field(default_factory=dict)
    first_errors: Mapping[str, str] = field(default_factory=dict)
    budget_tokens_left: int | None = None
    budget_left: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    endpoints: tuple[Mapping[str, Any], ...] = ()

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


class ProgressDisplay(Protocol):
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
class ProgressCounter:
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
    latencies: LatencyHistogram = field(default_factory=LatencyHistogram)
    looks: deque[tuple[float, int, int]] = field(default_factory=lambda: deque(maxlen=_LOOKS + 1))
    """(moment, calls, tokens) as they were at the last looks."""

    def start(self, total: int, skipped: int) -> None:
        """The run begins now."""
        self.total, self.skipped = total, skipped
        self.began = time.monotonic()
        self.looks.append((self.began, 0, 0))

    def answered(self, tokens: Tokens, latency: float) -> None:
        """A call was answered after so many seconds."""
        self.calls += 1
        self.tokens = self.tokens + tokens
        self.latencies.add(latency)

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

    def _look(self) -> tuple[float, float, tuple[float, ...]]:
        """Calls a second and tokens a second of late, and the history; what it is now is remembered once a second."""
        moment, tokens = time.monotonic(), (self.tokens.prompt or 0) + (self.tokens.completion or 0)
        if not self.looks or moment - self.looks[-1][0] >= _APART:
            self.looks.append((moment, self.calls, tokens))
        then = next((look for look in self.looks if moment - look[0] <= _SHORT), self.looks[-1])
        span = max(moment - then[0], 1e-3)
        history = tuple(round((b[1] - a[1]) / (b[0] - a[0]), 2) for a, b in pairwise(self.looks))
        if span < _APART:
            return 0.0, 0.0, history
        return round((self.calls - then[1]) / span, 2), round((tokens - then[2]) / span, 1), history

    def snapshot(
        self, state: State, reason: str, *, cost: float | None, limit: int, in_flight: int, **more: Any
    ) -> Progress:
        """The counts as a Progress; `more` are fields that are not counted here."""
        rate = self.rate()
        calls_rate, tokens_rate, history = self._look()
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
            calls_rate=calls_rate,
            tokens_rate=tokens_rate,
            history=history,
            latency=self.latencies.snapshot(),
            **more,
        )
