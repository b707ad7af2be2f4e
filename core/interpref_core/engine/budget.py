"""What may be spent: tokens and money, counted before and after each call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from interpref_core.engine.limits import RunLimits
    from interpref_core.providers.base import Request


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


def max_tokens_of(request: Request) -> Tokens:
    """What a call takes at most. In plain ASCII no usual tokenizer makes a token of less than two characters on average; of
    other text it may make one of each byte. A schema may be put into the prompt by the server.
    """
    size = sum(_most(message.json()[1], message.content) + 8 for message in request.messages)
    if request.schema:
        size += len(str(request.schema))
    return Tokens(prompt=size + 64, completion=request.parameters.max_tokens or 8192)


def _most(encoded: bytes, text: str) -> int:
    return len(encoded) // 2 if text.isascii() else len(encoded)


class SessionBudget:
    """Tokens and money of one session. Stops what could pass it; lets calls wait while others may still leave room."""

    def __init__(self, limits: RunLimits) -> None:
        self._limits = limits
        self.spent = Tokens(prompt=0, completion=0)
        self._reserved = Tokens(prompt=0, completion=0)
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, request: Request) -> Tokens:
        """Set aside what the call takes at most. Raises BudgetSpent."""
        guess = max_tokens_of(request)
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
        limits, cost = self._limits, self._limits.cost(prompt, completion, self.spent.cached or 0)
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
        cost = limits.cost(prompt, completion, after.cached or 0)
        if limits.money is not None and cost is not None and cost > limits.money:
            so_far = limits.cost_of(self.spent) or 0.0
            return f"the budget of {limits.money:g}: {so_far:.4g} is spent, and the next call could pass it"
        return None


class UnlimitedBudget:
    """Spend what it takes."""

    async def reserve(self, _: Request) -> Tokens:
        return Tokens()

    def settle(self, guess: Tokens, spent: Tokens) -> None: ...

    def left(self) -> tuple[int | None, float | None]:
        return None, None
