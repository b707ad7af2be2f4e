"""A form without its looks: fields, the command that they stand for, what it would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its label, what stands in it at first, a hint, and values that are offered while one types."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandForm:
    """A form that starts a command.

    `command` makes the arguments after `interpref`, or raises ValueError, whose text begins with the label of the field that is
    wrong; `estimate` says what they would take (in its own time), or raises ValueError.
    """

    title: str
    fields: list[Field]
    command: Callable[[dict[str, str]], list[str]]
    note: str = ""
    estimate: Callable[[list[str]], str] | None = None
