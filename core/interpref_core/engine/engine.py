"""The engine itself: bounded concurrency, retries, no call asked twice, every result in the journal, a clean stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_core.engine.budget import Budget, SessionBudget, UnlimitedBudget
from interpref_core.engine.caller import Caller, RunStopped, worker
from interpref_core.engine.group_commit import GroupCommitWriter
from interpref_core.engine.limiter import ConcurrencyLimiter
from interpref_core.engine.limits import RunLimits
from interpref_core.engine.prefix_scheduler import PrefixScheduler
from interpref_core.engine.progress import NoDisplay, Outcome, Progress, ProgressCounter, ProgressDisplay, State
from interpref_core.engine.task import (
    CallCache,
    CallResult,
    InFlightLog,
    RecordSink,
    Task,
    TaskContext,
    TaskFailure,
    build_provenance,
)
from interpref_core.providers.base import Parameters, Provider, ProviderError, endpoint_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from interpref_core.engine.limiter import Slot
    from interpref_core.providers.messages import Message
    from interpref_core.records.base import Record

_HOPELESS = 5  # so many failures in a row, all for one reason, end a run
_OUTAGE = 20  # so many when calls succeeded before: a server may come back
_AT_ONCE = {
    "quota",
    "missing",
    "file",
    "load",
    "options",
    "address",
    "usage",
    "logprobs",
}  # nothing can come after these
_MAY_PASS = {"timeout", "connection", "rate limit", "server", "reply", "crashed"}
_ABOUT_ONE = {"refused", "empty", "too long"}  # concern one request, unless every one so far says the very same


class Engine:
    """Runs tasks against one provider. Use once, from one event loop."""

    def __init__(
        self,
        provider: Provider,
        parameters: Parameters,
        *,
        sink: RecordSink,
        cache: CallCache,
        display: ProgressDisplay | None = None,
        limits: RunLimits | None = None,
        interval: float = 1.0,
        budget: Budget | None = None,
        limiter: ConcurrencyLimiter | None = None,
        sent: InFlightLog | None = None,
    ) -> None:
        """`interval`: seconds between updates of the display. `budget` instead of the one that the limits name.

        `limiter` may be shared by runs against the same endpoint. `sent` keeps what is on its way.
        """
        self._provider = provider
        self._parameters = parameters
        self._display = display or NoDisplay()
        self._limits = limits or RunLimits()
        self._interval = interval
        endpoints = endpoint_urls(provider)
        each = min(self._limits.concurrency, provider.at_once or self._limits.concurrency)
        self._width = each * len(endpoints)
        self._limiter = limiter or ConcurrencyLimiter(each, (None,) * len(endpoints))
        self._flusher = GroupCommitWriter(sink, self._on_disk, sent)
        self._tally = ProgressCounter()
        if budget is None:
            limited = self._limits.tokens is not None or self._limits.money is not None
            budget = SessionBudget(self._limits) if limited else UnlimitedBudget()
        self._budget = budget
        self._caller = Caller(
            provider,
            parameters,
            cache=cache,
            limits=self._limits,
            limiter=self._limiter,
            budget=budget,
            tally=self._tally,
            spent=self._break,
            going=self._flusher.mark_in_flight,
        )
        self._errors: Counter[str] = Counter()
        self._first_errors: dict[str, str] = {}
        self._failures: set[int] = set()  # ids of records on their way to the disk
        self._in_a_row: tuple[str, str, int] = ("", "", 0)
        self._stopping = asyncio.Event()
        self._stops = 0
        self._broken: str | None = None
        self._preparing = False
        self._trouble: Exception | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._schedule = PrefixScheduler(iter(()), 0)

    async def run(self, tasks: Iterable[Task], total: int, skipped: int = 0) -> Outcome:
        """Do the tasks, in the order of their coming. `total` counts them all, `skipped` those that were done before.

        `tasks` is read as it goes, from the event loop: each step of it should be quick. What it raises is raised here,
        after what is under way has been kept.
        """
        self._tally.start(total, skipped)
        self._display.start(self.progress())
        flushing = asyncio.create_task(self._flusher.run())
        ticking = asyncio.create_task(self._tick())
        try:
            if total > skipped and await self._prepare():
                # Twice as many as may be under way: some wait for another try while others are sent.
                count = min(self._width * 2 if self._width > 1 else 1, total - skipped)
                # Where calls go out one by one, or are decoded together anyway, nobody needs to stand aside.
                aside = 0 if self._provider.at_once is not None else 4 * self._width
                self._schedule = schedule = PrefixScheduler(iter(tasks), aside)
                self._workers = [asyncio.create_task(self._worker(schedule)) for _ in range(count)]
                await self._all_done(flushing)
        finally:
            for one in self._workers:
                one.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            self._flusher.close()
            await flushing
            ticking.cancel()
            self._broken = self._broken or self._flusher.write_error
        outcome = Outcome(
            self.progress(final=True),
            stopped=bool(self._stops),
            broken=self._broken,
            errors=dict(self._errors),
            first_errors=dict(self._first_errors),
        )
        self._display.finish(outcome)
        if self._trouble is not None:
            raise self._trouble
        return outcome

    def stop(self) -> None:
        """Send nothing more; what is under way may still come in for a moment. A second time: end at once."""
        self._stops += 1
        self._wind_down()
        if self._stops > 1:
            for one in self._workers:
                one.cancel()

    def _break(self, reason: str) -> None:
        """Stop because the run cannot go on."""
        self._broken = self._broken or reason
        self._wind_down()

    def _wind_down(self) -> None:
        if self._caller.stopping:
            return
        self._caller.stopping = True
        self._stopping.set()
        me = asyncio.current_task() if _in_loop() else None
        for one in self._workers:
            if one not in self._caller.sending and one is not me:
                one.cancel()

    async def _prepare(self) -> bool:
        """Have the provider ready. False when it cannot be, or when the run is stopped meanwhile."""
        preparing = asyncio.ensure_future(self._provider.prepare())
        stopping = asyncio.ensure_future(self._stopping.wait())
        self._preparing = True
        try:
            await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if preparing.done():
                await preparing
        except ProviderError as error:
            self._break(str(error))
        finally:
            self._preparing = False
            stopping.cancel()
            preparing.cancel()
            await asyncio.gather(preparing, stopping, return_exceptions=True)
        return not self._stopping.is_set()

    async def _all_done(self, flushing: asyncio.Task[None]) -> None:
        """Wait for the workers, or for a stop and then the grace, or for the disk to refuse."""
        working = asyncio.gather(*self._workers, return_exceptions=True)
        stopping = asyncio.create_task(self._stopping.wait())
        waited: set[asyncio.Future[Any]] = {working, stopping, flushing}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                self._wind_down()
                if not flushing.done():
                    await asyncio.wait({working}, timeout=self._limits.grace)
        finally:
            stopping.cancel()
            if not working.done():
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _worker(self, schedule: PrefixScheduler) -> None:
        worker.set(asyncio.current_task())
        while not self._stopping.is_set():
            try:
                task = schedule.next()
            except Exception as error:
                self._trouble = error
                self._break(f"the items cannot be read: {error}")
                return
            if task is None:
                return
            try:
                await self._do(task)
            finally:
                schedule.mark_warm(task.group)
            await asyncio.sleep(0)  # a stretch of cached calls must not hold up the rest of the program

    async def _do(self, task: Task) -> None:
        """Make one record. Whatever goes wrong concerns this task alone."""

        turns: list[Slot] = []  # of calls whose text this task's own record will keep

        async def call(stage: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None) -> CallResult:
            async def keep(finished: CallResult, turn: Slot) -> None:
                if self._provider.at_once is not None:
                    turn.release()  # a model in this machine: what a crash costs is time alone
                if task.call is None:
                    turns.append(turn)
                    return
                provenance = build_provenance(self._provider, self._parameters, [finished], None)
                await self._flusher.enqueue(task.call(stage, finished, provenance), turn.release)

            leave()  # a task that holds one turn and waits for another could wait for itself
            finished = await self._caller.call(messages, schema, keep, task.group)
            self._schedule.mark_warm(task.group)
            return finished

        def leave() -> None:
            for turn in turns:
                turn.release()

        try:
            record = await task.work(TaskContext(self._provider, self._parameters, call))
        except RunStopped:
            leave()
        except ProviderError as error:
            leave()
            failed = TaskFailure(error.kind, str(error), error.status, error.attempts, error.answer)
            await self._record_failure(task, failed)
        except Exception as error:  # a failing item never stops a run
            leave()
            await self._record_failure(task, TaskFailure("internal", f"{type(error).__name__}: {error}", None, 0))
        except BaseException:
            leave()
            raise
        else:
            self._in_a_row = ("", "", 0)
            await self._flusher.enqueue(record, leave)

    async def _record_failure(self, task: Task, failed: TaskFailure) -> None:
        record = task.failure(failed)
        self._failures.add(id(record))
        self._errors[failed.kind] += 1
        self._first_errors.setdefault(failed.kind, failed.message)
        kind, message, count = self._in_a_row
        count = count + 1 if kind == failed.kind else 1
        same = message if kind == failed.kind and message == failed.message else ""
        self._in_a_row = (failed.kind, failed.message if count == 1 else same, count)
        if self._hopeless(failed, count, same=count == 1 or bool(same)):
            self._break(failed.message if count < _HOPELESS else f"{count} failures in a row: {failed.message}")
        await self._flusher.enqueue(record)

    def _hopeless(self, failed: TaskFailure, count: int, *, same: bool) -> bool:
        """Whether what failed will fail for all that is left, too."""
        nothing_yet = not self._tally.calls
        if failed.kind in _AT_ONCE or (failed.kind == "auth" and failed.status == 401):
            return True
        if failed.kind in _MAY_PASS:
            return count >= (_HOPELESS if nothing_yet else max(_OUTAGE, 2 * self._width))
        if failed.kind in _ABOUT_ONE:
            return nothing_yet and same and count >= _HOPELESS
        return failed.kind in ("auth", "model") and count >= _HOPELESS

    def _on_disk(self, records: Sequence[Record]) -> None:
        """Only now does a record count as done."""
        done = failed = 0
        for record in records:
            if id(record) in self._failures:
                self._failures.discard(id(record))
                failed += 1
            elif record.type != "call":
                done += 1
        self._tally.finished(done, failed)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            self._display.update(self.progress())

    def progress(self, *, final: bool = False) -> Progress:
        """A snapshot of the counts."""
        state, reason = self._final_state() if final else self._state()
        tokens = self._tally.tokens
        tokens_left, money_left = self._budget.left()
        return self._tally.snapshot(
            state,
            reason,
            cost=self._limits.cost(tokens.prompt or 0, tokens.completion or 0, tokens.cached or 0),
            limit=self._limiter.limit,
            in_flight=self._limiter.in_flight,
            limit_reason=self._limiter.reason,
            endpoints=self._endpoints_told(),
            errors=dict(self._errors),
            first_errors=dict(self._first_errors),
            budget_tokens_left=tokens_left,
            budget_left=money_left,
            details=getattr(self._provider, "details", {}),
        )

    def _endpoints_told(self) -> tuple[Mapping[str, Any], ...]:
        """How each endpoint is, where there are several."""
        if len(self._limiter.paces) == 1:
            return ()
        answering = endpoint_urls(self._provider)
        return tuple(
            {"address": one.endpoint or "", **pace.to_json()}
            for one, pace in zip(answering, self._limiter.paces, strict=True)
        )

    def _final_state(self) -> tuple[State, str]:
        if self._broken:
            return "failed", self._broken
        return ("stopped", "") if self._stops else ("done", "")

    def _state(self) -> tuple[State, str]:
        """What the run is doing, and what for, in the user's words."""
        if self._stopping.is_set():
            return "stopping", f"waiting for {self._caller.sending.total()} calls that are under way"
        if self._preparing:
            return "waiting", "getting the model ready"
        pause, why = self._limiter.paused
        retrying = self._caller.retrying
        if pause:
            last = f" ({next(reversed(retrying.values()))})" if retrying else ""
            return "waiting", f"{why}{last}; sending again in {pause:.0f} s"
        if retrying:
            reason = f"{len(retrying)} calls wait for another try: {next(reversed(retrying.values()))}"
            return ("running" if self._caller.sending else "waiting"), reason
        return "running", ""


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
