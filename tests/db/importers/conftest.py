"""A study to import into, and a short way to do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_db.importers import ImportReport, import_files
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Importing:
    """Writes a file, imports it into one study, and asks the study."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study = Study.open(folder / "s.duckdb", create=True)

    def __call__(self, content: Any, name: str = "file.json", **options: Any) -> ImportReport:
        """Import bytes, a text, or a value as JSON."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_bytes(content.encode("utf-8"))
        else:
            path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return import_files(self.study, [path], **options)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.study.reading() as cursor:
            return cursor.execute(query).fetchall()

    def turns(self, history: str) -> list[tuple[str, str]]:
        with self.study.reading() as cursor:
            query = (
                "SELECT role, t.content FROM turns AS t JOIN histories ON key = history WHERE id = ? ORDER BY position"
            )
            return [(role, content) for role, content in cursor.execute(query, [history]).fetchall()]

    def rejected(self, name: str = "file.json") -> list[dict[str, Any]]:
        """The lines of FILE.rejected.jsonl."""
        path = self.folder / f"{name}.rejected.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def lines(*records: Any) -> str:
    """JSON lines of records; a text stands for a line as it is."""
    return "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records) + "\n"


@pytest.fixture
def importing(tmp_path: Path) -> Iterator[Importing]:
    importing = Importing(tmp_path)
    yield importing
    importing.study.close()
