"""Watching what goes on: a line when something happens, else one now and then, until it ends or a line is typed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from interpref_tui.presenters.run_summary import progress_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpref_db.study.run_status import RunStatus
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.services.child_processes import ChildProcess

_LOOKS = 0.5  # seconds between looks
_PACES = (2.0, 3.0, 5.0, 10.0, 20.0)  # seconds between lines; the last from then on


def follow_child(shell: Shell, child: ChildProcess) -> None:
    """Watch what was started here; how it ended is said."""

    def look() -> list[RunStatus] | None:
        if child.code is not None:
            return None
        return [one for one in shell.watch.all() if one.is_running and one.facts.get("pid") == child.process.pid]

    follow(shell, look)
    shell.report_finished_children()


def follow_run(shell: Shell, identifier: str) -> None:
    """Watch a run, judging or comparing, whoever started it."""

    def look() -> list[RunStatus] | None:
        return [one for one in shell.watch.all() if one.is_running and one.id == identifier] or None

    follow(shell, look)


def follow(shell: Shell, look: Callable[[], list[RunStatus] | None]) -> None:
    """Say how far it is until `look` gives None. A line that is typed meanwhile ends the watching, and means what it means;
    of a script, whose lines are all there already, the next one waits for the end.
    """
    lines = shell.lines
    scripted = lines.is_scripted
    if not scripted:
        lines.say("what you type ends the watching; it goes on")
    paces, since, before = iter(_PACES), 0.0, ""
    pace = 0.0
    try:
        while (found := look()) is not None:
            happened = "; ".join(
                f"{one.state} {one.number('failed'):.0f} {one.progress.get('reason')}" for one in found
            )
            now = time.monotonic()
            if found and (happened != before or now - since >= pace):
                for one in found:
                    lines.say(f"{one.text('title')}: {one.state}, {progress_sentence(one)}")
                pace, since, before = next(paces, _PACES[-1]), now, happened
            if scripted:
                time.sleep(_LOOKS)
            elif lines.wait_for_line(_LOOKS):
                return
    except KeyboardInterrupt:
        lines.say("no longer watched; it goes on")
