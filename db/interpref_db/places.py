"""Where the parts of a study lie: the file, and its journals beside it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Places:
    """The paths that belong to one study file."""

    file: Path

    @property
    def journal(self) -> Path:
        """`NAME.journal` beside `NAME.duckdb`."""
        return self.file.with_name(self.file.stem + ".journal")

    @property
    def runs(self) -> Path:
        return self.journal / "runs"

    @property
    def labels(self) -> Path:
        return self.journal / "labels"

    @property
    def torn(self) -> Path:
        """Where the torn ends of retired journals are kept for inspection."""
        return self.journal / "torn"

    @property
    def holder(self) -> Path:
        """Says who holds the write lock, for the message that others get."""
        return self.journal / "writer.json"

    def run_journal(self, name: str) -> Path:
        """The journal of a run or judging. The name is made safe: it may come from an imported file."""
        return self.runs / f"{_safe(name)}.jsonl"

    def run_status(self, name: str) -> Path:
        """What a run says of itself while it is at work, and at its end."""
        return self.runs / f"{_safe(name)}.status.json"

    def run_stop(self, name: str) -> Path:
        """Asks a run to stop."""
        return self.runs / f"{_safe(name)}.stop"

    def statuses(self) -> list[Path]:
        """What runs say of themselves, in a stable order."""
        return sorted(self.runs.glob("*.status.json"))

    @property
    def away(self) -> Path:
        """Where the labels on a study that this user cannot write beside are kept: in the user's own data folder."""
        return _away(self.file.resolve())

    def label_journal(self, annotator: str) -> Path:
        """The journal of an annotator. Names that are no good as file names get a part of their hash."""
        safe = _SAFE.sub("_", annotator).strip(".")[:80]
        if safe != annotator:
            safe += "-" + hashlib.sha256(annotator.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        beside = self.labels if self.labels.exists() else self.journal if self.journal.exists() else self.file.parent
        folder = self.labels if os.access(beside, os.W_OK) else self.away
        return folder / f"{safe}.jsonl"

    def journals(self) -> list[Path]:
        """Every journal there is, in a stable order."""
        return sorted([*self.runs.glob("*.jsonl"), *self.labels.glob("*.jsonl"), *self.away.glob("*.jsonl")])


def _safe(name: str) -> str:
    return _SAFE.sub("_", name).strip(".")[:120] or "run"


@lru_cache(maxsize=64)
def _away(file: Path) -> Path:
    from platformdirs import user_data_path

    whole = hashlib.sha256(str(file).encode("utf-8", "surrogateescape")).hexdigest()
    return user_data_path("interpref") / "labels" / f"{file.stem}-{whole[:12]}"


def is_database(file: Path) -> bool:
    """Whether a file begins as those of DuckDB do, behind a checksum of eight bytes."""
    try:
        with file.open("rb") as opened:
            return opened.read(12)[8:] == b"DUCK"
    except OSError:
        return False
