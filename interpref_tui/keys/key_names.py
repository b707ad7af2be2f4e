"""Keys as they are shown: by their signs or names."""

from __future__ import annotations

_SIGNS = {
    "escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "question_mark": "?", "slash": "/", "colon": ":", "semicolon": ";", "left_square_bracket": "[",
    "right_square_bracket": "]", "backslash": "\\", "underscore": "_", "less_than_sign": "<", "greater_than_sign": ">",
    "plus": "+", "minus": "-", "equals_sign": "=", "full_stop": ".", "comma": ",", "apostrophe": "'", "quotation_mark": '"',
    "number_sign": "#", "percent_sign": "%", "ampersand": "&", "asterisk": "*", "at": "@", "dollar_sign": "$",
    "exclamation_mark": "!", "circumflex_accent": "^", "tilde": "~", "vertical_line": "|", "grave_accent": "`",
    "left_parenthesis": "(", "right_parenthesis": ")", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip


def display(key: str) -> str:
    """A key as people write it: ^p, ?, esc, shift+tab."""
    *modifiers, name = key.split("+")
    sign = _SIGNS.get(name, name)
    if modifiers == ["ctrl"]:
        return f"^{sign}"
    return "+".join((*modifiers, sign))
