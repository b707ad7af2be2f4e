"""What an import says afterwards, and the file in which it leaves what it refused."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interpref_core.system.safe_files import PRIVATE_FILE, open_file, remove_drafts, replace_file
from interpref_db.study.pending import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interpref_db.study.writer import FoldReport

ENDING = ".rejected.jsonl"
_MOST = 9  # files of one name that are not ours, before another folder is tried
_LONGEST = 1 << 26  # bytes of a first line that is looked at
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


class FieldError(Exception):
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

    def rename(self, path: str, name: str) -> None:
        """Call a file by the name that the user knows it by."""
        self.notices = [notice.replace(path, name) for notice in self.notices]
        self.rejected[:] = [
            replace(one, file=name if one.file == path else one.file, reason=one.reason.replace(path, name))
            for one in self.rejected
        ]

    def add(self, other: ImportReport) -> None:
        """Count another file's report in."""
        names = [name for name in (self.format, other.format) if name]
        self.format = ", ".join(dict.fromkeys(part for name in names for part in name.split(", ")))
        for name, number in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + number
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.notices += other.notices


def write_rejected(name: str, rejected: list[Rejected], folders: Iterable[Path]) -> Path | None:
    """Write NAME.rejected.jsonl into the first folder that takes it, readable by this user alone: it holds texts.

    One of an earlier import is replaced, or removed when nothing was rejected. What somebody else made, or made by hand,
    stays as it is, and another number is taken. Returns where it lies; None when nothing was rejected or no folder takes it.
    """
    if not rejected:
        for folder in folders:
            _remove_stale(folder / f"{name}{ENDING}", name)
        return None
    text = "".join(
        json.dumps({**one.to_json(), "record": one.record}, ensure_ascii=True, default=str) + "\n" for one in rejected
    )
    for folder in folders:
        numbered = (folder / f"{name}{f'.{number}' if number > 1 else ''}{ENDING}" for number in range(1, _MOST + 1))
        target = next((path for path in numbered if _is_free(path)), None)
        if target is None:
            continue
        try:
            remove_drafts(target)
            replace_file(target, text.encode("ascii"), PRIVATE_FILE)
        except OSError:
            continue
        return target
    return None


def _is_free(path: Path) -> bool:
    """Whether nothing is at a path, or what an earlier import left there."""
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return _first_of(path) is not None


def _remove_stale(path: Path, name: str) -> None:
    """Remove what an earlier import of a file of this name left, where that can be."""
    first = _first_of(path)
    if first is not None and str(first["file"]).rpartition("/")[2] == name:
        with suppress(OSError):
            path.unlink()


def _first_of(path: Path) -> dict[str, Any] | None:
    """The first refusal in a file that an import of this user wrote; None for any other file."""
    try:
        with os.fdopen(open_file(path, os.O_RDWR), "rb") as file:
            if os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            first = json.loads(file.readline(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return first if isinstance(first, dict) and {"file", "line", "reason", "record"} <= first.keys() else None
