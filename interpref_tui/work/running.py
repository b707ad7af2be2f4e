"""Running an engine to its end from a command: journal, Ctrl-C, exit code."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from interpref_core.engine import Engine, Outcome, Progress
from interpref_db.journal import JournalWriter
from interpref_tui.work.comparing import comparing_tasks
from interpref_tui.work.generating import generation_tasks
from interpref_tui.work.judging import judging_tasks, overlap_verdicts
from interpref_tui.work.known import KnownCalls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.engine import Display, Task
    from interpref_core.records import Record
    from interpref_db.study import Study
    from interpref_tui.work.comparing import Comparing
    from interpref_tui.work.generating import Generation
    from interpref_tui.work.judging import Plan
    from interpref_tui.work.models import Model

_TOGETHER = 2000  # verdicts of the overlap judge that are written at once


def run_generation(study: Study, generation: Generation, display: Display) -> Outcome:
    """Ask what is left of a generation. Raises StudyBusy when another process works on the same run."""
    with JournalWriter(study.places.run_journal(generation.run.id)) as journal:
        if generation.is_new:
            journal.append([generation.run])
        tasks = generation_tasks(study, generation)
        return _run(study, generation.model, journal, tasks, display, generation.total, generation.skipped)


def run_judging(study: Study, plan: Plan, display: Display) -> Outcome:
    """Ask what is left of a judging; overlap needs no asking."""
    with JournalWriter(study.places.run_journal(plan.judging.id), what="judging") as journal:
        if plan.is_new:
            journal.append([plan.judging])
        if plan.model is None:
            return _overlap(study, plan, journal, display)
        return _run(study, plan.model, journal, judging_tasks(plan), display, plan.total, plan.skipped)


def run_comparing(study: Study, plan: Comparing, display: Display) -> Outcome:
    """Ask what is left of a comparing. Raises StudyBusy when another process does the same one."""
    with JournalWriter(study.places.run_journal(f"compare-{plan.fingerprint[:24]}"), what="comparing") as journal:
        return _run(study, plan.model, journal, comparing_tasks(plan), display, plan.total, plan.done)


def _overlap(study: Study, plan: Plan, journal: JournalWriter, display: Display) -> Outcome:
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


def _run(
    study: Study,
    model: Model,
    journal: JournalWriter,
    tasks: Iterable[Task],
    display: Display,
    total: int,
    skipped: int,
) -> Outcome:
    engine = Engine(
        model.provider,
        model.parameters,
        sink=journal,
        cache=KnownCalls(study),
        display=display,
        limits=model.limits,
    )

    async def main() -> Outcome:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError, ValueError):
                loop.add_signal_handler(number, engine.stop)
        try:
            return await engine.run(tasks, total, skipped)
        finally:
            await model.provider.close()

    return asyncio.run(main())


def settle(study: Study) -> bool:
    """Fold finished journals into the study if it is free right now; readers see them either way."""
    from interpref_db.problems import StudyError

    try:
        with study.writing("settling a run"):
            return True
    except (StudyError, OSError):
        return False
