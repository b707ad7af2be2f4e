"""What stands on the lines of the Build screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from interpref_core.construction.stages import WORDS
from interpref_tui.presenters.empty_states import command, key_for_action
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from interpref_db.construction.funnel import Funnel, Step
    from interpref_db.study.run_status import RunStatus
    from interpref_tui.app.app import InterprefApp
    from interpref_tui.services.child_processes import ChildProcess

NARROW_BAR, WIDE_BAR = 8, 30  # cells
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def step_row(step: Step, most: int, width: int) -> dict[str, Any]:
    """A step in the list: a bar as long as its count, on a scale where ten times as much is one piece longer."""
    return {
        "key": step.what,
        "what": step.what,
        "count": step.count,
        "bar": bar(step.count, most, width),
        "note": step.note,
        "stage": step.stage or "import",
        "refused": step.refused or None,
        "failed": step.failed or None,
    }


def bar(count: int, most: int, width: int = NARROW_BAR) -> str:
    """A bar for a count among others, in eighths of a cell, none for zero; logarithmic: items are few where turns are many."""
    from math import log10

    if count <= 0 or most <= 0:
        return ""
    eighths = max(1, round(8 * width * log10(1 + count) / log10(1 + most)))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def facts(step: Step) -> tuple[Text, Text]:
    """What makes a step, and how that went: two lines."""
    text, went = (Text(no_wrap=True, overflow="ellipsis") for _ in range(2))
    if step.stage is None:
        text.append("histories come from files: interpref import STUDY FILE...")
        went.append(f"{step.note}: nothing has to be extracted from those" if step.note else "")
        return text, went
    text.append(step.stage, "bold")
    text.append(f": {WORDS[step.stage].does}")
    parts = [step.note] if step.note else []
    if step.generation is None:
        parts += ["the stage has not run yet"]
    else:
        parts += [f"generation {step.generation}"] if step.generation > 1 else []
        parts += [sanitize(step.model)] if step.model else []
        parts += [f"{step.asked:,} asked"] if step.asked else []
        parts += [f"{step.refused:,} refused (R says why)"] if step.refused else []
        parts += [f"{step.failed:,} failed (b asks them again)"] if step.failed else []
    went.append(", ".join(parts))
    return text, went


def next_line(app: InterprefApp, found: Funnel) -> Text:
    """What to do next, with its key."""
    text = Text("next  ", "bold", no_wrap=True, overflow="ellipsis")
    if found.next == "import":
        text.append(f"import conversations: {command(app, 'import {study} FILE...')}")
    elif found.next == "annotate":
        text.append(f"{key_for_action(app, 'go.annotate')}  ", "bold")
        text.append(f"{found.why} (task query)")
    else:
        text.append(f"{key_for_action(app, 'build.next')}  ", "bold")
        text.append(f"{found.why}")
    return text


def child_line(child: ChildProcess, status: RunStatus | None) -> Text:
    """One child that builds, as one line; `status` says which stage it is at, once it does."""
    text = Text(no_wrap=True, overflow="ellipsis")
    mark = "▶" if child.code is None else "✓" if child.code == 0 else "■"
    text.append(f"{mark} {sanitize(child.title)}  ", "bold")
    if status is not None:
        done, total = status.number("skipped") + status.number("done"), status.number("total")
        text.append(
            f"{sanitize(status.text('title').removeprefix('build '))} {done:.0f}/{total:.0f}  {status.number('rate'):.1f}/s"
        )
        text.append(f" · {sanitize(status.progress['reason'])}" if status.progress.get("reason") else "")
    if child.code is None and child.stopping:
        text.append("  stopping", "bold")
    if child.code is not None:
        text.append(f"  {sanitize(child.exit_message)}")
    return text
