"""Importers: files that exist in the world into a study. A bad record is refused with its reason, the rest goes in."""

from __future__ import annotations

from interpref_db.importers.registry import FORMATS
from interpref_db.importers.report import ImportRefused, ImportReport, Rejected
from interpref_db.importers.run import import_files

__all__ = ["FORMATS", "ImportRefused", "ImportReport", "Rejected", "import_files"]
