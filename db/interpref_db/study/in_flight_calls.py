"""Calls on their way: what was sent and never came back when a program was killed may have been paid for all the same.

A file beside a run's journal, for as long as the run is at work: one line a call as it goes out, one when the server
refused it. What is there and in no journal was under way. Not fsynced: a killed program leaves it, and a power cut that
takes its end takes only a notice.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import open_file

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LostCalls:
    """So many calls that may have been paid for, and the tokens that they took at most."""

    calls: int = 0
    prompt: int = 0
    completion: int = 0


class InFlightCallsFile:
    """The file of one run. Made with the run's journal held."""

    def __init__(self, journal: Path) -> None:
        """`journal` is the run's."""
        self._path = journal.with_suffix(".sent")
        self._descriptor = -1

    def left(self, known: Container[str]) -> LostCalls:
        """What the last session left on its way; `known` are the calls whose answers there are. Then it begins anew."""
        open_calls: dict[str, tuple[int, int]] = {}
        with (
            suppress(OSError),
            os.fdopen(open_file(self._path, os.O_RDONLY), encoding="ascii", errors="replace") as file,
        ):
            for line in file:
                match line.split():
                    case ["+", call, prompt, completion] if prompt.isdecimal() and completion.isdecimal():
                        open_calls[call] = (int(prompt), int(completion))
                    case ["-", call]:
                        open_calls.pop(call, None)
        lost = [tokens for call, tokens in open_calls.items() if len(call) == 64 and call not in known]
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        return LostCalls(len(lost), sum(prompt for prompt, _ in lost), sum(completion for _, completion in lost))

    def append(self, lines: Sequence[str]) -> None:
        """Write lines; where that cannot be done, the run goes on without."""
        with suppress(OSError):
            if self._descriptor < 0:
                self._descriptor = open_file(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(self._descriptor, ("\n".join(lines) + "\n").encode("ascii", "replace"))

    def close(self, *, over: bool) -> None:
        """`over` when nothing is on its way any more: then the file goes."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if over:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
