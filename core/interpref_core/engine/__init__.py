"""The run engine: everything that calls a model goes through it (generation, judging)."""

from __future__ import annotations

from interpref_core.engine.budget import Budget, SessionBudget
from interpref_core.engine.engine import Engine
from interpref_core.engine.limiter import Limiter
from interpref_core.engine.limits import Limits, Prices
from interpref_core.engine.progress import Display, NoDisplay, Outcome, Progress
from interpref_core.engine.task import Asking, Cache, Failed, Finished, Sink, Task

__all__ = [
    "Asking",
    "Budget",
    "Cache",
    "Display",
    "Engine",
    "Failed",
    "Finished",
    "Limiter",
    "Limits",
    "NoDisplay",
    "Outcome",
    "Prices",
    "Progress",
    "SessionBudget",
    "Sink",
    "Task",
]
