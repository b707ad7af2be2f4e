"""The form that writes files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from interpref_db.exporters import FORMATS, WHAT
from interpref_tui.forms.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.study import Study


def export_fields() -> list[Field]:
    """What an export asks."""
    return [
        Field("what", "what", "verdicts", ", ".join(WHAT), tuple(WHAT)),
        Field("path", "file", "verdicts.jsonl", "the file to write; its ending tells the format"),
        Field("format", "format", "", f"by the file's name; or {', '.join(FORMATS)}", tuple(FORMATS)),
        Field("confidential", "confidential", "no", "yes writes confidential histories too, this once", ("no", "yes")),
    ]


def write_export(study: Study, values: Mapping[str, str]) -> tuple[str, Path]:
    """Write what was asked for: what came of it as a line, and the folder of it. Raises ExportError, StudyError or ValueError."""
    from interpref_db.exporters import export

    if not values["path"]:
        raise ValueError("file: it is needed")
    report = export(
        study,
        values["what"],
        Path(values["path"]).expanduser(),
        format=values["format"] or None,
        include_confidential=values["confidential"].lower() == "yes",
    )
    why = ", ".join(f"{n} {reason}" for reason, n in report.left_out_why.items())
    left = f"; left out: {why}" if why else ""
    said = f"{report.rows:,} {report.what} written to {report.path} ({report.format}){left}"
    return said, Path(report.path).absolute().parent
