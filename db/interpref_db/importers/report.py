"""What an import says afterwards, and the file in which it leaves what it refused."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interpref_core.ids import uuid7
from interpref_db.incoming import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interpref_db.writer import FoldReport

KINDS = (
    "histories",
    "turns",
    "preferences",
    "pairs",
    "items",
    "runs",
    "responses",
    "verdicts",
    "comparisons",
    "assignments",
    "labels",
)


MOST_REFUSED = 100_000  # refused records that are listed of one import
_RECORDS = 32 << 20  # characters of their contents


class ImportRefused(Exception):
    """A file that is not what it claims to be, or that nothing here reads: nothing of it goes in. One line."""


class Wrong(Exception):
    """A record that is refused: which field, and why."""

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rejected:
    """One refused record: its file, its line (from 1; in a single JSON document the record's number), and why.

    `field` names what is wrong where one field is; `record` is the text of the record, for FILE.rejected.jsonl.
    """

    file: str
    line: int
    reason: str
    field: str | None = None
    record: Any = None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"file": self.file, "line": self.line, "reason": self.reason}
        return found | ({"field": self.field} if self.field else {})


class Refusals(list[Rejected]):
    """Refused records, the first so many of a file; of the others `more` is the number. What they hold is kept as far as it is
    not much: a file of which every record is refused must not take more memory than one that is right."""

    def __init__(self, given: Iterable[Rejected] = ()) -> None:
        super().__init__(given)
        self.more = 0
        self._room = _RECORDS

    def append(self, one: Rejected) -> None:
        if len(self) >= MOST_REFUSED:
            self.more += 1
            return
        if one.record is not None:
            size = len(repr(one.record)) if self._room > 0 else 0
            if size > self._room or self._room <= 0:
                one = replace(one, record=None)
            self._room -= size
        super().append(one)

    def extend(self, others: Iterable[Rejected]) -> None:
        for one in others:
            self.append(one)
        self.more += getattr(others, "more", 0)

    def __iadd__(self, others: Iterable[Rejected]) -> Refusals:  # type: ignore[override,misc]  # as `extend`
        self.extend(others)
        return self

    def fill(self, records: Iterable[tuple[int, Any]]) -> None:
        """Give refusals without a record that of their line, as long as there is room. Both are in order of lines."""
        given = iter(records)
        line, record = 0, None
        for place, one in enumerate(self):
            if self._room <= 0:
                return
            if one.record is None and one.line:
                while line < one.line:
                    line, record = next(given, (1 << 62, None))
                if line == one.line and (size := len(repr(record))) <= self._room:
                    self[place] = replace(one, record=record)
                    self._room -= size

    @property
    def number(self) -> int:
        """How many were refused."""
        return len(self) + self.more


@dataclass(slots=True)
class ImportReport:
    """Counts of what went in, by kind; `unchanged` counts records that the study had already."""

    format: str = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    unchanged: int = 0
    rejected: Refusals = field(default_factory=Refusals)
    notices: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        return {
            "format": self.format,
            **self.counts,
            "unchanged": self.unchanged,
            "rejected": [one.to_json() for one in self.rejected],
            **({"rejected_more": self.rejected.more} if self.rejected.more else {}),
            "notices": self.notices,
        }

    def took(self, fold: FoldReport, file: str) -> None:
        """Add what a fold did; a conflict becomes a rejected record."""
        for kind, number in fold.added.items():
            name = TABLES[kind]
            self.counts[name] = self.counts.get(name, 0) + number
        self.counts["turns"] += fold.turns
        self.unchanged += sum(fold.unchanged.values())
        for kind, identifier, line in fold.conflicts:
            reason = f"the {kind} {identifier!r} is in the study already with other content"
            self.rejected.append(Rejected(file, line, reason, "id"))

    def add(self, other: ImportReport) -> None:
        """Count another file's report in."""
        names = [name for name in (self.format, other.format) if name]
        self.format = ", ".join(dict.fromkeys(part for name in names for part in name.split(", ")))
        for name, number in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + number
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.notices += other.notices


def write_rejected(source: Path, rejected: list[Rejected], otherwise: Path) -> Path | None:
    """Write FILE.rejected.jsonl beside the source, or into the folder `otherwise` where that cannot be written.

    A stale one is replaced, or removed when nothing was rejected. Returns where it lies.
    """
    name = f"{source.name}.rejected.jsonl"
    if not rejected:
        if source.parent.joinpath(name).is_file() and os.access(source.parent, os.W_OK):
            source.parent.joinpath(name).unlink()
        return None
    text = "".join(
        json.dumps({**one.to_json(), "record": one.record}, ensure_ascii=True, default=str) + "\n" for one in rejected
    )
    for folder in (source.parent, otherwise):
        target = folder / name
        draft = folder / f".{name}.{uuid7()}.tmp"
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            continue
        return target
    return None
