"""Themes and styles of the screens: colours in themes.toml, styles in .tcss files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpref_themes.palette import Palette

DEFAULT = "interpref-dark"
# What a terminal without more than its own sixteen colours (or none) gets, by the ground that it has.
TERMINAL_DARK, TERMINAL_LIGHT = "interpref-terminal-dark", "interpref-terminal-light"


@cache
def palettes() -> tuple[Palette, ...]:
    """The themes that come with interpref, in the order in which they are offered."""
    from interpref_themes.palette import parse

    tables = tomllib.loads((files("interpref_themes") / "themes.toml").read_text(encoding="utf-8"))
    return tuple(parse(name, table) for name, table in tables.items())


def styles() -> str:
    """The text of every .tcss file: what all screens have in common first, what terminals with few colours change last."""
    found = {path.name: path for path in files("interpref_themes").iterdir() if path.name.endswith(".tcss")}
    first, last = found.pop("interpref.tcss"), found.pop("terminal.tcss")
    parts = [first, *(found[name] for name in sorted(found)), last]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)
