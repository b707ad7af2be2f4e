"""Time on an entry: only while the terminal has the focus and hands are moving."""

from __future__ import annotations

IDLE_CAP = 120.0  # seconds without a key after which nobody is taken to be there
TOO_FAST = 2.0  # seconds under which a label is flagged


class Stopwatch:
    """Seconds on one entry. `moment` is any clock that only goes forward."""

    def __init__(self, moment: float) -> None:
        self.started = moment
        self._last = moment
        self._active = 0.0
        self._focused = True

    def on_activity(self, moment: float) -> None:
        """A key, or the focus coming back: what went before counts, up to the cap."""
        if self._focused:
            self._active += min(moment - self._last, IDLE_CAP)
        self._last = moment

    def on_blur(self, moment: float) -> None:
        self.on_activity(moment)
        self._focused = False

    def on_focus(self, moment: float) -> None:
        self._last = moment if not self._focused else self._last
        self._focused = True

    def active(self, moment: float) -> float:
        """Seconds that count so far."""
        return self._active + (min(moment - self._last, IDLE_CAP) if self._focused else 0.0)

    def elapsed(self, moment: float) -> float:
        return moment - self.started
