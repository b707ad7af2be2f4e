"""Standard streams that are closed when the program begins (`>&-`). Imports nothing: it comes before all else."""

from __future__ import annotations

import os
import sys

_CLOSED: set[int] = set()


def hold_standard_streams() -> None:
    """Give standard streams that are closed a place that takes all and says nothing.

    Otherwise the next file that is opened, such as a study, would get their number, and what is printed would go into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            _CLOSED.add(number)
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
            os.set_inheritable(number, True)
            stream = open(number, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def was_closed(number: int = 1) -> bool:
    """Whether a standard stream was closed when the program began; standard output, if no other is named."""
    return number in _CLOSED
