"""What a theme is made of: a few colours with a task each, from a table of a TOML file, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.system.user_files import parse_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from textual.theme import Theme

TEXTS = ("foreground", "muted", "primary", "secondary", "accent", "warning", "error", "success")
GROUNDS = ("background", "surface", "panel")
LEAST = 4.5  # WCAG 2's contrast for text, level AA

# The terminal's own colours, which a theme with `terminal = true` may name.
_BASIC = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
TERMINAL = ("default", *_BASIC, *(f"bright_{name}" for name in _BASIC))
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.IGNORECASE)


class ThemeError(ValueError):
    """A theme cannot be used: one line that says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A theme's colours by their tasks (`TEXTS`, `GROUNDS`), as #rrggbb, or names of the terminal's own colours."""

    name: str
    title: str
    dark: bool
    colours: Mapping[str, str]
    terminal: bool = False
    least: float = LEAST

    def weakest(self) -> tuple[float, str]:
        """The lowest contrast of a text on a ground, and which text on which. A terminal's own colours are not known."""
        if self.terminal:
            return 21.0, ""
        return min(
            (contrast(self.colours[text], self.colours[ground]), f"{text} on {ground}")
            for text in TEXTS
            for ground in GROUNDS
        )

    def theme(self) -> Theme:
        """The theme as Textual takes it, with the variables that our styles use."""
        from textual.theme import Theme

        own = {name: f"ansi_{value}" if self.terminal else value for name, value in self.colours.items()}
        variables = _in_terminal_colours(own, dark=self.dark) if self.terminal else _in_any_colours(own)
        own.pop("muted")
        return Theme(name=self.name, dark=self.dark, ansi=self.terminal, variables=variables, **own)  # type: ignore[arg-type]  # colours all


def parse(name: str, table: Mapping[str, Any]) -> Palette:
    """A theme from its table. What is left out follows from what is there. Raises ThemeError."""
    terminal = table.get("terminal", False)
    known = {"title", "dark", "terminal", "least", *TEXTS, *GROUNDS}
    for key, value in table.items():
        if key not in known:
            raise ThemeError(f"{key}: no such field; there are {', '.join(sorted(known))}")
        if key in ("dark", "terminal") and not isinstance(value, bool):
            raise ThemeError(f"{key}: true or false, not {value!r}")
        if key == "least" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ThemeError(f"least: a number such as 4.5, not {value!r}")
        if key in TEXTS or key in GROUNDS:
            _check_colour(key, value, terminal=terminal)
    given = {key: str(table[key]) for key in (*TEXTS, *GROUNDS) if key in table}
    if not terminal:
        missing = [key for key in ("foreground", "background", "primary") if key not in given]
        if missing:
            raise ThemeError(f"{missing[0]}: this colour is needed (foreground, background and primary are)")
        given = {key: _long(value) for key, value in given.items()}
    return Palette(
        name=name,
        title=str(table.get("title", "")),
        dark=bool(table.get("dark", terminal or luminance(given["background"]) < 0.2)),
        colours=_completed(given, terminal=terminal),
        terminal=terminal,
        least=float(table.get("least", LEAST)),
    )


def read_folder(folder: Path, taken: set[str]) -> tuple[list[Palette], list[str]]:
    """A user's own themes, a TOML file each, named by their files; and in a line each what is wrong with the others."""
    found: list[Palette] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            if not _NAME.fullmatch(path.stem):
                raise ThemeError("a theme's file is named by letters, digits, - and _")
            if path.stem in taken:
                raise ThemeError(f"{path.stem} is a theme that comes with interpref; give yours another name")
            found.append(parse(path.stem, parse_toml(path.read_text(encoding="utf-8-sig"))))
        except ThemeError as error:
            problems.append(f"{path}: {error}")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path} cannot be read: {error}")
        except ValueError as error:
            problems.append(f"{path} is not TOML: {error}")
    return found, problems


