"""What an action is: one name for the key map, the footer, `?`, the command palette and the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["app", "screen", "dialog", "widget"]

ALWAYS = 9  # importance of what the footer never drops


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does.

    `name` is AREA.ACTION; `keys` are the default ones, with commas (none: `NO_KEY`); `call` is what Textual runs; `label` is
    a word or two for the footer, `does` a line for `?`, the palette and the documentation. `shown` is the importance in
    the footer from 1 to ALWAYS, 0 for not at all. `over` names actions (or AREA.*) further out whose key this one takes on purpose.
    One that `decides` writes a label, so its key must arrive the same in every terminal. One that is `first` comes before
    whatever has the focus, dialogs too.
    """

    name: str
    keys: str
    call: str
    label: str
    help_text: str
    shown: int = 0
    display: str | None = None
    overrides: tuple[str, ...] = ()
    decides: bool = False
    priority: bool = False

    @property
    def area(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Area:
    """Where actions are active. A screen `holds` the widgets' areas that may have the focus in it, those within others named
    together from the inside out ("pane side"); a dialog stands alone."""

    name: str
    title: str
    kind: Kind
    actions: tuple[Action, ...]
    child_areas: tuple[str, ...] = ()


NO_KEY = "none"
