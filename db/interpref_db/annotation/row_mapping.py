"""Labels as they come out of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import Entry, Label
from interpref_core.text.lenient_json import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.annotation.labels import Task

_RENAMED = {"left_is": "left", "order_number": "order"}


def label_of(row: Mapping[str, Any]) -> Label:
    """A label from a row of the table."""
    values = {_RENAMED.get(name, name): value for name, value in row.items()}
    values["opinion"] = read_object(values.get("opinion"))
    flags = values.get("flags")
    values["flags"] = tuple(flags) if flags else None
    return Label(**values)


def entry_of(task: Task, row: Mapping[str, Any]) -> Entry:
    """The entry that a row names."""
    return Entry(
        task=task,
        item=row["item"],
        run_a=row["run_a"],
        run_b=row["run_b"],
        side=row["side"],
        subject=row["subject"],
    )
