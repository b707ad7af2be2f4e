"""The stages by name, imported when they are run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from interpref_core.construction.stages import StageName
    from interpref_tui.services.construction.stage import Stage

_STAGES: dict[StageName, tuple[str, str]] = {
    "extract": ("extract", "Extract"),
    "dedupe": ("dedupe", "Dedupe"),
    "categorise": ("categorise", "Categorise"),
    "counterparts": ("counterparts", "Counterparts"),
    "queries": ("queries", "Queries"),
    "histories": ("histories", "Histories"),
    "items": ("items", "Items"),
    "verify": ("verify", "Verify"),
}


def stage_names() -> tuple[StageName, ...]:
    """The stages that there are, in order."""
    from interpref_core.construction.stages import STAGES

    return tuple(name for name in STAGES if name in _STAGES)


def load_stage(name: StageName) -> Stage:
    """One stage. Raises KeyError for one that there is not."""
    module, kind = _STAGES[name]
    return cast("Stage", getattr(import_module(f"interpref_tui.services.construction.{module}"), kind)())
