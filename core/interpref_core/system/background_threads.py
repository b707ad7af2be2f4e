"""Work in a thread of its own that nobody waits for in vain: a thread that cannot begin, or ends before it has begun (as when
memory runs out), leaves the work to whoever asks for its result."""

from __future__ import annotations

import _thread
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


class Beside(Generic[Value]):
    """A function that is called once, in a thread where that can be."""

    def __init__(self, function: Callable[[], Value]) -> None:
        self._function = function
        self._value: Value | None = None
        self._error: BaseException | None = None
        self._taken = _thread.allocate_lock()
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        # Not threading.Thread: its `start` waits for the thread to say that it has begun, which one that dies never does.
        with suppress(RuntimeError, MemoryError):
            _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        if not self._taken.acquire(blocking=False):
            return
        try:
            self._value = self._function()
        except BaseException as error:
            self._error = error
        finally:
            self._ended.release()

    def result(self) -> Value:
        """What the function returned; waits for it. Raises what it raised."""
        if self._taken.acquire(blocking=False):
            return self._function()
        with self._ended:
            if self._error is not None:
                raise self._error
            return self._value  # type: ignore[return-value]  # it has returned
