"""What stands over a screen until it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from textual.screen import Screen

Answer = TypeVar("Answer")


def is_on_top(screen: Screen[Any]) -> bool:
    """Whether a screen is the one that keys are for. Textual's `is_current` also holds for those that show through a dialog."""
    stack = screen.app.screen_stack
    return bool(stack) and stack[-1] is screen


class Dialog(ModalScreen[Answer]):
    """A modal screen that can be answered once. Keys that were typed ahead may ask it again when it is on its way out: that
    would take the screen under it away, and give the same answer twice.
    """

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        return super().dismiss(result) if is_on_top(self) else AwaitComplete()
