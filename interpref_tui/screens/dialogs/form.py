"""A form: a few labelled fields, the command that it stands for, and enter to go."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, Self

from textual import on, work

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog
from interpref_tui.widgets.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from interpref_tui.forms.form import CommandForm, Field

REST = 0.6  # seconds without a key, after which the estimate is worked out


class FormScreen(Dialog[dict[str, str] | None]):
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
    def of(cls, asking: CommandForm) -> Self:
        """The form that starts a command."""
        return cls(asking.title, asking.fields, asking.command, asking.note, asking.estimate)

    def compose(self) -> ComposeResult:
        note = "enter starts it, tab or arrows change fields, esc cancels" if self._command else "esc cancels"
        yield Form(self._title, self._fields, f"{self._note}\n{note}" if self._note else note)

    def on_mount(self) -> None:
        self._form.leave_out(*(["command", "problem"] if self._command is None else []))
        self._form.leave_out(*(["estimate"] if self._estimate is None else []))
        self._say()

    def on_resize(self) -> None:
        self._form.fit(self.size)

    @property
    def _form(self) -> Form:
        return self.query_one(Form)

    @on(Form.Changed)
    def _say(self) -> None:
        if self._command is None:
            return
        problem = command = ""
        arguments: list[str] = []
        try:
            arguments = self._command(self._form.values())
            command = shlex.join(["interpref", *arguments])
        except ValueError as error:
            problem = str(error)
        self._form.say("command", command)
        self._form.say("problem", problem)
        if self._estimate is not None and arguments != self._wanted:
            self._wanted = arguments
            if self._timer:
                self._timer.stop()
            self._form.say("estimate", "")
            if arguments:
                self._timer = self.set_timer(REST, lambda: self._ask(arguments))

    def _ask(self, arguments: list[str]) -> None:
        self._form.say("estimate", "working out what it would take …")
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
            self._form.say("estimate", estimate, lines=True)
            self._form.say("problem", problem)

    @on(Form.Submitted)
    def _go(self) -> None:
        values = self._form.values()
        try:
            if self._command is not None:
                self._command(values)
        except ValueError as error:
            self._form.focus_field(str(error).partition(":")[0])
            self.app.bell()
            return
        self.dismiss(values)

    def action_cancel(self) -> None:
        self.dismiss(None)
