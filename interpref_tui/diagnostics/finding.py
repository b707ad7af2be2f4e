"""What `doctor` finds: one thing that was looked at, whether it is well, and what would help."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `optional` things may be missing; `advice` says how to get them."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    optional: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
