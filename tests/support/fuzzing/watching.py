"""What every target of the fuzzing is held to: an end within seconds, and no memory beyond a bound."""

from __future__ import annotations

import resource
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE = 5.0  # seconds that one input may take
MOST_MEMORY = 1 << 30  # bytes


class Hang(BaseException):
    """An input took longer than it may. No Exception, so that no handler of the program takes it for one of its own."""


@contextmanager
def deadline(seconds: float = DEADLINE) -> Iterator[None]:
    """Raise Hang inside once the process has worked for so many seconds (its own time: other tests run beside it)."""

    def ring(*_: Any) -> None:
        raise Hang(f"no end after {seconds:g} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def peak_memory() -> int:
    """The most memory that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def check_line(said: object) -> None:
    """Raise AssertionError unless what a user is told is one line that says something."""
    line = str(said)
    assert line.strip(), "an error that says nothing"
    assert "\n" not in line, f"more than one line: {line!r}"


class Stopwatch:
    """How long the longest of many inputs took, in seconds of the process's own time (as `deadline` has it)."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.slowest = b""

    @contextmanager
    def timing(self, data: bytes) -> Iterator[None]:
        """Measure one input."""
        start = time.process_time()
        try:
            yield
        finally:
            took = time.process_time() - start
            if took > self.longest:
                self.longest, self.slowest = took, data
