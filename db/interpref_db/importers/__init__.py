"""Importers: files that exist in the world into a study. A bad record is refused with its reason, the rest goes in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interpref_db.importers.file_import import import_files
    from interpref_db.importers.registry import FORMATS
    from interpref_db.importers.report import ImportRefused, ImportReport, Rejected

__all__ = ["FORMATS", "ImportRefused", "ImportReport", "Rejected", "import_files"]

_FROM = {
    "FORMATS": "registry",
    "ImportRefused": "report",
    "ImportReport": "report",
    "Rejected": "report",
    "import_files": "file_import",
}


def __getattr__(name: str) -> Any:
    """Every importer is loaded when the first file is imported, not when one of these modules is looked at."""
    if name not in _FROM:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_FROM[name]}"), name)
