"""What was done and can be taken back: one stack, each step with a name that is said when it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 500


@dataclass(frozen=True, slots=True)
class UndoStep:
    """`name` says what was done, as "sort by turns"; `back` takes it back, `again` does it again. Steps with the same `kind`
    that follow each other, as the letters of a search, are one. A step counts as long as what it was done to is `there`."""

    name: str
    back: Callable[[], object]
    again: Callable[[], object]
    kind: object = None
    there: Callable[[], bool] = lambda: True


class UndoStack:
    """Steps in the order they were taken. A new one ends what could be done again."""

    def __init__(self) -> None:
        self._done: list[UndoStep] = []
        self._undone: list[UndoStep] = []
        self._going = False

    def done(
        self,
        name: str,
        back: Callable[[], object],
        again: Callable[[], object],
        *,
        kind: object = None,
        there: Callable[[], bool] = lambda: True,
    ) -> None:
        """Note a step. What undoing and redoing does in turn is no step."""
        if self._going:
            return
        if kind is not None and self._done and self._done[-1].kind == kind:
            back = self._done.pop().back
        # A step of a screen that was left would keep all of it.
        before = [step for step in self._done[-KEPT + 1 :] if step.there()]
        self._done = [*before, UndoStep(name, back, again, kind, there)]
        self._undone.clear()

    def undo(self) -> str:
        """Take the latest step back; what to say of it."""
        while self._done and not self._done[-1].there():
            self._done.pop()
        if not self._done:
            return "nothing to undo"
        step = self._done.pop()
        self._run(step.back)
        self._undone.append(step)
        return f"undone: {step.name}"

    def redo(self) -> str:
        """Do what was taken back last again; what to say of it."""
        while self._undone and not self._undone[-1].there():
            self._undone.pop()
        if not self._undone:
            return "nothing to redo"
        step = self._undone.pop()
        self._run(step.again)
        self._done.append(step)
        return f"done again: {step.name}"

    def _run(self, what: Callable[[], object]) -> None:
        self._going = True
        try:
            what()
        finally:
            self._going = False
