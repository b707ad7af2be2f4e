"""What was said while the screens stood, newest first, each with what is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from interpref_tui.diagnostics.log import log_file
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_tui.app.app import InterprefApp
    from interpref_tui.presenters.message_log import LoggedMessage

_SIGNS = {"error": "✗", "warning": "!", "information": "·"}


class MessagesScreen(Dialog[None]):
    """A line each; under them the message in focus, whole."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("messages")

    def __init__(self, said: list[LoggedMessage]) -> None:
        super().__init__()
        self._said = said[::-1]

    def compose(self) -> ComposeResult:
        with Vertical(id="messages"):
            yield Static(Text("Messages", "bold"), markup=False, classes="heading")
            yield OptionList(*(Option(_line(one)) for one in self._said), markup=False)
            with VerticalScroll(can_focus=False, id="message"):
                yield Static("nothing has been said yet", id="message-text", markup=False)
            where = f"log: {log_file()}\nit holds no text of a study and no key   esc closes   y copies"
            yield Static(Text(where), markup=False, id="message-log")

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.focus()
        choices.set_class(not self._said, "-hidden")
        if self._said:
            choices.highlighted = 0

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        self.query_one("#message-text", Static).update(
            Text(sanitize(_whole(self._said[event.option_index]), lines=True))
        )

    def action_move(self, by: int) -> None:
        choices = self.query_one(OptionList)
        if by > 0:
            choices.action_cursor_down()
        else:
            choices.action_cursor_up()

    def action_copy(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None:
            cast("InterprefApp", self.app).copy_text(_whole(self._said[place]))


def _line(one: LoggedMessage) -> Text:
    text = Text(f"{one.time[11:19]} {_SIGNS[one.severity]} ", no_wrap=True, overflow="ellipsis")
    text.append(sanitize(" ".join(one.text.split())), "bold" if one.severity == "error" else "")
    return text


def _whole(one: LoggedMessage) -> str:
    return f"{one.text}\n\n{one.details}" if one.details else one.text
