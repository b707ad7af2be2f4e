"""The categories of preferences, for pickers and checks; a study may use others."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def taxonomy() -> dict[str, tuple[str, ...]]:
    """Main category to its types, in order (paper Figure 3)."""
    data = tomllib.loads((files("interpref_core") / "taxonomy.toml").read_text(encoding="utf-8"))
    return {category: tuple(types) for category, types in data.items()}
