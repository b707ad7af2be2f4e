"""Lists of words of the user's own for stages that need no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_core.records.construction import StageRun


def _nothing(connection: DuckDBPyConnection, building: StageRun) -> Iterable[Record]:
    """Clusters are in their own journal already."""
    del connection, building
    return ()


def with_file(folders: Sequence[Path], name: str) -> Path | None:
    """The first of the user's folders that has a file."""
    return next((folder for folder in folders if (folder / name).is_file()), None)
