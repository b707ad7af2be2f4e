"""Keys for the screens, and what stands on them."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.worker import WorkerCancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message_pump import MessagePump
    from textual.pilot import Pilot
    from textual.timer import Timer

SOON = 1.0  # seconds: a timer that goes off once within so long is waited for, a notice that goes away later is not
FRAME = 1 / 60  # seconds
LIMIT = 30.0  # seconds after which a screen that is never quiet is taken as it is


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nothing is under way: no worker, no message, no drawing, no short timer such as that of a search line.

    By what there is to do and not by time: as fast as the machine is, and steady on one that is busy.
    """
    end = time.monotonic() + LIMIT
    quiet = 0
    while quiet < 3 and time.monotonic() < end:
        # A worker that a newer one replaced is cancelled: that is not what was waited for.
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
        await pilot.app._animator.wait_until_complete()
        await pilot._wait_for_screen()
        if not pilot.app.is_running:
            return
        quiet = 0 if _under_way(pilot) else quiet + 1
        # Something is left to do: for as long as a frame, in which all that has changed is drawn at once.
        await asyncio.sleep(0.003 if quiet else FRAME)


async def comes(pilot: Pilot[int], wanted: Callable[[], object], *, within: float = 60.0) -> None:
    """Wait for something that others do, such as a child process or a timer of some seconds; fails when it never comes."""
    end = time.monotonic() + within
    while not wanted():
        assert time.monotonic() < end, f"it never came\n{shown(pilot)}"
        await pilot.pause(0.02)
    await settled(pilot)


def _under_way(pilot: Pilot[int]) -> bool:
    app = pilot.app
    if any(not worker.is_finished for worker in app.workers):
        return True
    screen = app.screen
    if screen._dirty_widgets or screen._callbacks or screen._layout_required or screen._compositor.size != screen.size:
        return True
    pumps: list[MessagePump] = [app, *app.screen_stack, *screen.walk_children()]
    return any(
        pump.message_queue_size or pump._next_callbacks or any(map(_goes_off_soon, pump._timers)) for pump in pumps
    )


def _goes_off_soon(timer: Timer) -> bool:
    return timer._repeat == 0 and timer._interval <= SOON and timer._task is not None and not timer._task.done()


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys, each when what the one before set going has come to rest."""
    for key in keys:
        _send(pilot, key)
        await settled(pilot)


def _send(pilot: Pilot[int], key: str) -> None:
    """One key as the driver hands it over. `Pilot.press` waits by the clock besides, twice a key."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = name if len(name) == 1 else None
    event = events.Key(name, character)
    event.set_sender(pilot.app)
    driver = pilot.app._driver
    assert driver is not None
    driver.send_message(event)


def shown(pilot: Pilot[int]) -> str:
    """What is on the screen, as text."""
    screen = pilot.app.screen
    width, height = screen.size
    lines = screen._compositor.render_strips() if hasattr(screen._compositor, "render_strips") else []
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height]) if lines else str(width)
