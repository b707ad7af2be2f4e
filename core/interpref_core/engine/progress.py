"""What a run tells while it goes on, and at its end. Displays are interchangeable: command line, JSON lines, screens."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

State = Literal["running", "waiting", "stopping", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot. `rate` is records a second over the last half minute, `eta` seconds left (None: not known yet).

    `cached` counts calls answered without asking; `limit` is how many calls may be under way at once at present;
    `reason` says what it is waiting for, in the user's words.
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
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `stopped` when it was asked to stop; `broken` when it could not go on, with the reason."""

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
