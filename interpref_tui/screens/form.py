"""A form: a few labelled fields, the command that it stands for, and enter to go."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from interpref_tui.actions import bindings
from interpref_tui.output import inert

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its label, what stands in it at first, and a hint."""

    name: str
    label: str
    value: str = ""
    hint: str = ""


class Form(VerticalScroll, inherit_bindings=False):
    """The frame of a form."""


class FormScreen(ModalScreen[dict[str, str] | None]):
    """Gives back the values by name, or None. `command` makes the command line that is shown, or raises ValueError; a form
    without one stands for no command."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(
        self, title: str, fields: list[Field], command: Callable[[dict[str, str]], list[str]] | None, note: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._command = command
        self._note = note

    def compose(self) -> ComposeResult:
        with Form(can_focus=False):
            yield Static(Text(self._title, "bold"), markup=False)
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    yield Input(field.value, placeholder=field.hint, id=f"field-{field.name}")
            yield Static("", classes="command", markup=False)
            yield Static("", classes="problem", markup=False)
            note = "enter starts it, tab or arrows change fields, esc cancels" if self._command else "esc cancels"
            yield Static(f"{self._note}\n{note}" if self._note else note, classes="note", markup=False)

    def on_mount(self) -> None:
        self.query(Input).first().focus()
        self._say()

    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in self._fields}

    @on(Input.Changed)
    def _say(self) -> None:
        if self._command is None:
            return
        problem = command = ""
        try:
            command = shlex.join(["interpref", *self._command(self.values())])
        except ValueError as error:
            problem = str(error)
        self.query_one(".command", Static).update(Text(inert(command)))
        self.query_one(".problem", Static).update(Text(inert(problem)))

    @on(Input.Submitted)
    def _go(self) -> None:
        try:
            if self._command is not None:
                self._command(self.values())
        except ValueError:
            self.app.bell()
            return
        self.dismiss(self.values())

    def action_cancel(self) -> None:
        self.dismiss(None)
