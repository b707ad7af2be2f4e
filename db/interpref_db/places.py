"""Where the parts of a study lie: the file, and its journals beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
        return self.runs / f"{_SAFE.sub('_', name).strip('.')[:120] or 'run'}.jsonl"

    def journals(self) -> list[Path]:
        """Every journal there is, in a stable order."""
        return sorted([*self.runs.glob("*.jsonl"), *self.labels.glob("*.jsonl")])
