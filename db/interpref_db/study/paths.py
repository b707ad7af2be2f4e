"""Where the parts of a study lie: the file, and its journals beside it."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, check_folders, make_folder
from interpref_db.study.read_lock import peek

if TYPE_CHECKING:
    from pathlib import Path

# What DuckDB needs beside a database file: its log, and what a checkpoint puts aside while it is under way.
BESIDE = (".wal", ".wal.checkpoint", ".wal.recovery")

_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_LINKS = 40  # as the system has it


@dataclass(frozen=True, slots=True)
class StudyPaths:
    """The paths that belong to one study file.

    `file` is the study itself, not a symbolic link to it. `home` is the name under which its journals are kept, where that is
    another name of the same file. `others` are journal folders that it left behind under an earlier name.
    """

    file: Path
    home: Path | None = None
    others: tuple[Path, ...] = ()

    @property
    def journal(self) -> Path:
        """`NAME.journal` beside `NAME.duckdb`; beside a file of another ending, whose name may differ by that alone, with it."""
        named = self.home or self.file
        if named.suffix == ".duckdb":
            return named.with_name(named.stem + ".journal")
        return named.with_name(named.name + (".journal" if named.suffix else ".file.journal"))

    @property
    def runs(self) -> Path:
        return self.journal / "runs"

    @property
    def labels(self) -> Path:
        return self.journal / "labels"

    @property
    def torn_lines_dir(self) -> Path:
        """Where lines of journals that could not be read are kept, byte for byte."""
        return self.journal / "torn"

    @property
    def former(self) -> Path:
        """Where the journals of a study that had this name before are put."""
        return self.journal / "former"

    @property
    def lock_owner_file(self) -> Path:
        """Says who holds the write lock, for the message that others get."""
        return self.journal / "writer.json"

    @property
    def waiting(self) -> Path:
        """Locked by whoever waits to write: readers give way to it."""
        return self.journal / "writer.waits"

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
    def fallback_labels_dir(self) -> Path:
        """Where the labels on a study that this user cannot write beside are kept: in the user's own data folder."""
        return away_folder() / _away_name(self.file.resolve())

    def label_journal(self, annotator: str) -> Path:
        """The journal of an annotator. Names that are no good as file names get a part of their hash."""
        safe = _SAFE.sub("_", annotator).strip(".")[:80]
        if safe != annotator:
            safe += "-" + hashlib.sha256(annotator.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        beside = self.labels if self.labels.exists() else self.journal if self.journal.exists() else self.file.parent
        folder = self.labels if os.access(beside, os.W_OK) else self.fallback_labels_dir
        return folder / f"{safe}.jsonl"

    def roots(self) -> list[Path]:
        """The folders that hold journals of this study: its own, the user's own one, and those of earlier names."""
        return [self.journal, self.fallback_labels_dir, *self.others]

    def journals(self) -> list[Path]:
        """Every journal there is, in a stable order."""
        own = [*_jsonl(self.runs), *_jsonl(self.labels), *_jsonl(self.fallback_labels_dir)]
        return sorted([*own, *(path for root in self.others for path in journals_below(root))])

    def root_of(self, path: Path) -> Path:
        """The trusted folder above a path: no folder below it may be a link when something is opened or written."""
        for root in self.roots():
            if path.is_relative_to(root):
                return root.parent
        return path.parent

    def file_mode(self) -> int:
        """The permissions of files beside the study: those of the study, so that they are as private as it is."""
        try:
            return stat.S_IMODE(self.file.stat().st_mode) & 0o666 | 0o600
        except OSError:
            return PRIVATE_FILE

    def make_folder(self, folder: Path) -> None:
        """Make a folder of the journals for whoever may use the study. Raises OSError (UnsafeFileError for a link)."""
        check_folders(folder, self.root_of(folder))
        make_folder(folder, self.folder_mode(folder))

    def folder_mode(self, folder: Path) -> int:
        """The permissions of a folder of the journals: whoever may use the study may use it."""
        if not folder.is_relative_to(self.journal):
            return PRIVATE_FOLDER
        mode = self.file_mode()
        return mode | (mode & 0o444) >> 2 | (stat.S_ISGID if mode & 0o020 else 0)


def study_file(path: Path) -> Path:
    """The file that a path leads to: links in its last part are followed, so that a study has one name for all of them."""
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return path


def journals_below(root: Path) -> list[Path]:
    """The journals in one journal folder."""
    return [*_jsonl(root / "runs"), *_jsonl(root / "labels"), *([] if (root / "labels").exists() else _jsonl(root))]


def away_folder() -> Path:
    """The folder in the user's data for labels on studies that this user cannot write beside."""
    from platformdirs import user_data_path

    return user_data_path("interpref") / "labels"


def _jsonl(folder: Path) -> list[Path]:
    """The journals in a folder, without hidden files; none where it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".jsonl" and path.name[0] != ".")
    except OSError:
        return []


def _safe(name: str) -> str:
    return _SAFE.sub("_", name).strip(".")[:120] or "run"


@lru_cache(maxsize=64)
def _away_name(file: Path) -> str:
    whole = hashlib.sha256(str(file).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{file.stem}-{whole[:12]}"


def is_duckdb_file(file: Path) -> bool:
    """Whether a file begins as those of DuckDB do, behind a checksum of eight bytes."""
    try:
        return peek(file, 12)[8:] == b"DUCK"
    except OSError:
        return False
