"""Running an engine to its end from a command: journal, Ctrl-C, exit code."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from interpref_core.engine import Engine, Outcome, Progress
from interpref_db.study.in_flight_calls import InFlightCallsFile
from interpref_tui.services.models import limiter_of
from interpref_tui.services.runs.call_cache import StudyCallCache
from interpref_tui.services.runs.compare import comparing_tasks
from interpref_tui.services.runs.generate import generation_tasks
from interpref_tui.services.runs.judge import judging_tasks, overlap_verdicts
from interpref_tui.services.runs.status_reporter import StatusReporter
from interpref_tui.text.output import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from interpref_core.engine import Budget, ProgressDisplay, Task
    from interpref_core.records.base import Record
    from interpref_db.study.in_flight_calls import LostCalls
    from interpref_db.study.journal import JournalWriter
    from interpref_db.study.study import Study
    from interpref_tui.services.models import Model
    from interpref_tui.services.runs.compare import ComparePlan
    from interpref_tui.services.runs.generate import GeneratePlan
    from interpref_tui.services.runs.judge import JudgePlan

_TOGETHER = 2000  # verdicts of the overlap judge that are written at once


def run_generation(study: Study, generation: GeneratePlan, display: ProgressDisplay) -> Outcome:
    """Ask what is left of a generation. Raises StudyBusy when another process works on the same run."""
    run, model = generation.run, generation.model
    with study.open_run_journal(run.id) as journal:
        if generation.is_new:
            journal.append([run])
        facts = {
            "kind": "generate", "title": run.name, "run": run.id, "model": model.spec, "paradigm": generation.paradigm.name,
            "prompts": [prompt.used.to_json() for prompt in generation.paradigm.prompts], **call_settings(model),
        }  # fmt: skip
        with with_status_reporter(study, run.id, facts, display) as heartbeat:
            tasks = generation_tasks(study, generation)
            return run_engine(study, model, journal, tasks, heartbeat, generation.total, generation.skipped)


def run_judging(study: Study, plan: JudgePlan, display: ProgressDisplay) -> Outcome:
    """Ask what is left of a judging; overlap needs no asking."""
    judging, model = plan.judging, plan.model
    with study.open_run_journal(judging.id, "judging") as journal:
        if plan.is_new:
            journal.append([judging])
        facts = {
            "kind": "judge", "title": f"{plan.run_name} by {judging.judge}", "run": judging.run, "judge": judging.judge,
            "model": judging.model, "prompts": [plan.prompt.used.to_json()] if plan.prompt else [],
            **(call_settings(model) if model else {}),
        }  # fmt: skip
        with with_status_reporter(study, judging.id, facts, display) as heartbeat:
            if model is None:
                return _overlap(study, plan, journal, heartbeat)
            return run_engine(study, model, journal, judging_tasks(plan), heartbeat, plan.total, plan.skipped)


def run_comparing(study: Study, plan: ComparePlan, display: ProgressDisplay) -> Outcome:
    """Ask what is left of a comparing. Raises StudyBusy when another process does the same one."""
    with study.open_run_journal(plan.id, "comparing") as journal:
        names = {side: run["name"] for side, run in plan.runs.items()}
        facts = {
            "kind": "compare", "title": f"{names['a']} and {names['b']} by {plan.judge}", "run": plan.runs["a"]["id"],
            "run_b": plan.runs["b"]["id"], "judge": plan.judge, "model": plan.model.spec,
            "prompts": [plan.prompt.used.to_json()], **call_settings(plan.model),
        }  # fmt: skip
        with with_status_reporter(study, plan.id, facts, display) as heartbeat:
            return run_engine(study, plan.model, journal, comparing_tasks(plan), heartbeat, plan.total, plan.done)


def call_settings(model: Model) -> dict[str, Any]:
    """How the model is asked, for those who look: its sampling, and how hard this session tries."""
    limits = model.limits
    return {
        "parameters": model.parameters.to_json(),
        "address": getattr(model.provider, "identity", ""),
        "at_once": limits.concurrency,
        "attempts": limits.attempts,
        "timeout": limits.timeout,
        "budget_tokens": limits.tokens,
        "budget": limits.money,
    }


@contextmanager
def with_status_reporter(
    study: Study, identifier: str, facts: dict[str, Any], display: ProgressDisplay
) -> Iterator[StatusReporter]:
    """The display with a heartbeat around it."""
    heartbeat = StatusReporter(display, study.places, identifier, facts)
    try:
        yield heartbeat
    finally:
        heartbeat.close()


def _overlap(study: Study, plan: JudgePlan, journal: JournalWriter, display: ProgressDisplay) -> Outcome:
    display.start(Progress(total=plan.total, skipped=plan.skipped))
    batch: list[Record] = []
    done = 0
    for verdict in overlap_verdicts(study, plan):
        batch.append(verdict)
        done += 1
        if len(batch) >= _TOGETHER:
            journal.append(batch)
            batch.clear()
    journal.append(batch)
    outcome = Outcome(Progress(done=done, total=plan.total, skipped=plan.skipped, state="done"))
    display.finish(outcome)
    return outcome


def run_engine(
    study: Study,
    model: Model,
    journal: JournalWriter,
    tasks: Iterable[Task],
    heartbeat: StatusReporter,
    total: int,
    skipped: int,
    budget: Budget | None = None,
) -> Outcome:
    """Run an engine to its end, Ctrl-C and wishes to stop included. `budget` is shared by several, where it is given."""
    known = StudyCallCache(study)
    sent = InFlightCallsFile(journal.path)
    _tell_left(sent.left(known), model)
    over = False
    with limiter_of(model) as limiter:
        engine = Engine(
            model.provider,
            model.parameters,
            sink=journal,
            cache=known,
            display=heartbeat,
            limits=model.limits,
            budget=budget or model.budget,
            limiter=limiter,
            sent=sent if model.provider.at_once is None else None,  # a model in this machine costs nothing
        )
        gc.freeze()  # what was planned lives to the end: looking through it for garbage would hold up the calls
        gc.set_threshold(50_000)
        try:
            outcome = asyncio.run(_until_done(engine, model, tasks, heartbeat, total, skipped))
            over = not outcome.stopped and not outcome.broken
            return outcome
        finally:
            gc.unfreeze()
            sent.close(over=over)


def _tell_left(left: LostCalls, model: Model) -> None:
    """Say what the session before may have paid for and never got."""
    if not left.calls:
        return
    cost = model.limits.cost(left.prompt, left.completion)
    money = "" if cost is None else f", {cost:.4g} at most"
    say(
        f"{left.calls} calls were under way when this run was cut off and may have been paid for (about {left.prompt:,} "
        f"prompt tokens, up to {left.completion:,} of answers{money}); they are asked again"
    )


async def _until_done(
    engine: Engine, model: Model, tasks: Iterable[Task], heartbeat: StatusReporter, total: int, skipped: int
) -> Outcome:
    """Run, with Ctrl-C and its like as a clean stop."""
    loop = asyncio.get_running_loop()
    heartbeat.on_stop(lambda: loop.call_soon_threadsafe(engine.stop))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # whoever started us with nohup wants it to go on
            with suppress(NotImplementedError, ValueError):
                loop.add_signal_handler(number, engine.stop)
    try:
        return await engine.run(tasks, total, skipped)
    finally:
        await model.provider.close()


def fold_journals(study: Study) -> bool:
    """Fold finished journals into the study if it is free right now; readers see them either way."""
    from interpref_db.errors import StudyError
    from interpref_db.study import duckdb_core

    try:
        with study.writing("settling a run"):
            pass
        for notice in study.set_aside:
            say(notice)
        return True
    except (StudyError, OSError, duckdb_core.Error):  # too little memory, say: the journals keep everything
        return False
