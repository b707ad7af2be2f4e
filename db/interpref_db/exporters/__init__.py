"""Exporters: what a study holds as JSON lines, CSV, Parquet or the native format."""

from __future__ import annotations

from interpref_db.exporters.export import FORMATS, WHAT, ExportReport, export
from interpref_db.exporters.output_file import ExportError

__all__ = ["FORMATS", "WHAT", "ExportError", "ExportReport", "export"]
