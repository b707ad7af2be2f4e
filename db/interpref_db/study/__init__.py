"""The study file: connection, migrations, journals, writers. `Study` is what other packages need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interpref_db.study.study import Study, newest_schema

__all__ = ["Study", "newest_schema"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from interpref_db.study import study

        return getattr(study, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
