"""Reading ahead: texts of a long list of work, a chunk at a time, in a thread, before they are asked for.

A hundred thousand items take no more memory than a few hundred, and no call waits for the study.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_SPREAD = (
    6  # tasks under way, and those that stand aside, are spread over so many times as many places as calls at once
)


class Ahead(Generic[T]):
    """The entries of a list of `count`, which `read` gives for a range of places. Use from one event loop, or `now`."""

    def __init__(self, count: int, size: int, read: Callable[[range], Sequence[T]], at_once: int = 16) -> None:
        """`size` entries are read at once; `read` is called in a thread. `at_once` calls at most are under way."""
        self._kept = _SPREAD * at_once // size + 3
        self._count, self._size, self._read = count, size, read
        self._chunks: OrderedDict[int, Sequence[T]] = OrderedDict()
        self._coming: dict[int, asyncio.Task[Sequence[T]]] = {}

    async def at(self, place: int) -> T:
        """One entry; waits where it has not been read yet. Raises what reading raises."""
        number, within = divmod(place, self._size)
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = await asyncio.shield(self._fetch(number))
        if within * 2 > self._size and number + 1 not in self._chunks and (number + 1) * self._size < self._count:
            self._fetch(number + 1)
        return chunk[within]

    def now(self, place: int) -> T:
        """One entry, read on the spot."""
        number, within = divmod(place, self._size)
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._keep(number, self._read(self._places(number)))
        return chunk[within]

    def _places(self, number: int) -> range:
        return range(number * self._size, min(self._count, (number + 1) * self._size))

    def _fetch(self, number: int) -> asyncio.Task[Sequence[T]]:
        coming = self._coming.get(number)
        if coming is None:
            coming = self._coming[number] = asyncio.create_task(self._load(number))
            coming.add_done_callback(lambda task: task.cancelled() or task.exception())  # whoever wants it hears of it
        return coming

    async def _load(self, number: int) -> Sequence[T]:
        try:
            return self._keep(number, await asyncio.to_thread(self._read, self._places(number)))
        finally:
            del self._coming[number]

    def _keep(self, number: int, chunk: Sequence[T]) -> Sequence[T]:
        self._chunks[number] = chunk
        if len(self._chunks) > self._kept:
            self._chunks.popitem(last=False)
        return chunk
