"""A form: a few labelled fields, the command that it stands for, and enter to go."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, Self

from rich.text import Text
from textual import on, work
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from interpref_tui.actions import bindings
from interpref_tui.output import cut, inert

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_tui.forms.fields import Asking, Field

REST = 0.6  # seconds without a key, after which the estimate is worked out


class Form(VerticalScroll, inherit_bindings=False):
    """The frame of a form."""


class FormScreen(ModalScreen[dict[str, str] | None]):
    """Gives back the values by name, or None.

    `command` makes the command line that is shown, or raises ValueError, whose text begins with the label of the field that is
    wrong; a form without one stands for no command. `estimate` says, in a thread, what a command would take (or raises
    ValueError): it is asked whenever the fields have come to rest.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(
        self,
        title: str,
        fields: list[Field],
        command: Callable[[dict[str, str]], list[str]] | None,
        note: str = "",
        estimate: Callable[[list[str]], str] | None = None,
    ) -> None:
        super().__init__()
        self._estimate = estimate
        self._timer: Timer | None = None
        self._wanted: list[str] = []
        self._title = title
        self._fields = fields
        self._command = command
        self._note = note

    @classmethod
    def of(cls, asking: Asking) -> Self:
        """The form that starts a command."""
        return cls(asking.title, asking.fields, asking.command, asking.note, asking.estimate)

    def compose(self) -> ComposeResult:
        with Form(can_focus=False):
            yield Static(Text(self._title, "bold"), markup=False)
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    known = SuggestFromList(field.known, case_sensitive=False) if field.known else None
                    yield Input(
                        field.value,
                        placeholder=field.hint,
                        id=f"field-{field.name}",
                        suggester=known,
                        select_on_focus=False,
                    )
            yield Static("", classes="known", markup=False)
            yield Static("", classes="command", markup=False)
            yield Static("", classes="estimate", markup=False)
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
        self._offer()
        if self._command is None:
            return
        problem = command = ""
        arguments: list[str] = []
        try:
            arguments = self._command(self.values())
            command = shlex.join(["interpref", *arguments])
        except ValueError as error:
            problem = str(error)
        self.query_one(".command", Static).update(Text(inert(command)))
        self._problem(problem)
        if self._estimate is not None and arguments != self._wanted:
            self._wanted = arguments
            if self._timer:
                self._timer.stop()
            self.query_one(".estimate", Static).update("")
            if arguments:
                self._timer = self.set_timer(REST, lambda: self._ask(arguments))

    def on_descendant_focus(self) -> None:
        self._offer()

    def _offer(self) -> None:
        """What could stand in the field in focus."""
        focused = self.focused
        field = next((one for one in self._fields if focused is not None and focused.id == f"field-{one.name}"), None)
        text = ""
        if field is not None and field.known and isinstance(focused, Input):
            typed = focused.value.strip().lower()
            fits = [one for one in field.known if typed in one.lower() and typed != one.lower()]
            text = f"→ takes the grey rest; there are {', '.join(fits or field.known)}"
        known = self.query_one(".known", Static)
        known.set_class(not any(one.known for one in self._fields), "-hidden")
        known.update(Text(inert(cut(text, max(20, self.size.width - 6))), no_wrap=True, overflow="ellipsis"))

    def _problem(self, text: str) -> None:
        """Say what is wrong, and mark the field that it names."""
        self.query_one(".problem", Static).update(Text(inert(text)))
        for field, label in zip(self._fields, self.query(".field Label").results(Label), strict=False):
            wrong = bool(text) and text.startswith(f"{field.label}:")
            label.update(Text(f"! {field.label}" if wrong else field.label))

    def _ask(self, arguments: list[str]) -> None:
        self.query_one(".estimate", Static).update(Text("working out what it would take …"))
        self._work_out(arguments)

    @work(thread=True, group="estimate", exit_on_error=False)
    def _work_out(self, arguments: list[str]) -> None:
        if self._estimate is None:
            return
        estimate = problem = ""
        try:
            estimate = self._estimate(arguments)
        except ValueError as error:
            problem = str(error)
        if self.is_attached:
            self.app.call_from_thread(self._worked_out, arguments, estimate, problem)

    def _worked_out(self, arguments: list[str], estimate: str, problem: str) -> None:
        if arguments == self._wanted and self.is_attached:
            self.query_one(".estimate", Static).update(Text(inert(estimate, lines=True)))
            self._problem(problem)

    @on(Input.Submitted)
    def _go(self) -> None:
        try:
            if self._command is not None:
                self._command(self.values())
        except ValueError as error:
            name = str(error).partition(":")[0]
            for field in self._fields:
                if field.label == name:
                    self.query_one(f"#field-{field.name}", Input).focus()
            self.app.bell()
            return
        self.dismiss(self.values())

    def action_cancel(self) -> None:
        self.dismiss(None)
