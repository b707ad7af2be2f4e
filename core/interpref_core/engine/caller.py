"""One call: from what is known, from an equal call that is under way, or from the provider, tried as often as it takes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, OrderedDict
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_core.engine.budget import BudgetSpent
from interpref_core.engine.cache_lookup import BatchedCacheLookup
from interpref_core.engine.task import CallResult
from interpref_core.providers.base import Parameters, Provider, ProviderError, Reply, Request, endpoint_urls
from interpref_core.providers.messages import Message, encoded_size
from interpref_core.records.runs import CachedCall, Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from interpref_core.engine.budget import Budget
    from interpref_core.engine.limiter import ConcurrencyLimiter, Slot
    from interpref_core.engine.limits import RunLimits
    from interpref_core.engine.progress import ProgressCounter
    from interpref_core.engine.task import CallCache

_REMEMBERED = 20_000  # finished calls kept at hand, for equal calls of neighbouring tasks
_NOBODY_THERE = 3  # tries of a server that never answered in this session
_BELT = 5.0  # seconds: providers keep the time limit themselves; this is for those that are held up otherwise
_BUSY_ATTEMPT_FACTOR = 4  # a server that says it is busy is asked so many times as often as one that fails
_TOO_MUCH = {
    429: "the server said that it is too much (429)",
    503: "the server is busy (503)",
    529: "the server is busy (529)",
}
_ITS_OWN = {"connection", "timeout", "server", "reply"}  # kinds of failure that say something about the endpoint


worker: ContextVar[asyncio.Task[Any] | None] = ContextVar("worker", default=None)
"""The worker that does a task, which may ask from asyncio tasks of its own."""


class RunStopped(Exception):
    """The run was asked to stop before this call was sent."""


class Caller:
    """Makes calls with one provider under the run's limits. Keeps count in a Tally."""

    def __init__(
        self,
        provider: Provider,
        parameters: Parameters,
        *,
        cache: CallCache,
        limits: RunLimits,
        limiter: ConcurrencyLimiter,
        budget: Budget,
        tally: ProgressCounter,
        spent: Callable[[str], None],
        going: Callable[[str], None],
    ) -> None:
        """`spent` is told when the budget allows no more calls, `going` a line for each call that goes out (see Sent)."""
        self._provider = provider
        self._endpoints = endpoint_urls(provider)
        self._parameters = parameters
        self._look_up = BatchedCacheLookup(cache)
        self._limits = limits
        self._limiter = limiter
        self._budget = budget
        self._tally = tally
        self._spent = spent
        self._going = going
        self._under_way: dict[str, asyncio.Future[CallResult]] = {}
        self._known: OrderedDict[str, CachedCall] = OrderedDict()
        self.stopping = False
        self.sending: Counter[asyncio.Task[Any]] = Counter()
        """The workers with calls that are with the provider at this moment, and how many: a stop lets these finish."""
        self.retrying: dict[str, str] = {}
        """Calls that wait for another try, and what happened to them."""

    async def call(
        self,
        messages: tuple[Message, ...],
        schema: Mapping[str, Any] | None,
        keep: Callable[[CallResult, Slot], Awaitable[None]],
        group: str = "",
    ) -> CallResult:
        """The finished call. Raises ProviderError or Stopped.

        `keep` is awaited when it was asked just now, with the turn, which it has to end once the answer is on the disk: until
        then the call is under way, so that a crash costs no more calls than may be under way. `group` as Task has it.
        """
        request = Request(messages=messages, parameters=self._parameters, schema=schema)
        call = request.hash(self._provider.identity)
        known = self._known.get(call) or await self._look_up.get(call)
        if known is not None:
            self._tally.cached += 1
            return _from_before(call, known)
        if self.stopping:
            raise RunStopped
        under_way = self._under_way.get(call)
        if under_way is not None:
            finished = await asyncio.shield(under_way)
            self._tally.cached += 1
            return _from_before(call, _to_keep(finished))
        finished, turn = await self._coalesce(request, call, group)
        await keep(finished, turn)
        return finished

    async def _coalesce(self, request: Request, call: str, group: str) -> tuple[CallResult, Slot]:
        """Ask, for everybody who wants the same meanwhile."""
        future: asyncio.Future[CallResult] = asyncio.get_running_loop().create_future()
        self._under_way[call] = future
        try:
            finished, turn = await self._send_with_retries(request, call, group)
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else RunStopped())
            future.exception()  # nobody else may be waiting
            raise
        finally:
            del self._under_way[call]
            self.retrying.pop(call, None)
        future.set_result(finished)
        self._known[call] = _to_keep(finished)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return finished, turn

    async def _send_with_retries(self, request: Request, call: str, group: str) -> tuple[CallResult, Slot]:
        """Ask until it succeeds, fails for good, has been tried often enough, or the run stops."""
        attempt = answers = 0
        while True:
            attempt += 1
            turn = await self._limiter.acquire(group)
            kept = False
            try:
                if self.stopping:
                    raise RunStopped
                self.retrying.pop(call, None)
                # An answer that got lost on its way may be had again under its old key; after a refusal the key is new.
                self._going(f"+ {call} {encoded_size(request.messages) // 2} {self._parameters.max_tokens or 0}")
                answer = await self._attempt(replace(request, key=f"{call}-{answers + 1}"), turn)
                if isinstance(answer, Reply):
                    finished = self._record_usage(answer, call, attempt, turn)
                    kept = True
                    return finished, turn
                self._apply_error(answer, turn)
                if answer.status is not None:
                    self._going(f"- {call}")
            finally:
                if not kept:
                    turn.release()
            answers += answer.status is not None
            if not answer.retryable or attempt >= self._max_attempts(answer):
                answer.attempts = attempt
                raise answer
            if self.stopping:
                raise RunStopped
            self._tally.retries += 1
            self.retrying[call] = str(answer)
            longest = min(self._limits.longest_wait, self._limits.first_wait * 2 ** (attempt - 1))
            await asyncio.sleep((answer.retry_after or 0.0) + random.uniform(0, longest))

    async def _attempt(self, request: Request, turn: Slot) -> Reply | ProviderError:
        """Send once, within the budget and the time limit."""
        try:
            guess = await self._budget.reserve(request)
        except BudgetSpent as reason:
            self._spent(str(reason))
            raise RunStopped from None
        if self.stopping:
            self._budget.settle(guess, Tokens())
            raise RunStopped
        took = guess  # until it is known better: an answer that is lost may well have been paid for
        me = worker.get() or asyncio.current_task()
        if me:
            self.sending[me] += 1
        try:
            async with asyncio.timeout(self._limits.timeout + _BELT):
                reply = await self._endpoints[turn.place].complete(request)
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
                self.sending[me] -= 1
                if not self.sending[me]:
                    del self.sending[me]
            self._budget.settle(guess, took)

    def _record_usage(self, reply: Reply, call: str, attempts: int, turn: Slot) -> CallResult:
        turn.pace.on_success(turn.epoch)
        turn.pace.observe_rate_limit(reply.allowance, (reply.tokens.prompt or 0) + (reply.tokens.completion or 0))
        self._tally.answered(reply.tokens, reply.latency)
        return CallResult(
            call,
            reply.text,
            True,
            reply.tokens,
            reply.latency,
            attempts,
            reply.finish_reason,
            self._endpoints[turn.place].endpoint,
            self._limits.cost_of(reply.tokens),
        )

    def _apply_error(self, error: ProviderError, turn: Slot) -> None:
        """Heed what a failure says about the next calls."""
        pace = turn.pace
        if error.kind == "rate limit":
            self._tally.rate_limited += 1
        if why := _TOO_MUCH.get(error.status or 0):
            pace.on_rate_limited(turn.epoch, why)
        elif error.kind == "timeout":
            pace.on_rate_limited(turn.epoch, "no answer in time")
        if error.retryable and error.retry_after:
            pace.pause(error.retry_after, "the server asked to wait")
        pace.observe_rate_limit(error.allowance, 0)
        if error.kind in _ITS_OWN and self._limiter.response_count:
            pace.on_failure(self._limits.first_wait, self._limits.longest_wait)

    def _max_attempts(self, error: ProviderError) -> int:
        if error.kind == "connection" and not self._tally.calls:
            return min(_NOBODY_THERE, self._limits.attempts)
        return self._limits.attempts * (_BUSY_ATTEMPT_FACTOR if error.status in _TOO_MUCH else 1)


def _to_keep(finished: CallResult) -> CachedCall:
    return CachedCall(
        text=finished.text,
        tokens=finished.tokens,
        latency=finished.latency,
        attempts=finished.attempts,
        finish_reason=finished.finish_reason,
        endpoint=finished.endpoint,
        cost=finished.cost,
    )


def _from_before(call: str, known: CachedCall) -> CallResult:
    return CallResult(
        call,
        known.text,
        False,
        known.tokens or Tokens(),
        known.latency or 0.0,
        known.attempts or 0,
        known.finish_reason,
        known.endpoint,
        known.cost,
    )
