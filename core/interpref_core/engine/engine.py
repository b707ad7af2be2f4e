"""The engine itself: bounded concurrency, retries, no call asked twice, every result in the journal, a clean stop."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.engine.flusher import Flusher
from interpref_core.engine.limiter import Limiter
from interpref_core.engine.progress import Display, NoDisplay, Outcome, Progress, State
from interpref_core.engine.tasks import Asking, Cache, Failed, Finished, Sink, Task, provenance_of
from interpref_core.providers.base import Message, Parameters, Provider, ProviderError, Reply, Request
from interpref_core.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from interpref_core.records import Record

_REMEMBERED = 20_000  # finished calls kept at hand, for equal calls of neighbouring tasks
_HOPELESS = 5  # so many failures in a row, of a kind that will not pass by itself, end the run
_WILL_PASS = {"refused", "empty", "too long", "internal", "replay"}


class Stopped(Exception):
    """The run was asked to stop before this call was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard to try. Times in seconds.

    `tokens` and `money` are budgets for this session that are never passed; `prices` are per million tokens (prompt,
    completion), in whatever currency.
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


class Engine:
    """Runs tasks against one provider. Use once."""

    def __init__(
        self,
        provider: Provider,
        parameters: Parameters,
        *,
        sink: Sink,
        cache: Cache,
        display: Display | None = None,
        limits: Limits | None = None,
        interval: float = 1.0,
    ) -> None:
        self._provider = provider
        self._parameters = parameters
        self._cache = cache
        self._display = display or NoDisplay()
        self._limits = limits or Limits()
        self._interval = interval
        self._limiter = Limiter(self._limits.concurrency)
        self._flusher = Flusher(sink, self._on_disk)
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._first_errors: dict[str, str] = {}
        self._in_a_row: tuple[str, int] = ("", 0)
        self._recent: deque[tuple[float, int]] = deque()
        self._under_way: dict[str, asyncio.Future[Finished]] = {}
        self._known: OrderedDict[str, str] = OrderedDict()
        self._stopping = asyncio.Event()
        self._asked_to_stop = 0
        self._broken: str | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._total = self._skipped = 0
        self._spent = self._reserved_tokens = 0
        self._reserved_money = 0.0
        self._began = time.monotonic()
        self._failure_records: set[int] = set()

    # -- running -----------------------------------------------------------------------------------------------------

    async def run(self, tasks: Iterable[Task], total: int, skipped: int = 0) -> Outcome:
        """Do the tasks, in order of their coming. `total` counts them all, `skipped` those that were done before."""
        self._total, self._skipped = total, skipped
        self._began = time.monotonic()
        self._display.start(self.progress("running"))
        flushing = asyncio.create_task(self._flusher.run())
        ticking = asyncio.create_task(self._tick())
        source = iter(tasks)
        count = max(1, min(self._limits.concurrency * 2, total - skipped))
        self._workers = [asyncio.create_task(self._worker(source)) for _ in range(count)]
        try:
            await self._all_done(flushing)
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            self._flusher.close()
            await flushing
            ticking.cancel()
            self._broken = self._broken or self._flusher.broken
        state: State = "failed" if self._broken else "stopped" if self._asked_to_stop else "done"
        outcome = Outcome(
            self.progress(state),
            stopped=bool(self._asked_to_stop),
            broken=self._broken,
            errors=dict(self._errors),
            first_errors=dict(self._first_errors),
        )
        self._display.finish(outcome)
        return outcome

    def stop(self) -> None:
        """Send nothing more; what is under way may still come in for a moment. A second time: end at once."""
        self._asked_to_stop += 1
        self._stopping.set()
        if self._asked_to_stop > 1:
            for worker in self._workers:
                worker.cancel()

    async def _all_done(self, flushing: asyncio.Task[None]) -> None:
        """Wait for the workers, or for a stop and then the grace, or for the disk to refuse."""
        working = asyncio.gather(*self._workers, return_exceptions=True)
        stopping = asyncio.create_task(self._stopping.wait())
        waited: set[asyncio.Future[Any]] = {working, stopping, flushing}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                self._stopping.set()
                if not flushing.done():
                    await asyncio.wait({working}, timeout=self._limits.grace)
        finally:
            stopping.cancel()
            if not working.done():
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _worker(self, source: Iterator[Task]) -> None:
        for task in source:
            await self._do(task)
            if self._stopping.is_set():
                return

    async def _do(self, task: Task) -> None:
        """Make one record. Whatever goes wrong concerns this task alone."""
        asking = Asking(
            self._provider,
            self._parameters,
            lambda stage, messages, schema: self._call(task, stage, messages, schema),
        )
        try:
            record = await task.work(asking)
        except Stopped:
            return
        except ProviderError as error:
            attempts = getattr(error, "attempts", 1)
            await self._failed(task, Failed(error.kind, str(error), error.status, attempts))
        except Exception as error:  # a failing item never stops a run
            await self._failed(task, Failed("internal", f"{type(error).__name__}: {error}", None, 0))
        else:
            self._in_a_row = ("", 0)
            await self._flusher.put(record)

    async def _failed(self, task: Task, failed: Failed) -> None:
        record = task.failure(failed)
        self._failure_records.add(id(record))
        self._errors[failed.kind] += 1
        self._first_errors.setdefault(failed.kind, failed.message)
        kind, count = self._in_a_row
        self._in_a_row = (failed.kind, count + 1 if kind == failed.kind else 1)
        await self._flusher.put(record)
        if failed.kind not in _WILL_PASS and self._in_a_row[1] >= _HOPELESS and not self._broken:
            self._broken = f"gave up after {_HOPELESS} failures in a row: {failed.message}"
            self._stopping.set()

    def _on_disk(self, records: Sequence[Record]) -> None:
        """Only now does a record count as done."""
        done = 0
        for record in records:
            if id(record) in self._failure_records:
                self._failure_records.discard(id(record))
                self._counts["failed"] += 1
            elif record.type != "call":
                self._counts["done"] += 1
                done += 1
        self._recent.append((time.monotonic(), done))

    # -- calls -------------------------------------------------------------------------------------------------------

    async def _call(
        self, task: Task, stage: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None
    ) -> Finished:
        """One call: from what is known, from an equal call that is under way, or from the provider."""
        request = Request(messages=messages, parameters=self._parameters, schema=schema)
        call = request.hash(self._provider.identity)
        text = self._known.get(call)
        if text is None:
            text = self._cache.get(call)
        if text is not None:
            self._counts["cached"] += 1
            return Finished(call, text, False, Tokens(), 0.0, 0, None)
        under_way = self._under_way.get(call)
        if under_way is not None:
            shared = await asyncio.shield(under_way)
            self._counts["cached"] += 1
            return Finished(call, shared.text, False, Tokens(), 0.0, 0, shared.finish_reason)
        future: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        self._under_way[call] = future
        try:
            finished = await self._send(request, call)
        except BaseException as error:
            future.set_exception(Stopped() if isinstance(error, asyncio.CancelledError) else error)
            future.exception()  # nobody else may be waiting
            raise
        else:
            future.set_result(finished)
        finally:
            del self._under_way[call]
        self._remember(call, finished.text)
        if task.call is not None:
            await self._flusher.put(
                task.call(stage, finished, provenance_of(self._provider, self._parameters, [finished], None))
            )
        return finished

    def _remember(self, call: str, text: str) -> None:
        self._known[call] = text
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _send(self, request: Request, call: str) -> Finished:
        """Ask until it succeeds, fails for good, has been tried often enough, or the run stops."""
        attempt = 0
        while True:
            attempt += 1
            error = None
            async with self._limiter.slot():
                if self._stopping.is_set():
                    raise Stopped
                with self._reserved_for(request):
                    try:
                        reply = await asyncio.wait_for(self._provider.complete(request), self._limits.timeout + 5)
                        return self._succeeded(reply, call, attempt)
                    except TimeoutError:
                        error = ProviderError(
                            f"no answer within {self._limits.timeout:g} s", kind="timeout", retryable=True
                        )
                    except ProviderError as problem:
                        error = problem
            await self._after(error, attempt)

    def _succeeded(self, reply: Reply, call: str, attempts: int) -> Finished:
        self._limiter.succeeded()
        self._counts["calls"] += 1
        tokens = reply.tokens
        for name, number in (
            ("prompt", tokens.prompt),
            ("cached_tokens", tokens.cached),
            ("completion", tokens.completion),
        ):
            self._counts[name] += number or 0
        self._spent += (tokens.prompt or 0) + (tokens.completion or 0)
        return Finished(call, reply.text, True, tokens, reply.latency, attempts, reply.finish_reason)

    async def _after(self, error: ProviderError, attempt: int) -> None:
        """Wait before the next try; raise when there is none. The slot is free meanwhile."""
        error.attempts = attempt  # type: ignore[attr-defined]  # for the record of the failure
        if error.kind == "rate limit":
            self._counts["rate_limited"] += 1
            self._limiter.refused(error.retry_after)
        if not error.retryable or attempt >= self._limits.attempts:
            raise error
        self._counts["retries"] += 1
        longest = min(self._limits.longest_wait, self._limits.first_wait * 2 ** (attempt - 1))
        wait = (error.retry_after or 0.0) + random.uniform(0, longest)
        try:
            await asyncio.wait_for(self._stopping.wait(), wait)
        except TimeoutError:
            return
        raise Stopped

    def _reserved_for(self, request: Request) -> _Reservation:
        """Keep the budgets: stop before a call that could pass one. The size of a call is guessed from above."""
        prompt = sum(len(message.content) for message in request.messages) // 2 + 64
        completion = request.parameters.max_tokens or 4096
        limits = self._limits
        tokens = self._spent + self._reserved_tokens + prompt + completion
        cost = limits.cost(prompt, completion) or 0.0
        money = (limits.cost(self._counts["prompt"], self._counts["completion"]) or 0.0) + self._reserved_money + cost
        over = None
        if limits.tokens is not None and tokens > limits.tokens:
            over = f"the budget of {limits.tokens} tokens would be passed ({self._spent} spent)"
        elif limits.money is not None and money > limits.money:
            over = f"the budget of {limits.money:g} would be passed"
        if over:
            # What is under way may turn out smaller than it was guessed, but nothing more is sent on that hope.
            self._broken = self._broken or over
            self._stopping.set()
            raise Stopped
        return _Reservation(self, prompt + completion, cost)

    # -- telling -----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            stopping = self._stopping.is_set()
            state: State = "stopping" if stopping else "waiting" if self._limiter.paused else "running"
            self._display.update(self.progress(state))

    def progress(self, state: State) -> Progress:
        """A snapshot of the counts."""
        moment = time.monotonic()
        while self._recent and moment - self._recent[0][0] > 30:
            self._recent.popleft()
        window = min(30.0, max(moment - self._began, 1e-3))
        rate = sum(count for _, count in self._recent) / window
        left = self._total - self._skipped - self._counts["done"] - self._counts["failed"]
        reason = ""
        if self._limiter.paused:
            reason = f"the server asked to wait; sending again in {self._limiter.paused:.0f} s"
        elif state == "stopping":
            reason = f"waiting for {self._limiter.in_flight} calls that are under way"
        return Progress(
            done=self._counts["done"],
            failed=self._counts["failed"],
            total=self._total,
            skipped=self._skipped,
            calls=self._counts["calls"],
            cached=self._counts["cached"],
            retries=self._counts["retries"],
            rate_limited=self._counts["rate_limited"],
            rate=round(rate, 3),
            eta=round(left / rate, 1) if rate > 0 else None,
            prompt_tokens=self._counts["prompt"],
            cached_tokens=self._counts["cached_tokens"],
            completion_tokens=self._counts["completion"],
            cost=self._limits.cost(self._counts["prompt"], self._counts["completion"]),
            limit=self._limiter.limit,
            in_flight=self._limiter.in_flight,
            seconds=round(moment - self._began, 3),
            state=state,
            reason=reason,
        )


class _Reservation:
    """Tokens and money set aside for a call while it is under way."""

    def __init__(self, engine: Engine, tokens: int, money: float) -> None:
        self._engine = engine
        self._tokens = tokens
        self._money = money

    def __enter__(self) -> None:
        self._engine._reserved_tokens += self._tokens
        self._engine._reserved_money += self._money

    def __exit__(self, *_: object) -> None:
        self._engine._reserved_tokens -= self._tokens
        self._engine._reserved_money -= self._money
