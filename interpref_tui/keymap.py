"""The key map of the configuration: which keys an action gets, checked when it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import Binding

# Keys that tmux or terminals swallow, or make into others.
DEAD = {
    "ctrl+a": "tmux and screen users' prefix",
    "ctrl+b": "tmux's prefix",
    "ctrl+h": "arrives as backspace",
    "ctrl+i": "arrives as tab",
    "ctrl+j": "arrives as enter",
    "ctrl+m": "arrives as enter",
    "ctrl+s": "stops the terminal's output",
    "ctrl+z": "suspends",
    "shift+enter": "arrives as enter in tmux",
    "ctrl+enter": "arrives as enter in tmux",
    "ctrl+left_square_bracket": "arrives as escape",
}


def checked(keys: Mapping[str, str], bindings: Mapping[str, Binding]) -> tuple[dict[str, str], list[str]]:
    """The part of a key map that can be used, and what is wrong with the rest, in a line each.

    `bindings` are all actions by their id.
    """
    good: dict[str, str] = {}
    problems: list[str] = []
    taken: dict[tuple[str, str], str] = {}
    for action, wanted in keys.items():
        if action not in bindings:
            problems.append(f"[keys] {action}: no such action; `?` on a screen shows them")
            continue
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        dead = [name for name in names if name in DEAD]
        problems += [f"[keys] {action}: {name} cannot be used ({DEAD[name]})" for name in dead]
        area = action.partition(".")[0]
        for name in names:
            other = taken.setdefault((area, name), action)
            if other != action:
                problems.append(f"[keys] {action}: {name} is {other} already")
        usable = [name for name in names if name not in dead and taken[area, name] == action]
        if usable:
            good[action] = ",".join(usable)
    return good, problems
