"""What the engine is given to do, and what it needs from outside: a journal to write to, and what is known already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from interpref_core import __version__
from interpref_core.ids import utc_now
from interpref_core.records.runs import CachedCall, PromptUsed, Provenance, Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from interpref_core.providers.base import Parameters, Provider
    from interpref_core.providers.messages import Message
    from interpref_core.records.base import Record


class RecordSink(Protocol):
    """Where finished records go. `append` returns when they are on the disk, or raises OSError. Called in a thread."""

    def append(self, lines: Sequence[Record]) -> None: ...


class InFlightLog(Protocol):
    """Keeps a line a call that goes out, and one for each that was refused. Called in a thread, in groups; never raises."""

    def append(self, lines: Sequence[str]) -> None: ...


class CallCache(Protocol):
    """Finished calls by content hash, or None. Asked on the event loop before every call: a look-up, not a query.

    One whose texts take a query has `get_many(calls)` as well, which gives those that it has by their hashes and is called in
    a thread; then the loop asks only whether a call is `in` it.
    """

    def get(self, call: str, /) -> CachedCall | None: ...
    def __contains__(self, call: object, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """Why a task failed for good in this session. `kind` as ProviderError has it, or "internal"; `answer` as there, too."""

    kind: str
    message: str
    status: int | None
    attempts: int
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class CallResult:
    """One finished call as a task saw it. `fresh` is False when nothing was asked for it in this session."""

    call: str
    text: str
    fresh: bool
    tokens: Tokens
    latency: float
    attempts: int
    finish_reason: str | None
    endpoint: str | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One record to be made, by as many calls as it takes.

    `group` is what neighbouring tasks share (a history): give them one after the other, so that prefix caches hit.
    `work` asks through the Asking and gives the record; `call` and `failure` make the records of an intermediate call
    and of a failure. `call` is None where the record itself keeps the text of its one call.
    """

    key: str
    group: str
    work: Callable[[TaskContext], Awaitable[Record]]
    failure: Callable[[TaskFailure], Record]
    call: Callable[[str, CallResult, Provenance], Record] | None = None


@dataclass
class TaskContext:
    """What a task asks through: `ask` has the shape that paradigms and judges want."""

    provider: Provider
    parameters: Parameters
    call: Callable[[str, tuple[Message, ...], Mapping[str, object] | None], Awaitable[CallResult]]
    finished: list[CallResult] = field(default_factory=list)

    async def ask(self, stage: str, messages: tuple[Message, ...], schema: Mapping[str, object] | None) -> str:
        """Ask the model, or take what it said to the same call before. Raises ProviderError when that fails for good."""
        done = await self.call(stage, messages, schema)
        self.finished.append(done)
        return done.text

    def provenance(self, prompt: PromptUsed | None) -> Provenance:
        """Where the record comes from: tokens and latency summed over its calls, the rest of the last one."""
        return build_provenance(self.provider, self.parameters, self.finished, prompt)


def build_provenance(
    provider: Provider, parameters: Parameters, finished: Sequence[CallResult], prompt: PromptUsed | None
) -> Provenance:
    """The provenance of a record that these calls made, whether they were asked in this session or before."""
    tokens = Tokens()
    for done in finished:
        tokens = tokens + done.tokens
    last = finished[-1] if finished else None
    latency = sum(done.latency for done in finished)
    costs = [done.cost for done in finished if done.cost is not None]
    return Provenance(
        provider=provider.kind,
        model=provider.model,
        parameters=parameters.to_json(),
        seed=parameters.seed,
        prompt=prompt,
        program=__version__,
        time=utc_now(),
        tokens=tokens if tokens != Tokens() else None,
        latency=round(latency, 4) if latency else None,
        attempts=sum(done.attempts for done in finished) or None,
        finish_reason=last.finish_reason if last else None,
        call=last.call if last else None,
        endpoint=last.endpoint if last else None,
        cost=round(sum(costs), 8) if costs else None,
    )
