"""A place in the program: a name, the actions of the screen that it stands for, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_tui.keys.actions import ACTIONS
from interpref_tui.line_mode.key_input import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_db.study.study import Study
    from interpref_tui.keys.keymap import KeyMap
    from interpref_tui.line_mode.line_io import LineIO
    from interpref_tui.line_mode.shell import Shell

    Does = Callable[[str], None]


class View:
    """`does` gives what each action (by its name in the key map) does here, with what was typed behind its key."""

    name = ""
    ends = False
    """Whether the program ends when one goes back from here, and came from nowhere."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    @property
    def lines(self) -> LineIO:
        return self.shell.lines

    @property
    def study(self) -> Study:
        return self.shell.study

    def say(self, text: str) -> None:
        self.lines.say(text)

    def on_enter(self) -> None:
        """Say where we are."""

    def on_return(self) -> None:
        """Say where we are, having come back."""
        self.on_enter()

    def actions(self) -> Mapping[str, Does]:
        """The actions of this place."""
        return {}

    def on_enter_key(self) -> None:
        """What an empty line does when no action has enter."""

    def on_back(self) -> bool:
        """Whether escape may go back; what is done first can be done here."""
        return True

    def close(self) -> None:
        """Let go of what is held."""

    def help(self, keys: KeyMap) -> list[str]:
        """The keys of this place, a line each."""
        return [
            f"{' or '.join(sign(key) for key in keys.keys_of(ACTIONS[name]))}: {ACTIONS[name].help_text}"
            for name in self.actions()
            if keys.keys_of(ACTIONS[name])
        ]
