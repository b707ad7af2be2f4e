"""What every importer is: how it knows its files, when it comes in the order, and how it puts them into the study."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from interpref_db.importers.report import ImportReport

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_db.study.writer import Writer

Container = Literal["array", "lines", "object", "table"]


@dataclass(frozen=True, slots=True)
class FileHead:
    """What is known of a file before it is imported, from its first bytes.

    `container`: "array" (one JSON array), "lines" (JSON lines), "object" (one JSON object that fills the file) or "table"
    (CSV, TSV, Parquet). `sample` holds the first records as far as they were read (for an object: the object's first
    members; for a table: the first row as a dict).
    """

    path: Path
    container: Container
    sample: tuple[Any, ...]

    @property
    def records(self) -> tuple[dict[str, Any], ...]:
        """The objects of the sample; an object that fills the file is one record."""
        if self.container == "object":
            return (dict(self.sample),)
        return tuple(one for one in self.sample if isinstance(one, dict))


@dataclass(slots=True)
class ImportContext:
    """One file on its way into the study: the writer's transaction, and the report to fill."""

    writer: Writer
    path: Path
    head: FileHead
    report: ImportReport = field(default_factory=ImportReport)
    confidential: bool = False
    source: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


class Importer(Protocol):
    """One format. `rank` orders the files of one import: what others refer to comes first."""

    name: str
    rank: int

    def recognizes(self, head: FileHead) -> bool:
        """Whether a file is of this format, by its content."""
        ...

    def load(self, context: ImportContext) -> None:
        """Put the file into the study and fill the report. Raises ImportRefused when it is not what it claims to be."""
        ...
