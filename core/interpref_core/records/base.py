"""The records of a study, in the words of its native format: what importers make and the run engine writes.

Every record knows how to become one line of native JSONL (`to_json`); absent values are left out of the line.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

Side = Literal["a", "b"]
Choice = Literal["Left", "Right", "Don't know", "Unreadable"]
Stage = Literal["verdict", "opinion"]
CaseLabel = Literal["direct content", "implicit content", "format", "logical", "irrelevant"]

SIDES: tuple[Side, Side] = ("a", "b")
CASE_LABELS: tuple[CaseLabel, ...] = ("direct content", "implicit content", "format", "logical", "irrelevant")

Json = dict[str, Any]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return value.to_json() if hasattr(value, "to_json") else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of native JSONL. `type` names the kind; fields that are None or empty mappings are left out."""

    type: ClassVar[str] = ""

    def to_json(self) -> Json:
        line: Json = {"type": self.type} if self.type else {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is None or value == {}:
                continue
            line[f.name] = _plain(value)
        return line
