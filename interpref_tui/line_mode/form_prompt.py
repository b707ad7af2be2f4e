"""A form in lines: a question a field, what stands in it shown, what is wrong said at once and asked again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interpref_tui.forms.form import CommandForm, Field
    from interpref_tui.line_mode.line_io import LineIO

HOW = (
    "An empty line takes what stands in brackets; - empties it, . takes all the rest, ? says what there is, < goes back, "
    "esc cancels."
)
_MOST = 40  # values that ? says


class _Cancelled(Exception):
    """Nothing is wanted after all."""


def fill_command(lines: LineIO, asking: CommandForm) -> list[str] | None:
    """Ask a form that starts a command, and whether to start it; its arguments, or None."""
    lines.say(asking.title)
    if asking.note:
        lines.say(asking.note)
    values = _fill(lines, asking.fields, lambda values: _problem(asking.command, values))
    if values is None:
        return None
    arguments = asking.command(dict(values))
    lines.say(shlex.join(["interpref", *arguments]))
    if asking.estimate is not None:
        lines.say("working out what it would take")
        try:
            lines.say(asking.estimate(arguments))
        except ValueError as error:
            lines.say(str(error))
    answer = lines.ask("enter starts it, esc does not:")
    if answer is None or answer.strip().lower() not in ("", "enter", "y", "yes"):
        lines.say("nothing is started")
        return None
    return arguments


def fill(lines: LineIO, title: str, fields: Sequence[Field]) -> dict[str, str] | None:
    """Ask a form that stands for no command; its values, or None."""
    lines.say(title)
    return _fill(lines, fields, lambda _: "")


def _problem(command: Callable[[dict[str, str]], list[str]], values: dict[str, str]) -> str:
    try:
        command(dict(values))
    except ValueError as error:
        return str(error)
    return ""


def _fill(lines: LineIO, fields: Sequence[Field], problem: Callable[[dict[str, str]], str]) -> dict[str, str] | None:
    """The values by name. `problem` says what is wrong with them, beginning with the label of the field that is."""
    if len(fields) > 1:
        lines.say(HOW)
    values = {field.name: field.value for field in fields}
    labels = [field.label for field in fields]
    at = 0
    try:
        while True:
            while at < len(fields):
                field = fields[at]
                answer = _answer(lines, field, values[field.name])
                if answer == "<":
                    at = max(0, at - 1)
                    continue
                if answer == ".":
                    break
                values[field.name] = answer
                wrong = problem(values)
                if wrong.startswith(f"{field.label}:"):
                    lines.say(wrong)
                    continue
                at += 1
            wrong = problem(values)
            if not wrong:
                return values
            lines.say(wrong)
            # The field that it names, wherever we are; what names none was made by the last of them.
            label = wrong.partition(":")[0]
            at = labels.index(label) if label in labels else len(fields) - 1
    except _Cancelled:
        lines.say("nothing is done")
        return None


def _answer(lines: LineIO, field: Field, value: str) -> str:
    """What is said of a field. Raises _Cancelled."""
    hint = f" ({field.hint})" if field.hint else ""
    while True:
        line = lines.ask(f"{field.label}{hint} [{value}]:")
        if line is None or line.strip().lower() in ("esc", "escape"):
            raise _Cancelled
        said = line.strip()
        if said == "?":
            known = ", ".join(field.known[:_MOST])
            lines.say(f"{field.label}: {known or field.hint or 'anything'}")
        elif said == "-":
            return ""
        else:
            return said or value
