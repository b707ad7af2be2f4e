"""Batches: what a run still has to ask, as a file for OpenAI's Batch API or `vllm run-batch`, instead of asking it.

A line's `custom_id` is the content hash of its call, so that the answers, imported, are found by the same command later as
if it had asked them itself; and what is known already is never written.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.engine import Asking
from interpref_core.engine.lookup import LookUp
from interpref_core.engine.tasks import Finished
from interpref_core.ids import uuid7
from interpref_core.providers.base import Message, Request
from interpref_core.records import Tokens
from interpref_tui.work.known import KnownCalls
from interpref_tui.work.models import Model, WorkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from interpref_core.engine import Task
    from interpref_core.engine.tasks import Cache
    from interpref_db.study import Study

MOST_LINES, MOST_BYTES = 50_000, 190_000_000  # of one file: what OpenAI's Batch API takes
_AT_ONCE = 256  # tasks that look up what is known together


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch holds: `calls` lines in `files`; `known` calls were left out; `ready` records need no call any more;
    `waiting` records wait for an answer, and may then need further ones (the steps of a workflow).
    """

    calls: int
    known: int
    ready: int
    waiting: int
    files: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "known": self.known,
            "ready": self.ready,
            "waiting": self.waiting,
            "files": list(self.files),
        }


class _Pending(Exception):
    """A call whose answer is not known yet."""


class _Files:
    """One file, and further ones (NAME.2.jsonl, ...) where one would be too large. Each is renamed when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._draft = path
        self._lines = self._bytes = 0
        self.names: list[str] = []

    def write(self, line: str) -> None:
        size = len(line.encode()) + 1
        if self._file is None or self._lines >= MOST_LINES or self._bytes + size > MOST_BYTES:
            self.close()
            self._draft = self._path.with_name(f".{self._path.name}.{uuid7()}.tmp")
            self._file = self._draft.open("w", encoding="utf-8", newline="")
            self._lines = self._bytes = 0
        self._file.write(line + "\n")
        self._lines += 1
        self._bytes += size

    def close(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        number = len(self.names) + 1
        name = self._path.name if number == 1 else f"{self._path.stem}.{number}{self._path.suffix}"
        self._draft.replace(self._path.with_name(name))
        self.names.append(str(self._path.with_name(name)))

    def drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._draft.unlink(missing_ok=True)


def write_batch(study: Study, model: Model, tasks: Iterable[Task], path: Path) -> Written:
    """Write the calls that these tasks would make now. Raises WorkError when the model has no batches, or on the disk."""
    line_of = getattr(model.provider, "batch_line", None)
    if line_of is None:
        raise WorkError(f"{model.spec} has no batches; openai/NAME has (vLLM's run-batch takes the same file)")
    files = _Files(path)
    try:
        found = asyncio.run(
            _collect(model, tasks, KnownCalls(study), lambda request, call: files.write(line_of(request, call)))
        )
        files.close()
    except OSError as error:
        raise WorkError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            files.drop()
    return Written(*found, tuple(files.names))


async def _collect(model: Model, tasks: Iterable[Task], known: Cache, write: Any) -> tuple[int, int, int, int]:
    """Have every task ask, and write down what it asks; what is known answers it, so that it may ask further."""
    look_up = LookUp(known)
    written: set[str] = set()
    used = ready = waiting = 0

    async def call(_: str, messages: tuple[Message, ...], schema: Mapping[str, object] | None) -> Finished:
        nonlocal used
        request = Request(messages=messages, parameters=model.parameters, schema=schema)
        name = request.hash(model.provider.identity)
        if name not in written and (found := await look_up.get(name)) is not None:
            used += 1
            return Finished(name, found.text, False, found.tokens or Tokens(), 0.0, 0, found.finish_reason)
        if name not in written:
            written.add(name)
            write(request, name)
        raise _Pending

    async def one(task: Task) -> bool:
        try:
            await task.work(Asking(model.provider, model.parameters, call))
        except _Pending:
            return False
        return True

    for some in _together(tasks):
        done = await asyncio.gather(*map(one, some))
        ready += sum(done)
        waiting += len(done) - sum(done)
    return len(written), used, ready, waiting


def _together(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """So many at a time that their look-ups make one query."""
    source = iter(tasks)
    while some := list(itertools.islice(source, _AT_ONCE)):
        yield some


def batch_text(written: Written) -> str:
    """What to do with it, for people."""
    if not written.calls:
        return f"nothing to ask: {written.ready} records are ready; the same command without --batch-out makes them"
    return (
        f"{written.calls} calls written to {', '.join(written.files)} ({written.known} known already). Have them answered, "
        "`interpref import` the answers, then give the same command without --batch-out: it makes records of them and asks "
        "only what is missing"
    )
