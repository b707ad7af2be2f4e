"""Memory that stays as it is, however long the screens are open.

The C library gives threads parts of the memory of their own (eight a processor), each of which keeps what was let go of in it
and fills none of the others' gaps: queries in threads that come and go make the process grow for an hour without holding more.
So there are few such parts, and what is free in them goes back now and then. Garbage is looked for while nobody types: it takes
as long as several frames.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

PARTS = 2  # parts of the memory, for all threads together
QUIET = 1.0  # seconds without a key after which nobody notices a moment in which nothing moves
LATEST = 300.0  # seconds after which it is tidied up also where nobody has typed
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def keep_together() -> bool:
    """Have all threads share a few parts of the memory, from now on: call it before there are any. False where the C library
    knows no such thing, which needs none then."""
    library = _glibc()
    return library is not None and bool(library.mallopt(_ARENA_MAX, PARTS))


def give_back() -> None:
    """Give back what is free, wherever it lies."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    import ctypes

    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return library if hasattr(library, "gnu_get_libc_version") else None


class Tidying:
    """When to tidy up: something has happened since, and nothing does at this moment."""

    def __init__(self) -> None:
        self._stirred = self._tidied = time.monotonic()

    def stir(self) -> None:
        """A key has come."""
        self._stirred = time.monotonic()

    def begin(self) -> bool | None:
        """Whether to look for garbage, too; None when there is nothing to do."""
        now = time.monotonic()
        if self._stirred < self._tidied and now - self._tidied < LATEST:
            return None
        self._tidied = now
        return now - self._stirred >= QUIET

    @staticmethod
    def tidy(*, garbage: bool) -> None:
        """Do it; in a thread, so that only the first part holds anything up."""
        if garbage:
            gc.collect()
        give_back()
