"""What the ending of a file's name asks for, and whether it is what an export writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.exporters.annotation_tools import DOCUMENTS
from interpref_db.exporters.output_file import ExportError
from interpref_db.exporters.preference_data import SHAPES
from interpref_db.exporters.training import TRAINING

if TYPE_CHECKING:
    from pathlib import Path

_ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
}
_NAMED = {"jsonl": ".jsonl", "json": ".json", "csv": ".csv", "parquet": ".parquet", "html": ".html", "markdown": ".md"}
_TABLES = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers", ".tsv", ".tab")
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz", ".lz4", ".br")
_STUDIES = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")
_OTHERS = (
    ".xml", ".yaml", ".yml", ".toml", ".ini", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".tex", ".svg", ".png", ".jpg", ".jpeg",
    ".arrow", ".feather", ".ipc", ".orc", ".avro", ".pickle", ".pkl", ".npy", ".npz", ".h5", ".hdf5", ".rds", ".rdata", ".dta",
    ".sav", ".sql", ".py", ".ipynb", ".js", ".sh",
)  # fmt: skip


def format_of(path: Path, what: str) -> str:
    """The format that a file's name asks for."""
    asked = _ENDINGS.get(path.suffix.lower())
    if what == "study":
        return "native"
    if what in TRAINING:
        return "trl"
    if what == "report":
        return "html" if asked == "html" else "markdown"
    return asked if asked in ("json", "csv", "parquet") else "jsonl"


def check_ending(path: Path, what: str, chosen: str, *, explicit: bool = True) -> None:
    """Refuse a name whose ending asks for another format than is written; with `explicit` the user chose that format.

    Names without an ending, or with one that stands for no format, are fine. Raises ExportError.
    """
    suffix = path.suffix.lower()
    kinds = _kinds_of(what, chosen)
    advice = " or ".join(f"{path.stem}{_NAMED[kind]}" for kind in kinds)
    if suffix in _TABLES and "csv" in _kinds_of(what, "csv"):
        raise ExportError(f"{path}: no {suffix} is written; spreadsheets open CSV: name it {path.stem}.csv")
    if suffix in _PACKED:
        raise ExportError(f"{path}: nothing is compressed here; write to - and pipe that into what packs it")
    if suffix in _STUDIES:
        raise ExportError(f"{path} is the name of a database, which no export is; name it {advice}")
    if suffix in _OTHERS or suffix in _TABLES:
        raise ExportError(f"{path}: no {suffix} is written; name it {advice}")
    asked = _ENDINGS.get(suffix)
    lines_in_json = explicit and asked == "json" and kinds[0] == "jsonl"  # many programs call JSON lines so
    if asked is None or asked in kinds or lines_in_json:
        return
    if explicit and asked in _kinds_of(what, format_of(path, what)):
        advice += ", or leave the format out"
    raise ExportError(f"{path} asks for {asked} by its ending, and this is {kinds[0]}; name it {advice}")


def _kinds_of(what: str, chosen: str) -> tuple[str, ...]:
    """What a format can be written as, its usual kind first."""
    if what == "report":
        return (chosen,) if chosen in ("html", "markdown") else ("html", "markdown")
    if what in ("study", "batch") or chosen == "native":
        return ("jsonl",)
    if chosen in DOCUMENTS:
        return ("json",)
    if what in TRAINING or chosen in SHAPES:
        return ("jsonl", "json", "csv", "parquet")
    return (chosen,)
