"""One stage after the other: generation, journal, engine, settling; what is done is never asked again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.construction.stages import WORDS
from interpref_core.engine import SessionBudget
from interpref_core.ids import content_hash, utc_now, uuid7
from interpref_core.prompts.loading import load_prompt
from interpref_core.records.construction import StageRun
from interpref_db.construction.stage_runs import insert_outputs, latest_generation, supersede
from interpref_db.errors import StudyBusy, StudyError
from interpref_db.study.journal import lock_journal
from interpref_tui.services.construction.registry import load_stage
from interpref_tui.services.construction.stage import StageContext
from interpref_tui.services.runs.estimate import Estimate
from interpref_tui.services.runs.execute import call_settings, run_engine, with_status_reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Outcome, ProgressDisplay
    from interpref_core.records.base import Json
    from interpref_db.study.study import Study
    from interpref_tui.services.construction.stage import Options, Plan, Stage
    from interpref_tui.services.models import Model


@dataclass(slots=True)
class StageResult:
    """How one stage ended. `made` and `replaced` count things by kind; `refused` and `failed` are those of its generation.

    `outcome` is the engine's, None where nothing was asked.
    """

    stage: StageName
    generation: int
    building: str | None = None
    total: int = 0
    done: int = 0
    refused: int = 0
    failed: int = 0
    made: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    stopped: str | None = None
    outcome: Outcome | None = None

    def to_json(self) -> Json:
        """One JSON object, without the outcome (its progress has been shown)."""
        data = asdict(self)
        data.pop("outcome")
        return data


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Runs stages on one study.

    `open_model` opens the model that the command names (once a stage: a provider belongs to one loop), `model_name` is how
    the command names it. `folders` hold the user's own prompts.
    """

    study: Study
    options: Options
    open_model: Callable[[], Model]
    model_name: str | None
    folders: tuple[Path, ...]
    display: Callable[[str], ProgressDisplay]
    budget: list[SessionBudget] = field(default_factory=list)

    def run(self, names: Sequence[StageName], again: frozenset[StageName] = frozenset()) -> Iterator[StageResult]:
        """Run the stages in order; each result as the stage ends. Stops after one that was stopped, or broke.

        `again` are stages that begin a new generation. Raises WorkError, StudyBusy (another process builds this study).
        """
        with _alone(self.study):
            for name in names:
                result = self._stage(load_stage(name), again=name in again)
                yield result
                if result.stopped or (result.outcome and (result.outcome.stopped or result.outcome.broken)):
                    return

    def estimate(
        self, names: Sequence[StageName], again: frozenset[StageName] = frozenset()
    ) -> list[tuple[StageName, Plan, Estimate]]:
        """What each stage would ask as the study stands now; what a stage makes is not known to those after it."""
        found = []
        for name in names:
            stage = load_stage(name)
            _, plan, work = self._plan_stage(stage, again=name in again)
            cost = None
            if plan.calls and self.model_name:
                cost = work.model().limits.cost(plan.prompt_tokens, plan.completion_tokens)
            estimate = Estimate(
                plan.calls, plan.skipped, round(plan.prompt_tokens), round(plan.completion_tokens), cost
            )
            found.append((name, plan, estimate))
        return found

    def _plan_stage(self, stage: Stage, *, again: bool) -> tuple[StageRun, Plan, StageContext]:
        """The generation that goes on, or a new one, and its plan."""
        latest = latest_generation(self.study, stage.name)
        settings = stage.settings(self.options)
        prompts = {name: load_prompt(name, self.folders) for name in stage.prompts}
        fingerprint = content_hash(stage.name, self.model_name, [one.hash for one in prompts.values()], settings)
        notices: list[str] = []
        if latest and again and (latest.complete or latest.fingerprint != fingerprint):
            number, latest = latest.generation + 1, None
        else:
            number = latest.generation if latest else 1
        if latest and latest.settings != settings:
            notices.append(
                f"{stage.name} goes on with the settings of its generation {number}; --again {stage.name} begins another "
                "with those of this command"
            )
        models: list[Model] = []

        def model() -> Model:
            if not models:
                models.append(self.open_model())
            return models[0]

        used = latest.settings if latest else settings
        work = StageContext(self.study, self.options, used, latest.id if latest else None, model, prompts)
        plan = stage.plan(work)
        plan.notices[:0] = notices
        building = StageRun(
            id=latest.id if latest else uuid7(),
            stage=stage.name,
            generation=number,
            prompts=tuple(one.used for one in prompts.values()) or None,
            settings=used,
            fingerprint=fingerprint,
            seed=used.get("seed"),
            expected=plan.total,
            program=__version__,
            time=utc_now(),
        )
        return building, plan, work

    def _stage(self, stage: Stage, *, again: bool) -> StageResult:
        latest = latest_generation(self.study, stage.name)
        building, plan, work = self._plan_stage(stage, again=again)
        result = StageResult(stage.name, building.generation, total=plan.total, done=plan.skipped, notices=plan.notices)
        is_new = latest is None or latest.id != building.id
        if plan.stopped and not plan.left:
            result.stopped = plan.stopped
            return result
        complete = latest is not None and latest.complete and not is_new
        if plan.left and (plan.tasks or plan.local):
            building = self._ask(building, plan, work, result, is_new=is_new)
            is_new = False
        self._settle(building, plan, result, is_new=is_new, complete=complete)
        return result

    def _ask(
        self, building: StageRun, plan: Plan, work: StageContext, result: StageResult, *, is_new: bool
    ) -> StageRun:
        """Do what is left of a stage; every answer is in the journal of its building."""
        study, display = self.study, self.display(f"{building.stage}")
        with study.open_run_journal(building.id, f"stage {building.stage}") as journal:
            facts: dict[str, Any] = {"kind": "build", "title": f"build {building.stage}", "run": building.id}
            if plan.tasks is None:
                if is_new:
                    journal.append([building])
                with with_status_reporter(study, building.id, facts, display) as heartbeat:
                    outcome = plan.local(building, heartbeat) if plan.local else None
            else:
                model = work.model()
                building = _with_model(building, model) if is_new else building
                if is_new:
                    journal.append([building])
                if not self.budget and (model.limits.tokens is not None or model.limits.money is not None):
                    self.budget.append(SessionBudget(model.limits))
                with with_status_reporter(
                    study, building.id, facts | {"model": model.spec, **call_settings(model)}, display
                ) as heartbeat:
                    outcome = run_engine(
                        study, model, journal, plan.tasks(building), heartbeat, plan.total, plan.skipped,
                        self.budget[0] if self.budget else None,
                    )  # fmt: skip
        result.outcome = outcome
        if outcome is not None:
            result.done += outcome.progress.done
        return building

    def _settle(self, building: StageRun, plan: Plan, result: StageResult, *, is_new: bool, complete: bool) -> None:
        """Make things of the answers, in one transaction. A later generation only when it is complete: then it replaces."""
        outcome = result.outcome
        if plan.tasks is None and plan.local is None:
            result.done = result.total  # settling is all there is to do
        through = result.done >= plan.total and not (outcome and (outcome.stopped or outcome.broken))
        if building.generation > 1 and not (through or complete):
            result.building = building.id
            result.notices.append(
                f"generation {building.generation} of {building.stage} is not complete: the one before it stands until it is"
            )
            self._count(building, result)
            return
        with self.study.writing(f"settling {building.stage}", views=True) as writer:
            replaces = building.generation > 1 and not complete
            product = WORDS[result.stage].product
            records = list(plan.records(writer.connection, building))
            if replaces and product and not any(record.type == product for record in records):
                result.notices.append(
                    f"generation {building.generation} of {building.stage} made nothing: the one before it stands"
                )
                records, replaces = [], False
            report = insert_outputs(writer, records)
            result.made = {kind: n for kind, n in report.added.items() if n}
            if is_new and result.made:
                insert_outputs(writer, [building])
            if replaces:
                result.replaced = supersede(writer, building)
        if not is_new or result.made:
            result.building = building.id
            self._count(building, result)

    def _count(self, building: StageRun, result: StageResult) -> None:
        row = self.study.row("build_refused", building=building.id)
        if row:
            result.refused, result.failed = int(row["refused"]), int(row["failed"])


def _with_model(building: StageRun, model: Model) -> StageRun:
    """The building with the model that it asks."""
    from dataclasses import replace

    return replace(
        building,
        model=model.name,
        provider=model.provider.kind,
        parameters=model.parameters.to_json(),
        seed=model.parameters.seed,
    )


@contextmanager
def _alone(study: Study) -> Iterator[None]:
    """Only one process builds a study at a time: two would ask the same."""
    path = study.places.journal / "build.lock"
    try:
        study.places.make_folder(path.parent)
        descriptor = lock_journal(path, root=study.places.root_of(path), mode=study.places.file_mode())
    except BlockingIOError:
        raise StudyBusy(f"another process is building {study.path}; wait for it or stop it") from None
    except OSError as error:
        raise StudyError(f"cannot write beside {study.path}: {error.strerror or error}") from None
    try:
        yield
    finally:
        os.close(descriptor)
