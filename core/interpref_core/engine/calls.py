"""One call: from what is known, from an equal call that is under way, or from the provider, tried as often as it takes."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from interpref_core.engine.limits import BudgetSpent
from interpref_core.engine.tasks import Finished
from interpref_core.providers.base import Message, Parameters, Provider, ProviderError, Reply, Request
from interpref_core.records import CachedCall, Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from interpref_core.engine.limiter import Limiter
    from interpref_core.engine.limits import Budget, Limits
    from interpref_core.engine.progress import Tally
    from interpref_core.engine.tasks import Cache

_REMEMBERED = 20_000  # finished calls kept at hand, for equal calls of neighbouring tasks
_NOBODY_THERE = 3  # tries of a server that never answered in this session
_BELT = 5.0  # seconds: providers keep the time limit themselves; this is for those that are held up otherwise


class Stopped(Exception):
    """The run was asked to stop before this call was sent."""


class Caller:
    """Makes calls with one provider under the run's limits. Keeps count in a Tally."""

    def __init__(
        self,
        provider: Provider,
        parameters: Parameters,
        *,
        cache: Cache,
        limits: Limits,
        limiter: Limiter,
        budget: Budget,
        tally: Tally,
        spent: Callable[[str], None],
    ) -> None:
        """`spent` is told when the budget allows no more calls."""
        self._provider = provider
        self._parameters = parameters
        self._cache = cache
        self._limits = limits
        self._limiter = limiter
        self._budget = budget
        self._tally = tally
        self._spent = spent
        self._under_way: dict[str, asyncio.Future[Finished]] = {}
        self._known: OrderedDict[str, CachedCall] = OrderedDict()
        self.stopping = False
        self.sending: set[asyncio.Task[Any]] = set()
        """The asyncio tasks whose call is with the provider at this moment: a stop lets these finish."""
        self.retrying: dict[str, str] = {}
        """Calls that wait for another try, and what happened to them."""

    async def call(
        self,
        messages: tuple[Message, ...],
        schema: Mapping[str, Any] | None,
        keep: Callable[[Finished], Awaitable[None]],
    ) -> Finished:
        """The finished call; `keep` is awaited when it was asked just now. Raises ProviderError or Stopped."""
        request = Request(messages=messages, parameters=self._parameters, schema=schema)
        call = request.hash(self._provider.identity)
        known = self._known.get(call) or self._cache.get(call)
        if known is not None:
            self._tally.cached += 1
            return _from_before(call, known)
        if self.stopping:
            raise Stopped
        under_way = self._under_way.get(call)
        if under_way is not None:
            finished = await asyncio.shield(under_way)
            self._tally.cached += 1
            return _from_before(call, _to_keep(finished))
        finished = await self._first(request, call)
        await keep(finished)
        return finished

    async def _first(self, request: Request, call: str) -> Finished:
        """Ask, for everybody who wants the same meanwhile."""
        future: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        self._under_way[call] = future
        try:
            finished = await self._send(request, call)
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else Stopped())
            future.exception()  # nobody else may be waiting
            raise
        finally:
            del self._under_way[call]
            self.retrying.pop(call, None)
        future.set_result(finished)
        self._known[call] = _to_keep(finished)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return finished

    async def _send(self, request: Request, call: str) -> Finished:
        """Ask until it succeeds, fails for good, has been tried often enough, or the run stops."""
        attempt = 0
        while True:
            attempt += 1
            async with self._limiter.slot() as sent:
                if self.stopping:
                    raise Stopped
                self.retrying.pop(call, None)
                answer = await self._try(request)
                if isinstance(answer, Reply):
                    self._limiter.succeeded(sent)
                    return self._counted(answer, call, attempt)
                self._heed(answer, sent)
            if not answer.retryable or attempt >= self._most_attempts(answer):
                answer.attempts = attempt
                raise answer
            if self.stopping:
                raise Stopped
            self._tally.retries += 1
            self.retrying[call] = str(answer)
            longest = min(self._limits.longest_wait, self._limits.first_wait * 2 ** (attempt - 1))
            await asyncio.sleep((answer.retry_after or 0.0) + random.uniform(0, longest))

    async def _try(self, request: Request) -> Reply | ProviderError:
        """Send once, within the budget and the time limit."""
        try:
            guess = await self._budget.reserve(request)
        except BudgetSpent as reason:
            self._spent(str(reason))
            raise Stopped from None
        if self.stopping:
            self._budget.settle(guess, Tokens())
            raise Stopped
        took = guess  # until it is known better: an answer that is lost may well have been paid for
        me = asyncio.current_task()
        if me:
            self.sending.add(me)
        try:
            async with asyncio.timeout(self._limits.timeout + _BELT):
                reply = await self._provider.complete(request)
            if reply.tokens.prompt is not None:
                took = reply.tokens
            return reply
        except TimeoutError:
            return ProviderError(f"no answer within {self._limits.timeout:g} s", kind="timeout", retryable=True)
        except ProviderError as error:
            if error.kind not in ("timeout", "reply", "empty"):
                took = Tokens()
            return error
        finally:
            if me:
                self.sending.discard(me)
            self._budget.settle(guess, took)

    def _counted(self, reply: Reply, call: str, attempts: int) -> Finished:
        self._tally.answered(reply.tokens, reply.latency)
        return Finished(call, reply.text, True, reply.tokens, reply.latency, attempts, reply.finish_reason)

    def _heed(self, error: ProviderError, sent: int) -> None:
        """Heed what a failure says about the next calls."""
        if error.kind == "rate limit":
            self._tally.rate_limited += 1
            self._limiter.refused(sent)
        if error.retryable and error.retry_after:
            self._limiter.pause(error.retry_after)

    def _most_attempts(self, error: ProviderError) -> int:
        if error.kind == "connection" and not self._tally.calls:
            return min(_NOBODY_THERE, self._limits.attempts)
        return self._limits.attempts


def _to_keep(finished: Finished) -> CachedCall:
    return CachedCall(
        text=finished.text,
        tokens=finished.tokens,
        latency=finished.latency,
        attempts=finished.attempts,
        finish_reason=finished.finish_reason,
    )


def _from_before(call: str, known: CachedCall) -> Finished:
    return Finished(
        call,
        known.text,
        False,
        known.tokens or Tokens(),
        known.latency or 0.0,
        known.attempts or 0,
        known.finish_reason,
    )