def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb colour, 0 (black) to 1 (white), as WCAG 2 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #rrggbb colours, 1 (the same) to 21 (black and white), as WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`share` of one #rrggbb colour in another."""
    pairs = ((int(one[place : place + 2], 16), int(other[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _check_colour(key: str, value: object, *, terminal: bool) -> None:
    if terminal and value not in TERMINAL:
        raise ThemeError(f"{key}: {value!r} is none of the terminal's colours ({', '.join(TERMINAL)})")
    if not terminal and not (isinstance(value, str) and _HEX.fullmatch(value)):
        raise ThemeError(f'{key}: {value!r} is no colour; write it as "#rrggbb"')


def _long(colour: str) -> str:
    return colour.lower() if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:]).lower()


def _completed(given: dict[str, str], *, terminal: bool) -> dict[str, str]:
    """Every colour that a theme needs, from those that were given."""
    whole = dict(given)
    if terminal:
        defaults = dict.fromkeys(("foreground", "muted", *GROUNDS), "default")
        defaults["primary"] = "blue"
    else:
        text, ground = given["foreground"], given["background"]
        defaults = {
            "muted": mixed(text, ground, 0.75),
            "surface": mixed(text, ground, 0.04),
            "panel": mixed(text, ground, 0.10),
        }
    for key, value in defaults.items():
        whole.setdefault(key, value)
    for key, like in (("secondary", "primary"), ("accent", "primary"), ("warning", "accent"), ("error", "warning")):
        whole.setdefault(key, whole[like])
    whole.setdefault("success", whole["secondary"])
    return whole


def _in_any_colours(own: dict[str, str]) -> dict[str, str]:
    """What our styles and Textual's own widgets need beside the colours themselves: always whole colours, no mixtures that
    are made while drawing, so that their contrast is known."""
    quiet = mixed(own["primary"], own["background"], 0.18)
    return {
        "muted": own["muted"],
        "text-muted": own["muted"],
        "text-disabled": own["muted"],
        "cursor-background": own["primary"],
        "cursor-foreground": own["background"],
        "cursor-quiet-background": quiet,
        "cursor-quiet-foreground": own["foreground"],
        "block-cursor-background": own["primary"],
        "block-cursor-foreground": own["background"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": quiet,
        "block-cursor-blurred-foreground": own["foreground"],
        "hit-background": mixed(own["accent"], own["background"], 0.22),
        "hit-foreground": own["foreground"],
        "block-hover-background": own["panel"],
        "input-cursor-background": own["foreground"],
        "input-cursor-foreground": own["background"],
        "input-selection-background": quiet,
        "input-selection-foreground": own["foreground"],
        "screen-selection-background": quiet,
        "screen-selection-foreground": own["foreground"],
        "border": own["primary"],
        "border-blurred": own["panel"],
        "scrollbar": mixed(own["primary"], own["panel"], 0.5),
        "scrollbar-hover": own["primary"],
        "scrollbar-active": own["primary"],
        "scrollbar-background": own["surface"],
        "scrollbar-background-hover": own["surface"],
        "scrollbar-background-active": own["surface"],
        "scrollbar-corner-color": own["surface"],
        "footer-background": own["panel"],
        "footer-foreground": own["foreground"],
        "footer-description-foreground": own["foreground"],
        "footer-key-foreground": own["accent"],
    }


def _in_terminal_colours(own: dict[str, str], *, dark: bool) -> dict[str, str]:
    """The same for the terminal's own colours. What stands out is reversed by our styles, whatever the ground is."""
    return {
        "ansi-background": "ansi_black" if dark else "ansi_white",
        "ansi-foreground": "ansi_white" if dark else "ansi_black",
        "muted": own["muted"],
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "cursor-background": "ansi_default",
        "cursor-foreground": "ansi_default",
        "cursor-quiet-background": "ansi_default",
        "cursor-quiet-foreground": "ansi_default",
        "hit-background": "ansi_default",
        "hit-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "bold reverse",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-text-style": "bold underline",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_default",
        "input-selection-foreground": "ansi_default",
        "screen-selection-background": "ansi_default",
        "screen-selection-foreground": "ansi_default",
        "border": own["primary"],
        "border-blurred": "ansi_default",
        "scrollbar": own["primary"],
        "scrollbar-hover": own["primary"],
        "scrollbar-active": own["primary"],
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "footer-key-foreground": own["accent"],
    }
