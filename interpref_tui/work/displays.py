"""Displays of progress for the command line: a live line, plain lines, or JSON lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from interpref_tui.output import inert, say, write_json

if TYPE_CHECKING:
    from interpref_core.engine import Display, Outcome, Progress


def display_for(*, as_json: bool, title: str) -> Display:
    """JSON lines when asked for; a live line on a terminal; else a plain line now and then."""
    if as_json:
        return JsonLines()
    return Live(title) if sys.stderr.isatty() else PlainLines(title)


class JsonLines:
    """One JSON line a second on stdout, the last with `"event": "finished"` and how it ended."""

    def start(self, progress: Progress) -> None:
        write_json({"event": "started", **progress.to_json()})

    def update(self, progress: Progress) -> None:
        write_json({"event": "progress", **progress.to_json()})

    def finish(self, outcome: Outcome) -> None:
        write_json(
            {
                "event": "finished",
                **outcome.progress.to_json(),
                "stopped": outcome.stopped,
                "broken": outcome.broken,
                "errors": outcome.errors,
            }
        )


class PlainLines:
    """A line on stderr every ten seconds."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._count = 0
        self._told = False

    def start(self, progress: Progress) -> None:
        say(f"{self._title}: {summary(progress)}")

    def update(self, progress: Progress) -> None:
        self._tell(progress)
        self._count += 1
        if self._count % 10 == 0:
            say(f"{self._title}: {summary(progress)}")

    def _tell(self, progress: Progress) -> None:
        """What the provider says of itself, once it does."""
        if progress.details and not self._told:
            self._told = True
            say(f"{self._title}: {details_text(progress)}")

    def finish(self, outcome: Outcome) -> None:
        self._tell(outcome.progress)
        say(f"{self._title}: {summary(outcome.progress)}")


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
        self._rest.plain = inert(rest(progress))
        self._view.refresh()

    def finish(self, outcome: Outcome) -> None:
        self.update(outcome.progress)
        self._view.stop()


def details_text(progress: Progress) -> str:
    """What the provider says of itself, in one line."""
    return inert("; ".join(f"{name} {said}" for name, said in progress.details.items()))


def rest(progress: Progress) -> str:
    """What stands below the bar: rate, time left, failures, tokens, cost, and what it waits for."""
    parts = [f"{progress.rate:.1f}/s"]
    if progress.eta is not None and progress.state == "running":
        parts.append(f"{_span(progress.eta)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.rate_limited:
        parts.append(f"{progress.rate_limited}x 429, {progress.limit} at once")
    tokens = progress.prompt_tokens + progress.completion_tokens
    if tokens:
        cached = progress.cached_tokens / progress.prompt_tokens if progress.prompt_tokens else 0.0
        parts.append(f"{tokens:,} tokens" + (f" ({cached:.0%} cached)" if cached else ""))
    if progress.cost is not None:
        parts.append(f"cost {progress.cost:.4f}")
    ill = [one["address"] for one in progress.endpoints if one["state"] == "failing"]
    if ill:
        parts.append(f"{len(ill)} of {len(progress.endpoints)} servers failing: {', '.join(ill)}")
    if progress.reason:
        parts.append(progress.reason)
    return " · ".join(parts)


def summary(progress: Progress) -> str:
    """One line that says where a run is."""
    done = progress.skipped + progress.done
    return f"{done}/{progress.total} done · {rest(progress)}"


def _span(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}h{minute:02}" if hours else f"{minute}m{second:02}" if minute else f"{second}s"
