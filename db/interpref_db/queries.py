"""SQL statements by the name of their file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sql(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return (files("interpref_db") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """Every migration: its number, its name and its SQL, in order."""
    found = []
    for entry in (files("interpref_db") / "schema").iterdir():
        number, _, rest = entry.name.partition("_")
        if entry.name.endswith(".sql") and number.isdigit():
            found.append((int(number), rest.removesuffix(".sql"), entry.read_text(encoding="utf-8")))
    return tuple(sorted(found))
