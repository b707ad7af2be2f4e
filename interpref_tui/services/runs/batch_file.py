"""Batches: what a run still has to ask, as a file for OpenAI's Batch API or `vllm run-batch`, instead of asking it.

A line's `custom_id` is the content hash of its call, so that the answers, imported, are found by the same command later as
if it had asked them itself; and what is known already is never written.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.engine import TaskContext
from interpref_core.engine.cache_lookup import BatchedCacheLookup
from interpref_core.engine.task import CallResult
from interpref_core.providers.base import Request
from interpref_core.records.runs import Tokens
from interpref_core.system.safe_files import PRIVATE_FILE, open_file
from interpref_db.exporters.file_endings import check_ending
from interpref_db.exporters.output_file import Target, find_target, reason_of, write_output
from interpref_tui.services.models import Model, WorkError
from interpref_tui.services.runs.call_cache import StudyCallCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from interpref_core.engine import Task
    from interpref_core.engine.task import CallCache
    from interpref_core.providers.messages import Message
    from interpref_db.study.study import Study

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
    """One file, and further ones (NAME.2.jsonl, ...) where one would be too large; a pipe takes all. Each is there once it
    is whole, and private: it holds texts of the study.
    """

    def __init__(self, target: Target, study: Path) -> None:
        self._target = target
        self._study = study
        self._file: IO[str] | None = None
        self._open = ExitStack()
        self._lines = self._bytes = 0
        self.names: list[str] = []

    def write(self, line: str) -> None:
        """Append a line, to a further file where this one is full. Raises ExportError, OSError."""
        size = len(line.encode()) + 1
        full = self._lines >= MOST_LINES or self._bytes + size > MOST_BYTES
        if self._file is None or (full and not self._target.streamed):
            self.close()
            self._file = self._begin()
            self._lines = self._bytes = 0
        self._file.write(line + "\n")
        self._lines += 1
        self._bytes += size

    def _begin(self) -> IO[str]:
        target, number = self._target, len(self.names) + 1
        if number > 1:
            name = f"{target.path.stem}.{number}{target.path.suffix}"
            target = find_target(target.path.with_name(name), study=self._study)
        draft = self._open.enter_context(write_output(target, PRIVATE_FILE))
        self.names.append(target.name)
        descriptor = open_file(draft, os.O_WRONLY | os.O_TRUNC)
        return self._open.enter_context(os.fdopen(descriptor, "w", encoding="utf-8", newline=""))

    def close(self) -> None:
        """Put the file that is being written in its place. Raises OSError."""
        self._file = None
        self._open.close()

    def drop(self, error: BaseException) -> None:
        """Throw the file that is being written away."""
        self._file = None
        self._open.__exit__(type(error), error, error.__traceback__)


def batch_target(path: Path, study: Path) -> Target:
    """Where a batch goes. Raises ExportError for what no batch is written to."""
    target = find_target(path, study=study)
    check_ending(path, "batch", "jsonl")
    return target


def write_batch(study: Study, model: Model, tasks: Iterable[Task], target: Target) -> Written:
    """Write the calls that these tasks would make now. Raises WorkError when the model has no batches, or on the disk;
    ExportError where a further file is not to be written."""
    line_of = getattr(model.provider, "batch_line", None)
    if line_of is None:
        raise WorkError(f"{model.spec} has no batches; openai/NAME has (vLLM's run-batch takes the same file)")
    files = _Files(target, study.path)
    try:
        try:
            found = asyncio.run(
                _collect(model, tasks, StudyCallCache(study), lambda request, call: files.write(line_of(request, call)))
            )
        except BaseException as error:
            files.drop(error)
            raise
        files.close()
    except OSError as error:
        if isinstance(error, BrokenPipeError) and target.on_stdout:
            raise
        raise WorkError(f"{target.name} cannot be written: {reason_of(error)}") from None
    return Written(*found, tuple(files.names))


async def _collect(model: Model, tasks: Iterable[Task], known: CallCache, write: Any) -> tuple[int, int, int, int]:
    """Have every task ask, and write down what it asks; what is known answers it, so that it may ask further."""
    look_up = BatchedCacheLookup(known)
    written: set[str] = set()
    used = ready = waiting = 0

    async def call(_: str, messages: tuple[Message, ...], schema: Mapping[str, object] | None) -> CallResult:
        nonlocal used
        request = Request(messages=messages, parameters=model.parameters, schema=schema)
        name = request.hash(model.provider.identity)
        if name not in written and (found := await look_up.get(name)) is not None:
            used += 1
            return CallResult(name, found.text, False, found.tokens or Tokens(), 0.0, 0, found.finish_reason)
        if name not in written:
            written.add(name)
            write(request, name)
        raise _Pending

    async def one(task: Task) -> bool:
        try:
            await task.work(TaskContext(model.provider, model.parameters, call))
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
