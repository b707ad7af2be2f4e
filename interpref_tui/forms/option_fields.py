"""The options of commands as fields of a form: what each may hold, and the words of the command line that it becomes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interpref_tui.forms.form import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

YES_NO = ("no", "yes")
Kind = Literal["text", "whole", "integer", "number", "share", "flag", "many", "addresses"]
_WRONG = {
    "whole": "a whole number from 1 on",
    "integer": "a whole number",
    "number": "a number, e.g. 0.7",
    "share": "a number from 0 to 1",
    "flag": "yes or no",
    "many": "a quotation mark is not closed",
    "addresses": "an address such as http://127.0.0.1:8000/v1",
}


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option: the name of its field (its own with underscores, unless `called`), label and hint. `known` are values that it
    takes: any other one is refused where they are `all_there_are`."""

    name: str
    label: str
    hint: str = ""
    kind: Kind = "text"
    known: tuple[str, ...] = ()
    called: str = ""
    all_there_are: bool = False

    def field(self, value: str = "") -> Field:
        """The field, with what stands in it at first."""
        return Field(self.name, self.label, value, self.hint, YES_NO if self.kind == "flag" else self.known)

    def words(self, value: str) -> list[str]:
        """The words of the command line; none where the field is empty. Raises ValueError, which begins with the label."""
        name = f"--{self.called or self.name.replace('_', '-')}"
        if not value:
            return []
        if self.kind == "flag":
            if value.casefold() not in YES_NO:
                raise ValueError(f"{self.label}: yes or no")
            return [name] if value.casefold() == "yes" else []
        if self.all_there_are and value not in self.known:
            raise ValueError(f"{self.label}: one of {', '.join(self.known)}")
        if self.kind in ("many", "addresses"):
            return [part for one in self.several(value) for part in (name, one)]
        if not self._holds(value):
            raise ValueError(f"{self.label}: {_WRONG[self.kind]}")
        # What begins with a hyphen would be taken for an option itself.
        return [f"{name}={value}"] if value.startswith("-") else [name, value]

    def several(self, value: str) -> list[str]:
        """The values of a field that holds several, parted by spaces; quotation marks keep a space. Raises ValueError."""
        try:
            found = shlex.split(value)
        except ValueError:
            raise ValueError(f"{self.label}: {_WRONG['many']}") from None
        if self.kind == "addresses" and not all(one.startswith(("http://", "https://")) for one in found):
            raise ValueError(f"{self.label}: {_WRONG['addresses']}")
        return found

    def _holds(self, value: str) -> bool:
        plain = value.isascii() and value.removeprefix("-").isdigit()
        if self.kind == "whole":
            return plain and int(value) > 0
        if self.kind == "integer":
            return plain
        if self.kind in ("number", "share"):
            try:
                return 0 <= float(value) <= (1 if self.kind == "share" else 1e9)
            except ValueError:
                return False
        return True


def to_argv(options: Iterable[OptionField], values: Mapping[str, str]) -> list[str]:
    """All options of a form as words, in their order. Raises ValueError, which begins with the label of the field."""
    return [word for option in options for word in option.words(values.get(option.name, ""))]


def require_fields(options: Iterable[OptionField], values: Mapping[str, str], *names: str) -> None:
    """Raise ValueError for the first of these fields that is empty."""
    for option in options:
        if option.name in names and not values[option.name]:
            raise ValueError(f"{option.label}: it is needed")
