"""A typed line as a key: the keys of the screens, by their signs or names, and what is said behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Names of keys that have no sign of their own.
NAMES = {
    "esc": "escape",
    "escape": "escape",
    "back": "escape",
    "enter": "enter",
    "tab": "tab",
    "space": "space",
    "left": "left",
    "right": "right",
    "up": "up",
    "down": "down",
    "pagedown": "pagedown",
    "pageup": "pageup",
    "home": "home",
    "end": "end",
}
_SIGNS = {
    "/": "slash",
    "?": "question_mark",
    ":": "colon",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "+": "plus",
    "-": "minus",
    "#": "number_sign",
    "!": "exclamation_mark",
    "=": "equals_sign",
    "|": "vertical_line",
    ";": "semicolon",
}
_SHOWN = {long: sign for sign, long in _SIGNS.items()}
_FUNCTION = re.compile(r"f(?:[1-9]|1[0-2])")
_MODIFIED = re.compile(r"(?:ctrl|alt|shift)\+\S+")


@dataclass(frozen=True, slots=True)
class KeyInput:
    """`key` by its long name; `said` is what stood behind it, as the text of a search."""

    key: str
    argument: str = ""


def parse_line(line: str) -> KeyInput | None:
    """What a line asks for; None when it is no key. An empty line is enter; "/word" and "c a comment" say more."""
    text = line.strip()
    if not text:
        return KeyInput("space" if line else "enter")
    first, _, rest = text.partition(" ")
    if first.lower() in NAMES and len(first) > 1:
        return KeyInput(NAMES[first.lower()], rest.strip())
    if _MODIFIED.fullmatch(first) or _FUNCTION.fullmatch(first):
        return KeyInput(first, rest.strip())
    if text[0] in _SIGNS and (text[0] in "/:#" or len(first) == 1):
        return KeyInput(_SIGNS[text[0]], text[1:].strip())
    if len(first) == 1:
        return KeyInput(first, rest.strip())
    return None


def number(said: str, otherwise: int = 1) -> int:
    """The number behind a key. Raises ValueError."""
    if not said:
        return otherwise
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise ValueError(f"{said!r} is no number of rows")
    return int(said)


def sign(key: str) -> str:
    """How a key is typed."""
    return _SHOWN.get(key, {"escape": "esc"}.get(key, key))
