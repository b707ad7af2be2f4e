"""How hard to try, and how much may be spent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from interpref_core.records import Tokens

if TYPE_CHECKING:
    from interpref_core.providers.base import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard to try. Times in seconds.

    `concurrency` calls at most are under way at once; each is tried `attempts` times, and waits between tries for up to
    `first_wait`, then twice that, … at most `longest_wait` (drawn at random below that; more if the server says so).
    `grace` is how long a stop waits for calls that are under way. `tokens` and `money` are budgets for this session
    that are never passed; `prices` are per million tokens (prompt, completion), in whatever currency.
    """

    concurrency: int = 16
    attempts: int = 6
    timeout: float = 300.0
    grace: float = 10.0
    first_wait: float = 0.5
    longest_wait: float = 60.0
    tokens: int | None = None
    money: float | None = None
    prices: tuple[float, float] | None = None

    def cost(self, prompt: float, completion: float) -> float | None:
        """What so many tokens cost; None without prices."""
        if self.prices is None:
            return None
        return (prompt * self.prices[0] + completion * self.prices[1]) / 1e6


class BudgetSpent(Exception):
    """The next call could pass the budget. The message says which, in one line."""


class Budget(Protocol):
    """Says whether a call may still be sent. Called from the engine's loop."""

    async def reserve(self, request: Request) -> Tokens:
        """Set aside what the call takes at most, and give that guess; waits while calls under way may leave enough.

        Raises BudgetSpent when nothing under way can make room for it.
        """
        ...

    def settle(self, guess: Tokens, spent: Tokens) -> None:
        """The call is over: what it took, instead of what was set aside for it."""
        ...

    def left(self) -> tuple[int | None, float | None]:
        """Tokens and money that are not spent; None where there is no such limit."""
        ...


def most_tokens(request: Request) -> Tokens:
    """What a call takes at most: two bytes of UTF-8 a prompt token is more than any usual tokenizer makes."""
    size = sum(len(message.content.encode("utf-8", "replace")) + 16 for message in request.messages)
    return Tokens(prompt=size // 2 + 64, completion=request.parameters.max_tokens or 8192)


class SessionBudget:
    """Tokens and money of one session. Stops what could pass it; lets calls wait while others may still leave room."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.spent = Tokens(prompt=0, completion=0)
        self._reserved = Tokens(prompt=0, completion=0)
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, request: Request) -> Tokens:
        """Set aside what the call takes at most. Raises BudgetSpent."""
        guess = most_tokens(request)
        while over := self._over(guess):
            if not self._reserved.prompt:
                raise BudgetSpent(over)
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        self._reserved = self._reserved + guess
        return guess

    def settle(self, guess: Tokens, spent: Tokens) -> None:
        """The call is over, and took `spent`."""
        self._reserved = Tokens(
            prompt=(self._reserved.prompt or 0) - (guess.prompt or 0),
            completion=(self._reserved.completion or 0) - (guess.completion or 0),
        )
        self.spent = self.spent + spent
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def left(self) -> tuple[int | None, float | None]:
        prompt, completion = self.spent.prompt or 0, self.spent.completion or 0
        limits, cost = self._limits, self._limits.cost(prompt, completion)
        return (
            None if limits.tokens is None else limits.tokens - prompt - completion,
            None if limits.money is None or cost is None else limits.money - cost,
        )

    def _over(self, guess: Tokens) -> str | None:
        after = self.spent + self._reserved + guess
        prompt, completion = after.prompt or 0, after.completion or 0
        limits = self._limits
        if limits.tokens is not None and prompt + completion > limits.tokens:
            spent = (self.spent.prompt or 0) + (self.spent.completion or 0)
            return (
                f"the budget of {limits.tokens} tokens: {spent} are spent, and the next call could take "
                f"{(guess.prompt or 0) + (guess.completion or 0)}"
            )
        cost = limits.cost(prompt, completion)
        if limits.money is not None and cost is not None and cost > limits.money:
            so_far = limits.cost(self.spent.prompt or 0, self.spent.completion or 0) or 0.0
            return f"the budget of {limits.money:g}: {so_far:.4g} is spent, and the next call could pass it"
        return None


class NoBudget:
    """Spend what it takes."""

    async def reserve(self, _: Request) -> Tokens:
        return Tokens()

    def settle(self, guess: Tokens, spent: Tokens) -> None: ...

    def left(self) -> tuple[int | None, float | None]:
        return None, None
