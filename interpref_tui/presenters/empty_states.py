"""What an empty list says: what would be in it, and the keys and commands that put something there."""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from interpref_tui.keys.actions import ACTIONS
from interpref_tui.keys.key_names import display
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpref_tui.app.app import InterprefApp

# For each kind of list: what is not there, and lines of (action or command, what it does); {an.action} is its key.
_LISTS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "histories": (
        "No histories yet: the earlier conversations of users.",
        (
            ("go.home", "goes Home, where {home.import} takes files in"),
            ("import {study} FILE...", "the same on the command line; the format is told by the content"),
            ("demo", "opens a study with histories, answers and verdicts, to look around first"),
        ),
    ),
    "items": (
        "No items yet: a pair of preferences, a query that both users could ask, and their two histories.",
        (
            ("pair {study}", "pairs preferences by topic, without a model"),
            ("go.build", "goes to the stages that make items from histories, each with what it needs"),
            ("build {study} --model M", "the same on the command line"),
            ("import {study} FILE...", "takes items from a file"),
        ),
    ),
    "work": (
        "No runs yet: the responses of a model to both sides of the items, and what judges say of them.",
        (
            ("runs.generate", "starts one here"),
            ("generate {study} --model openai/NAME --paradigm td", "the same on the command line"),
            ("judge {study} --run RUN --model overlap", "judges a run without a model, at once"),
        ),
    ),
    "judged": (
        "No verdicts yet: what a judge says of an item's two responses, in four orders.",
        (
            ("go.runs", "goes to the runs, where a judging is started"),
            ("judge {study} --run RUN --model overlap", "judges a run without a model"),
        ),
    ),
    "assignments": (
        "Nobody has labelled yet; it needs runs with responses.",
        (
            ("assignments.new", "begins here"),
            ("annotate {study} --annotator NAME --task compare --runs A B", "the same on the command line"),
        ),
    ),
    "failures": (
        "Nothing has failed, or nothing is judged yet.",
        (
            ("go.runs", "goes to the runs, where a judging is started"),
            ("judge {study} --run RUN --model overlap", "judges a run without a model"),
        ),
    ),
    "scores": (
        "Nothing to count yet.",
        (
            ("go.runs", "goes to the runs: answers and verdicts make pass rates"),
            ("go.annotate", "goes to the assignments: labels make win rates and agreement"),
            ("import {study} FILE...", "takes comparisons of models from a file"),
        ),
    ),
    "clusters": (
        "No preferences yet: what was found to say the same would stand together here.",
        (
            ("go.build", "goes to the stages: a model reads the histories for preferences"),
            ("import {study} FILE...", "takes preferences from a file, PrefEval's and the paper's too"),
        ),
    ),
    "to cluster": (
        "No clusters yet.",
        (
            ("clusters.new", "makes them at the threshold of now"),
            ("clusters.cut", "makes them at the one that is looked at; - and + move it"),
        ),
    ),
    "members": ("No members: no cluster is chosen.", ()),
    "errors": ("No call failed.", ()),
}


def empty_text(app: InterprefApp, kind: str, *, narrowed: bool) -> Text:
    """What stands in a list without rows. `narrowed`: by a search or a filter."""
    if narrowed:
        return Text("Nothing here is like that. esc shows everything again.", "bold")
    said, ways = _LISTS.get(kind, (f"No {kind} yet.", ()))
    return lines(app, said, ways)


def empty_state_text(kind: str, study: Path, key: Callable[[str], str], *, narrowed: bool) -> str:
    """The same as lines of text; `key` says the key of an action."""
    if narrowed:
        return "Nothing here is like that. esc shows everything again."
    said, ways = _LISTS.get(kind, (f"No {kind} yet.", ()))
    told = [f"{key(way) if way in ACTIONS else command_of(study, way)}: {_with_keys(does, key)}" for way, does in ways]
    return "\n".join([said, *told])


def lines(app: InterprefApp, said: str, ways: tuple[tuple[str, str], ...]) -> Text:
    """A sentence, and under it ways on: a key or a command, and what it does."""
    text = Text()
    text.append(f"{said}\n", "bold")
    for way, does in ways:
        action = ACTIONS.get(way)
        if action is not None:
            text.append(f"\n  {key_for_action(app, way)}", "bold")
            text.append(f"  {_with_keys(does, partial(key_for_action, app))}")
        else:
            text.append(f"\n  {command(app, way)}\n", "bold")
            text.append(f"     {does}")
    return text


def _with_keys(text: str, key: Callable[[str], str]) -> str:
    return re.sub(r"\{([a-z_.]+)\}", lambda named: key(named[1]), text)


def key_for_action(app: InterprefApp, name: str) -> str:
    """The first key of an action as this user has it, as people write it."""
    keys = app.keys.get(name, ACTIONS[name].keys)
    return display(keys.partition(",")[0])


def command(app: InterprefApp, words: str) -> str:
    """A command line with the name of this study in it."""
    return command_of(app.study.path, words)


def command_of(path: Path, words: str) -> str:
    """A command line with the name of a study in it, as short as it can be from here."""
    try:
        short = path.resolve().relative_to(Path.cwd())
    except (ValueError, OSError):
        short = path
    return sanitize(f"interpref {words.format(study=shlex.quote(os.fspath(short)))}")
