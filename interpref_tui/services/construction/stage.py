"""What a stage of construction is given, and what it says that there is to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from interpref_core.construction.history_assembly import CONVERSATIONS
from interpref_core.construction.windows import Window
from interpref_core.engine import Task
from interpref_core.ids import utc_now, uuid7
from interpref_core.records.construction import StageOutput
from interpref_core.records.runs import Call, CallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.history_assembly import Position
    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Outcome, ProgressDisplay, TaskContext, TaskFailure
    from interpref_core.engine.task import CallResult
    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageRun
    from interpref_core.records.runs import Provenance
    from interpref_db.study.study import Study
    from interpref_tui.services.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says about construction. `more` holds options of stages that are their own affair."""

    seed: int = 0
    limit: int | None = None
    allow_confidential: bool = False
    accept_all: bool = False
    existing_queries: bool = False
    check: bool = True
    check_queries: bool = False
    gate: bool = False
    position: Position = "random"
    conversations: int = CONVERSATIONS
    window: Window = field(default_factory=Window)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageContext:
    """What a stage plans with. `settings` are those of the generation that goes on, or of the options for a new one.

    `building` is None for a new generation. `model` opens the model when it is first needed; it raises WorkError where none
    is named.
    """

    study: Study
    options: Options
    settings: Json
    building: str | None
    model: Callable[[], Model]
    prompts: Mapping[str, Prompt]

    def withheld(self, confidential: int) -> bool:
        """Whether confidential subjects must be left out: the model is remote, and nobody said that they may go."""
        return bool(confidential) and not self.options.allow_confidential and not self.model().provider.local


@dataclass(slots=True)
class Plan:
    """What there is to do for a stage.

    `total` counts subjects, `skipped` those that are done. `tasks` give one Making each; without them, `local` does the
    work, if there is any. `records` gives what becomes of it, inside the write transaction that settles the stage.
    `stopped` says why neither this stage nor those after it can do anything yet. `calls`, `prompt_tokens` and
    `completion_tokens` are an estimate of what is left.
    """

    total: int
    skipped: int
    records: Callable[[DuckDBPyConnection, StageRun], Iterable[Record]]
    tasks: Callable[[StageRun], Iterator[Task]] | None = None
    local: Callable[[StageRun, ProgressDisplay], Outcome] | None = None
    notices: list[str] = field(default_factory=list)
    stopped: str | None = None
    calls: int = 0
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0

    @property
    def left(self) -> int:
        return self.total - self.skipped


class Stage(Protocol):
    """One stage. `prompts` names those that it asks with."""

    name: StageName
    prompts: tuple[str, ...]

    def settings(self, options: Options) -> Json:
        """What of the options decides what this stage makes; stored with the generation."""
        ...

    def plan(self, work: StageContext) -> Plan:
        """Find what there is to do. Raises WorkError when it cannot begin."""
        ...


def stage_task(
    building: StageRun,
    subject: str,
    work: Callable[[TaskContext], Awaitable[StageOutput]],
    *,
    part: int | None = None,
    group: str = "",
) -> Task:
    """A task that makes one Making: every call of it is kept by itself, a failure names the subject."""
    named = subject if part is None else f"{subject}#{part}"

    def call(stage: str, done: CallResult, provenance: Provenance) -> Call:
        return Call(
            id=uuid7(), hash=done.call, stage=stage, text=done.text, run=building.id, item=named, provenance=provenance
        )

    def failure(failed: TaskFailure) -> CallError:
        return CallError(
            id=uuid7(), run=building.id, item=named, error=failed.kind, message=failed.message,
            attempts=failed.attempts, status=failed.status, time=utc_now(), answer=failed.answer,
        )  # fmt: skip

    return Task(f"{building.stage}/{named}", group, work, failure, call)


def run_stage_task(
    building: StageRun, subject: str, made: Json, refused: Iterable[Json], provenance: Provenance, *,
    part: int | None = None, confidential: bool = False,
) -> StageOutput:  # fmt: skip
    """What came of a subject. Nothing made and nothing refused is an answer, too."""
    return StageOutput(
        id=uuid7(),
        building=building.id,
        stage=building.stage,
        subject=subject,
        part=part,
        made=made,
        refused=tuple(refused) or None,
        confidential=confidential or None,
        provenance=provenance,
    )
