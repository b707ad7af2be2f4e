"""The state of one list: row, filter, sort, columns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ListState:
    """Where one was in a list."""

    key: int | str | None = None
    filter: str = ""
    sort: str | None = None
    descending: bool = False
    columns: tuple[str, ...] = ()
