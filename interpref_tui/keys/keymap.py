"""Key maps: which keys each action has, from a preset, a file or the configuration; checked when they are loaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from interpref_core.system.user_files import expand_home, parse_toml
from interpref_tui.keys.actions import ACTIONS, NO_KEY, action_sets
from interpref_tui.keys.key_names import display

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interpref_tui.keys.actions import Action
    from interpref_tui.settings.model import Settings
    from interpref_tui.settings.startup import StartupSettings

PRESETS = ("default", "vim", "emacs")

# Keys that tmux or terminals swallow, or make into others.
DEAD = {
    "ctrl+a": "tmux and screen users' prefix",
    "ctrl+b": "tmux's prefix",
    "ctrl+h": "arrives as backspace",
    "ctrl+i": "arrives as tab",
    "ctrl+j": "arrives as enter",
    "ctrl+m": "arrives as enter",
    "ctrl+q": "starts the terminal's output again",
    "ctrl+s": "stops the terminal's output",
    "ctrl+z": "suspends",
    "ctrl+left_square_bracket": "arrives as escape",
}
# Modifiers that arrive with letters at most (ctrl), with a few named keys (shift) or hardly anywhere.
_WITH_SHIFT = {"tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "delete", "insert"}
_WITH_CTRL = {"underscore", "backslash", "right_square_bracket", "circumflex_accent", "space", "at"}
_ARROWS = {"up", "down", "left", "right"}


@dataclass(frozen=True, slots=True)
class KeyMap:
    """`keys` holds what differs from the default, by action: keys with commas, long names. `problems` are lines to show."""

    keys: Mapping[str, str]
    problems: tuple[str, ...] = ()

    def keys_of(self, action: Action) -> list[str]:
        """The keys of an action; none when it was given `none`."""
        return [key for key in self.keys.get(action.name, action.keys).split(",") if key != NO_KEY]


def load(settings: Settings | StartupSettings | None) -> KeyMap:
    """The key map of the configuration: its preset or file, then its own [keys]. What cannot be used is left out and said."""
    if settings is None:
        return KeyMap({})
    problems: list[str] = []
    wanted: dict[str, str] = {}
    for source, table in _tables(settings, problems):
        good, wrong = check_keys(wanted, table, source)
        wanted, problems = good, [*problems, *wrong]
    return KeyMap(wanted, tuple(problems))


def _tables(settings: Settings | StartupSettings, problems: list[str]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Where keys come from, in order, each with its name for messages."""
    name = settings.keymap
    if name in PRESETS:
        yield from _preset(name)
    else:
        try:
            data = parse_toml(expand_home(name).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            problems.append(f"key map {name}: {reason}; presets are {', '.join(PRESETS)}")
        else:
            base = data.get("based_on", "default")
            if base in PRESETS:
                yield from _preset(base)
            else:
                problems.append(f"key map {name}: based_on is one of {', '.join(PRESETS)}")
            table = data.get("keys")
            if isinstance(table, dict):
                yield name, table
            else:
                problems.append(f"key map {name}: it needs a table [keys] with action = keys")
    yield "[keys]", settings.keys


def _preset(name: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if name != "default":
        yield f"preset {name}", preset(name)["keys"]


def preset(name: str) -> dict[str, Any]:
    """A preset as it is written: `about`, and `keys` by action."""
    return tomllib.loads((files("interpref_tui.keys.presets") / f"{name}.toml").read_text(encoding="utf-8"))


def check_keys(base: Mapping[str, str], wanted: Mapping[str, Any], source: str) -> tuple[dict[str, str], list[str]]:
    """`base` with those of the `wanted` keys that can be used, and what is wrong with the others, a line each."""
    problems: list[str] = []
    usable: dict[str, str] = {}
    for name, value in wanted.items():
        keys = _parse_keys(value)
        if name not in ACTIONS:
            problems.append(f"{source} {name}: no such action; `?` on a screen shows them{_like(name)}")
        elif keys is None:
            problems.append(f'{source} {name}: keys are a text such as "f,slash", or "{NO_KEY}"')
        else:
            wrong = [(key, reason) for key in keys if (reason := unusable(ACTIONS[name], key))]
            problems += [f"{source} {name}: {key} cannot be used ({reason})" for key, reason in wrong]
            rest = [key for key in keys if key not in {key for key, _ in wrong}]
            if rest or keys == []:
                usable[name] = ",".join(rest) or NO_KEY
    return _without_clashes(base, usable, source, problems)


def _without_clashes(
    base: Mapping[str, str], usable: dict[str, str], source: str, problems: list[str]
) -> tuple[dict[str, str], list[str]]:
    """Leave out, one by one, each wanted action whose key another one has that can be active at the same time."""
    usable = dict(usable)
    while True:
        found = next(
            ((one, other, key, where) for one, other, key, where in clashes({**base, **usable})
             if one.name in usable or other.name in usable),
            None,
        )  # fmt: skip
        if found is None:
            return {**base, **usable}, problems
        one, other, key, where = found
        loser, keeper = (one, other) if one.name in usable else (other, one)
        rest = [name for name in usable[loser.name].split(",") if name != key]
        problems.append(f"{source} {loser.name}: {key} is {keeper.name} already ({where})")
        if rest:
            usable[loser.name] = ",".join(rest)
        else:
            del usable[loser.name]


def clashes(keys: Mapping[str, str]) -> list[tuple[Action, Action, str, str]]:
    """Two actions that have the same key and can be active at the same time: both, the key, and where."""
    found: dict[tuple[str, str, str], tuple[Action, Action, str, str]] = {}
    for title, actions in action_sets():
        taken: dict[str, Action] = {}
        for action in actions:
            for key in keys.get(action.name, action.keys).split(","):
                inner = taken.setdefault(key, action)
                covered = action.name in inner.overrides or f"{action.area}.*" in inner.overrides
                if inner is not action and not covered and key != NO_KEY and inner.call != action.call:
                    found.setdefault((inner.name, action.name, key), (inner, action, key, title))
    return list(found.values())


def unusable(action: Action, key: str) -> str | None:
    """Why a key cannot be given to an action; None when it can."""
    *modifiers, name = key.split("+")
    if key in DEAD:
        return DEAD[key]
    if not known_key(name):
        return "there is no such key"
    if action.decides and (
        modifiers or not (name in _ARROWS or name == "space" or (len(name) == 1 and name.isalnum()))
    ):
        return "what decides has a plain letter or digit, an arrow or space, which arrive everywhere"
    if not modifiers or modifiers == ["alt"]:
        return None
    plain = len(name) == 1 and name.isascii() and name.islower()
    if modifiers == ["ctrl"] and (plain or name in _WITH_CTRL):
        return None
    if modifiers == ["shift"] and name in _WITH_SHIFT:
        return None
    return "many terminals and tmux do not send it"


def known_key(name: str) -> bool:
    """Whether there is a key of this (long) name."""
    from textual.keys import KEY_TO_UNICODE_NAME, REPLACED_KEYS, Keys

    if len(name) == 1:
        return name.isalnum()
    if name in {key.value for key in Keys} or name in KEY_TO_UNICODE_NAME or name in REPLACED_KEYS:
        return True
    import unicodedata

    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return True


def _parse_keys(value: object) -> list[str] | None:
    """Keys by their long names ("/" is slash); an empty list for none; None when it is not written as keys."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        parts = value
    elif isinstance(value, str):
        parts = value.split(",") if value.strip() != "," else ["comma"]
    else:
        return None
    names = [part.strip() for part in parts if part.strip()]
    return [] if names == [NO_KEY] else [_long(name) for name in names]


def _long(name: str) -> str:
    """A key by its long name: slash for /, ctrl+underscore for ctrl+_."""
    from textual.keys import _character_to_key

    *modifiers, key = [*name[:-1].split("+")[:-1], "+"] if name.endswith("+") else name.split("+")
    return "+".join((*(one.lower() for one in modifiers), _character_to_key(key) if len(key) == 1 else key))


def _like(name: str) -> str:
    """A guess at what was meant."""
    from difflib import get_close_matches

    close = get_close_matches(name, ACTIONS, 1)
    return f"; {close[0]}?" if close else ""


def reference(keys: KeyMap | None = None) -> str:
    """Every action as Markdown tables, an area each: for the documentation."""
    from interpref_tui.keys.actions import AREAS

    keys = keys or KeyMap({})
    lines: list[str] = []
    for area in AREAS.values():
        lines += [f"## {area.title}", "", "| keys | action | does |", "| --- | --- | --- |"]
        for action in area.actions:
            shown = " ".join(f"`{display(key)}`" for key in keys.keys_of(action)) or "none"
            lines.append(f"| {shown} | `{action.name}` | {action.help_text} |".replace("`|`", "`\\|`"))
        lines.append("")
    return "\n".join(lines)


def as_toml(keys: KeyMap) -> str:
    """All actions with their keys, as a [keys] table to change."""
    from interpref_tui.keys.actions import AREAS

    lines = ["[keys]"]
    for area in AREAS.values():
        lines.append(f"# {area.title}")
        for action in area.actions:
            given = ",".join(keys.keys_of(action)) or NO_KEY
            lines.append(f'"{action.name}" = "{given}"  # {action.help_text}')
    return "\n".join(lines)
