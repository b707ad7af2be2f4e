"""The run engine: everything that calls a model goes through it (generation, judging)."""

from __future__ import annotations

from interpref_core.engine.engine import Engine, Limits
from interpref_core.engine.progress import Display, NoDisplay, Outcome, Progress
from interpref_core.engine.tasks import Asking, Cache, Failed, Sink, Task

__all__ = [
    "Asking",
    "Cache",
    "Display",
    "Engine",
    "Failed",
    "Limits",
    "NoDisplay",
    "Outcome",
    "Progress",
    "Sink",
    "Task",
]
