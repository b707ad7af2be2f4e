"""How hard to try, and how much may be spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from interpref_core.records.runs import Tokens


class Prices(NamedTuple):
    """What a million tokens cost; `cached` those of the prompt that the server had in its cache (None: as any other)."""

    prompt: float = 0.0
    completion: float = 0.0
    cached: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """How hard to try. Times in seconds.

    `concurrency` calls at most are under way at once; each is tried `attempts` times, and waits between tries for up to
    `first_wait`, then twice that, … at most `longest_wait` (drawn at random below that; more if the server says so).
    `grace` is how long a stop waits for calls that are under way. `tokens` and `money` are budgets for this session
    that are never passed; `prices` are in whatever currency.
    """

    concurrency: int = 16
    attempts: int = 6
    timeout: float = 300.0
    grace: float = 10.0
    first_wait: float = 0.5
    longest_wait: float = 60.0
    tokens: int | None = None
    money: float | None = None
    prices: Prices | None = None

    def cost(self, prompt: float, completion: float, cached: float = 0.0) -> float | None:
        """What so many tokens cost, `cached` of the prompt's from a cache; None without prices."""
        if self.prices is None:
            return None
        for_cached = self.prices.prompt if self.prices.cached is None else self.prices.cached
        fresh = max(0.0, prompt - cached)
        return (fresh * self.prices.prompt + cached * for_cached + completion * self.prices.completion) / 1e6

    def cost_of(self, tokens: Tokens) -> float | None:
        """What a call cost; None without prices, or where the server does not say what it took."""
        if tokens.prompt is None and tokens.completion is None:
            return None
        return self.cost(tokens.prompt or 0, tokens.completion or 0, tokens.cached or 0)
