"""Displays of progress for the command line: a live line, plain lines, or JSON lines."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_tui.text.output import sanitize, say, write_json
from interpref_tui.text.sparklines import format_count, format_duration

if TYPE_CHECKING:
    from interpref_core.engine import Outcome, Progress, ProgressDisplay


def display_for(*, as_json: bool, title: str) -> ProgressDisplay:
    """JSON lines when asked for; a live line on a terminal; else a plain line now and then."""
    if as_json:
        return JsonLines()
    return Live(title) if sys.stderr.isatty() else PlainLines(title)


class JsonLines:
    """One JSON line a second on stdout, the last with `"event": "finished"` and how it ended."""

    def __init__(self) -> None:
        self._gone = False

    def start(self, progress: Progress) -> None:
        self._write({"event": "started", **progress.to_json()})

    def update(self, progress: Progress) -> None:
        self._write({"event": "progress", **progress.to_json()})

    def finish(self, outcome: Outcome) -> None:
        ended = {"stopped": outcome.stopped, "broken": outcome.broken, "errors": outcome.errors}
        self._write({"event": "finished", **outcome.progress.to_json(), **ended})

    def _write(self, line: dict[str, Any]) -> None:
        if self._gone:
            return
        try:
            write_json(line)
        except OSError:  # whoever read has gone: the run goes on
            self._gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class PlainLines:
    """A line on stderr every ten seconds."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._count = 0
        self._told = False

    def start(self, progress: Progress) -> None:
        self._say(summary(progress))

    def update(self, progress: Progress) -> None:
        self._tell(progress)
        self._count += 1
        if self._count % 10 == 0:
            more = details(progress)
            self._say(f"{summary(progress)} · {more}" if more else summary(progress))

    def _tell(self, progress: Progress) -> None:
        """What the provider says of itself, once it does."""
        if progress.details and not self._told:
            self._told = True
            self._say(details_text(progress))

    def finish(self, outcome: Outcome) -> None:
        self._tell(outcome.progress)
        more = details(outcome.progress)
        self._say(f"{summary(outcome.progress)} · {more}" if more else summary(outcome.progress))

    def _say(self, text: str) -> None:
        with suppress(OSError):  # whoever listened has gone: the run goes on
            say(f"{self._title}: {text}")


class Live:
    """A bar that is kept up to date, and below it what there is to say (rich); 80 columns are enough."""

    def __init__(self, title: str) -> None:
        from rich.console import Console, Group
        from rich.live import Live as View
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars
        from rich.text import Text

        console = Console(stderr=True)
        self._bars = Bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console)
        self._rest = Text()
        self._view = View(Group(self._bars, self._rest), console=console, auto_refresh=False)
        self._title = escape(title)
        self._task: Any = None
        self._told = False

    def start(self, progress: Progress) -> None:
        self._view.start()
        self._task = self._bars.add_task(self._title, total=progress.total, completed=progress.skipped)

    def update(self, progress: Progress) -> None:
        if progress.details and not self._told:
            self._told = True
            self._view.console.print(details_text(progress), markup=False, highlight=False)
        self._bars.update(self._task, completed=progress.skipped + progress.done + progress.failed)
        self._rest.plain = sanitize(f"{rest(progress)}\n{details(progress)}", lines=True)
        self._view.refresh()

    def finish(self, outcome: Outcome) -> None:
        self.update(outcome.progress)
        self._view.stop()


def details_text(progress: Progress) -> str:
    """What the provider says of itself, in one line."""
    return sanitize("; ".join(f"{name} {said}" for name, said in progress.details.items()))


def rest(progress: Progress) -> str:
    """What stands below the bar: rate, time left, failures, and what it waits for."""
    parts = [f"{progress.rate:.1f}/s"]
    if progress.eta is not None and progress.state == "running":
        parts.append(f"{format_duration(progress.eta)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    ill = [str(one.get("address")) for one in progress.endpoints if one.get("state") == "failing"]
    if ill:
        parts.append(f"{len(ill)} of {len(progress.endpoints)} servers failing: {', '.join(ill)}")
    if progress.reason:
        parts.append(progress.reason)
    return " · ".join(parts)


def details(progress: Progress) -> str:
    """How it goes: latency, calls at once, retries, refusals for the rate, tokens, cost, errors by kind."""
    parts = []
    if progress.latency.p50 is not None and progress.latency.p95 is not None:
        parts.append(
            f"{format_duration(progress.latency.p50)} a call (95 % under {format_duration(progress.latency.p95)})"
        )
    if progress.limit:
        parts.append(f"{progress.in_flight} of {progress.limit} at once")
    if progress.retries:
        parts.append(f"{progress.retries} tried again")
    if progress.rate_limited:
        parts.append(f"{progress.rate_limited}x 429")
    tokens = progress.prompt_tokens + progress.completion_tokens
    if tokens:
        cached = (
            f", {min(1.0, progress.cached_tokens / max(1, progress.prompt_tokens)):.0%} cached"
            if progress.cached_tokens
            else ""
        )
        parts.append(f"{format_count(tokens)} tokens{cached}")
    if progress.cost is not None:
        left = f", {progress.budget_left:.4f} left" if progress.budget_left is not None else ""
        parts.append(f"cost {progress.cost:.4f}{left}")
    if progress.budget_tokens_left is not None:
        parts.append(f"{format_count(progress.budget_tokens_left)} tokens of the budget left")
    parts += [f"{count}x {kind}" for kind, count in progress.errors.items()]
    return " · ".join(parts)


def summary(progress: Progress) -> str:
    """One line that says where a run is."""
    done = progress.skipped + progress.done
    return f"{done}/{progress.total} done · {rest(progress)}"
