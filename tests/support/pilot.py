"""Keys for the screens, and what stands on them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def settled(pilot: Pilot[int]) -> None:
    """Wait for the workers and for what they posted."""
    for _ in range(3):
        # A worker that a newer one replaced is cancelled: that is not what was waited for.
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.05)


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def shown(pilot: Pilot[int]) -> str:
    """What is on the screen, as text."""
    screen = pilot.app.screen
    width, height = screen.size
    lines = screen._compositor.render_strips() if hasattr(screen._compositor, "render_strips") else []
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height]) if lines else str(width)
