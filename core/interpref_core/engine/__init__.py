"""The run engine: everything that calls a model goes through it (generation, judging)."""

from __future__ import annotations

from interpref_core.engine.budget import Budget, SessionBudget
from interpref_core.engine.engine import Engine
from interpref_core.engine.limiter import ConcurrencyLimiter
from interpref_core.engine.limits import Prices, RunLimits
from interpref_core.engine.progress import NoDisplay, Outcome, Progress, ProgressDisplay
from interpref_core.engine.task import CallCache, CallResult, RecordSink, Task, TaskContext, TaskFailure

__all__ = [
    "Budget",
    "CallCache",
    "CallResult",
    "ConcurrencyLimiter",
    "Engine",
    "NoDisplay",
    "Outcome",
    "Prices",
    "Progress",
    "ProgressDisplay",
    "RecordSink",
    "RunLimits",
    "SessionBudget",
    "Task",
    "TaskContext",
    "TaskFailure",
]
