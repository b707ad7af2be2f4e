"""Small runs for the engine: tasks that ask one question each, a journal on the disk, what a journal knows.

As a process, to be killed: python -m tests.support.engine_runs URL JOURNAL COUNT CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.engine import Engine, Outcome, RunLimits, Task, TaskContext, TaskFailure
from interpref_core.providers import Message, Parameters, open_provider
from interpref_core.records.runs import CachedCall, Call, CallError, Response
from interpref_db.study.journal import JournalWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_core.engine import CallResult
    from interpref_core.providers import Provider
    from interpref_core.records.base import Record
    from interpref_core.records.runs import Provenance


QUICK = {"first_wait": 0.01, "longest_wait": 0.05, "grace": 1.0, "timeout": 5.0}


def engine(provider: Provider, sink: Any, cache: Any = None, display: Any = None, **limits: Any) -> Engine:
    """An engine that waits briefly; `limits` are fields of Limits."""
    return Engine(
        provider,
        Parameters(max_tokens=100),
        sink=sink,
        cache=cache if cache is not None else {},
        display=display,
        limits=RunLimits(**(QUICK | limits)),
        interval=0.02,
    )


class MemorySink:
    """Keeps what it is given; `groups` as they came."""

    def __init__(self) -> None:
        self.groups: list[list[Record]] = []

    def append(self, lines: Sequence[Record]) -> None:
        self.groups.append(list(lines))

    @property
    def records(self) -> list[Record]:
        return [record for group in self.groups for record in group]

    def of(self, kind: type[Record]) -> list[Any]:
        """The records of one kind."""
        return [record for record in self.records if isinstance(record, kind)]


def question(number: int, padding: str = "") -> tuple[Message, ...]:
    """The messages of task `number`: each its own."""
    return (Message("user", f"{padding}question {number}?"),)


def answer_task(number: int, *, stages: int = 1, same: bool = False, padding: str = "") -> Task:
    """A task that asks `stages` questions and makes a response of the last answer. `same`: all ask the same."""
    item = f"item-{number}"

    async def work(asking: TaskContext) -> Record:
        text = ""
        for stage in range(stages):
            asked = question(0 if same else number * 10 + stage if stages > 1 else number, padding)
            text = await asking.ask(f"stage {stage}", asked, None)
        return Response(id=f"r-{number}", run="run", item=item, side="a", text=text, provenance=asking.provenance(None))

    def failure(failed: TaskFailure) -> Record:
        return CallError(
            id=f"e-{number}",
            run="run",
            item=item,
            error=failed.kind,
            message=failed.message,
            attempts=failed.attempts,
            status=failed.status,
            answer=failed.answer,
        )

    def call(stage: str, finished: CallResult, provenance: Provenance) -> Record:
        return Call(
            id=f"c-{number}-{stage}", hash=finished.call, stage=stage, text=finished.text, provenance=provenance
        )

    return Task(item, "history", work, failure, call if stages > 1 else None)


def answer_tasks(count: int, *, padding: str = "") -> Iterator[Task]:
    """So many tasks of one call each."""
    return (answer_task(number, padding=padding) for number in range(count))


def done_before(journal: Path) -> tuple[set[str], dict[str, CachedCall]]:
    """From a journal: the ids of the responses that are there, and the calls that need not be asked again."""
    ids: set[str] = set()
    calls: dict[str, CachedCall] = {}
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # torn by the kill
        if record["type"] == "response":
            ids.add(record["id"])
            calls[record["provenance"]["call"]] = CachedCall(text=record["text"])
        elif record["type"] == "call":
            calls[record["hash"]] = CachedCall(text=record["text"])
    return ids, calls


async def resume(url: str, journal: Path, count: int, concurrency: int) -> Outcome:
    """Run what the journal does not have yet."""
    ids, calls = done_before(journal)
    provider = open_provider("openai/fake", base_url=url)
    with JournalWriter(journal) as sink:
        engine = Engine(
            provider, Parameters(), sink=sink, cache=calls, limits=RunLimits(concurrency=concurrency), interval=0.2
        )
        left = (answer_task(number) for number in range(count) if f"r-{number}" not in ids)
        try:
            return await engine.run(left, total=count, skipped=len(ids))
        finally:
            await provider.close()


def main(arguments: list[str]) -> int:
    """Run to the end, or until killed."""
    url, journal, count, concurrency = arguments
    outcome = asyncio.run(resume(url, Path(journal), int(count), int(concurrency)))
    return 0 if outcome.broken is None and not outcome.stopped else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
