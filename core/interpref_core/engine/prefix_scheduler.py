"""Which task is next: the first of those that share a beginning goes ahead of the others, so that they find it in a cache.

While the server still reads a history for the first time, the same history sent again is read again. So its siblings
stand aside until the first one has its answer, and others go before them; nobody ever waits without work.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.engine.task import Task

_WARM = 10_000  # groups that are remembered as read once


class PrefixScheduler:
    """Tasks in the order of their coming, but for siblings of one whose first call is under way."""

    def __init__(self, tasks: Iterator[Task], aside: int) -> None:
        """`aside` tasks at most stand aside; 0: the order is kept."""
        self._tasks = tasks
        self._aside = aside
        self._standing: dict[str, list[Task]] = {}
        self._count = 0
        self._ready: deque[Task] = deque()
        self._leading: set[str] = set()
        self._warm: dict[str, None] = {}

    def next(self) -> Task | None:
        """The task to do now; None when there is none left. Raises what the tasks raise while they are read."""
        while not self._ready:
            task = next(self._tasks, None)
            if task is None:
                self._let_all_go()
                break
            if not self._aside or not task.group or task.group in self._warm:
                return task
            if task.group not in self._leading:
                self._leading.add(task.group)
                return task
            if self._count >= self._aside:
                return task
            self._standing.setdefault(task.group, []).append(task)
            self._count += 1
        return self._ready.popleft() if self._ready else None

    def mark_warm(self, group: str) -> None:
        """A call of this group has been answered, or will not be: its siblings may go."""
        if group not in self._leading:
            return
        self._leading.discard(group)
        self._warm[group] = None
        if len(self._warm) > _WARM:
            del self._warm[next(iter(self._warm))]
        standing = self._standing.pop(group, [])
        self._count -= len(standing)
        self._ready.extend(standing)

    def _let_all_go(self) -> None:
        """Nothing else is left to do meanwhile."""
        for standing in self._standing.values():
            self._ready.extend(standing)
        self._standing.clear()
        self._count = 0
