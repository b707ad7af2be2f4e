"""Errors that say that memory (or threads, which are made of it) ran out, whoever raised them, and what is told then."""

from __future__ import annotations

import errno

_SAYS = (
    "out of memory",
    "std::bad_alloc",
    "bad allocation",
    "can't start new thread",
    "cannot allocate memory",
    "could not allocate",
    "failed to allocate",
    "unable to allocate",
    "failed to map segment",
    "thread constructor failed",
)
_THREADS = ("can't start new thread", "thread constructor failed")


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, or that no thread could be started."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if not isinstance(error, RuntimeError | OSError | ImportError) and "duckdb" not in type(error).__module__:
        return False
    text = str(error).lower()
    return any(said in text for said in _SAYS)


def tell_shortage(error: BaseException) -> str:
    """What is told of it: one line with the way out."""
    if any(said in str(error).lower() for said in _THREADS):
        return "no further thread could be started; close other programs or raise the limit (`ulimit -u`, `ulimit -v`)"
    return "there was not enough memory; close other programs, or raise the limit of this one (`ulimit -v`, the container's)"
