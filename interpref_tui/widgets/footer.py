"""The footer: the keys that matter now, as many as the width has room for, none of them cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from interpref_tui.keys.actions import ACTIONS, NO_KEY
from interpref_tui.keys.key_names import display

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import Binding
    from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key on the line: what is pressed, how it is written, what it does, how important it is."""

    key: str
    sign: str
    label: str
    shown: int
    enabled: bool = True

    @property
    def width(self) -> int:
        return cell_len(self.sign) + cell_len(self.label) + 4


def hints_that_fit(hints: Sequence[KeyHint], width: int) -> list[KeyHint]:
    """Those that fit, in their order: the least important go first, of equals the last."""
    kept = list(hints)
    used = sum(hint.width for hint in kept)
    for _, hint in sorted(enumerate(hints), key=lambda one: (one[1].shown, -one[0])):
        if used <= width:
            break
        kept.remove(hint)
        used -= hint.width
    return kept


class KeyLine(Widget):
    """One line, drawn anew when the bindings change. `also` names areas that are shown here, and nowhere else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--label"}
    ALLOW_SELECT = False

    def __init__(self, also: Iterable[str] = ()) -> None:
        super().__init__()
        self._also = frozenset(also)
        self._hints: list[KeyHint] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen and self.is_attached:
            hints = self._found()
            if hints != self._hints:
                self._hints = hints
                self.refresh()

    def _found(self) -> list[KeyHint]:
        """The hints of what is active, from the inside out; of an action with several keys, the first."""
        hints: dict[str, KeyHint] = {}
        for key, active in self.screen.active_bindings.items():
            binding, name = active.binding, active.binding.id or active.binding.action
            importance = self._importance(binding)
            if importance and key != NO_KEY and name not in hints:
                hints[name] = KeyHint(key, display(key), binding.description, importance, active.enabled)
        return list(hints.values())

    def _importance(self, binding: Binding) -> int:
        action = ACTIONS.get(binding.id or "")
        if action is None:
            return 0
        return action.shown or (5 if action.area in self._also else 0)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        base: Style = self.rich_style
        key_style = base + self.get_component_rich_style("keys--key")
        label_style = base + self.get_component_rich_style("keys--label")
        segments: list[Segment] = []
        for hint in hints_that_fit(self._hints, self.size.width):
            segments.append(Segment(f" {hint.sign} ", key_style))
            segments.append(Segment(f"{hint.label}  " if hint.enabled else f"({hint.label}) ", label_style))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """A click on a hint is its key."""
        left = 0
        for hint in hints_that_fit(self._hints, self.size.width):
            left += hint.width
            if event.x < left:
                self.app.simulate_key(hint.key)
                return
