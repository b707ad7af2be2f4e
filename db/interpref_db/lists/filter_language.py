"""The filter language of lists: `model:gpt-4o passed:false turns:>20 -lang:zh "wedding cake"`.

A term is a text that the row must hold, or FIELD:VALUE; all terms must hold; `-` before one turns it round. A value may be
quoted, may be several with commas (any of them), and may begin with = < <= > or >=; numbers also A..B. `FIELD:*` asks that
there is something.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["text", "number", "flag"]
Sign = Literal["contains", "=", "<", "<=", ">", ">=", "..", "*"]
Value = str | float | bool
_Written = Literal["", "=", "<", "<=", ">", ">="]  # what may stand behind a colon

_FIELD = re.compile(r"([A-Za-z][\w-]*):")
_SIGN = re.compile(r"<=|>=|<|>|=")
_NUMBER = re.compile(r"([-+]?(?:\d[\d_]*)(?:\.\d+)?)([kKmM]?)\Z")
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
_MORE = {"": 1, "k": 1_000, "m": 1_000_000}


class FilterError(ValueError):
    """What is wrong with a filter, in one line; `at` is the place in the text, from 0."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__(f"{text} (at {at + 1})")
        self.at = at


@dataclass(frozen=True, slots=True)
class FilterTerm:
    """One condition. Without a field, `values` holds one text that any text of the row may contain."""

    field: str | None
    sign: Sign
    values: tuple[Value, ...] = ()
    negated: bool = False


def parse_filter(
    text: str, fields: Mapping[str, Kind], aliases: Mapping[str, str] | None = None
) -> tuple[FilterTerm, ...]:
    """The terms of a filter over these fields. Raises FilterError."""
    aliases = aliases or {}
    terms: list[FilterTerm] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
        at += negated
        named = _FIELD.match(text, at)
        if named is None:
            word, at = _word(text, at, "")
            if word:
                terms.append(FilterTerm(None, "contains", (word,), negated))
            continue
        name = named[1].lower()
        name = aliases.get(name, name)
        if name not in fields:
            known = _suggest_fields(name, fields, aliases)
            raise FilterError(f'no field "{named[1]}" here; quotes make it a text; there are {known}', at)
        sign, values, end = _values(text, named.end())
        terms.append(_term(name, fields[name], sign, values, negated, named.end()))
        at = end
    return tuple(terms)


def _suggest_fields(name: str, fields: Mapping[str, Kind], aliases: Mapping[str, str]) -> str:
    """The fields that there are, first those that sound like it."""
    from difflib import get_close_matches

    known = sorted({*fields, *(alias for alias, of in aliases.items() if of in fields)})
    close = [one for one in known if one.startswith(name)] or get_close_matches(name, known, 2, 0.5)
    return ", ".join((*close, *(one for one in known if one not in close)))


def _word(text: str, at: int, ends: str) -> tuple[str, int]:
    """A quoted or bare word and where it ends. A quote that is not closed goes on to the end: it is being typed."""
    if text[at : at + 1] != '"':
        start = at
        while at < len(text) and not text[at].isspace() and text[at] not in ends:
            at += 1
        return text[start:at], at
    word: list[str] = []
    at += 1
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and at + 1 < len(text)
        word.append(text[at])
        at += 1
    return "".join(word), at + 1


def _values(text: str, at: int) -> tuple[_Written, list[str], int]:
    """What stands behind the colon: a sign (perhaps none), values, and where it ends."""
    sign = _SIGN.match(text, at)
    at = sign.end() if sign else at
    values: list[str] = []
    while True:
        value, at = _word(text, at, ",")
        values.append(value)
        if text[at : at + 1] != ",":
            return cast("_Written", sign[0] if sign else ""), values, at
        at += 1


def _term(name: str, kind: Kind, sign: _Written, values: list[str], negated: bool, at: int) -> FilterTerm:
    values = [value for value in values if value] or [""]
    if values == ["*"] and not sign:
        return FilterTerm(name, "*", (), negated)
    if values == [""] and not (sign == "=" and kind == "text"):
        raise FilterError(f"{name}: a value is needed", at)
    if len(values) > 1 and sign not in ("", "="):
        raise FilterError(f"{name}: {sign} takes one value", at)
    if kind == "text":
        return FilterTerm(name, sign or "contains", tuple(values), negated)
    if kind == "flag":
        if sign not in ("", "=") or len(values) > 1 or values[0].lower() not in (*_YES, *_NO):
            raise FilterError(f"{name}: true or false", at)
        return FilterTerm(name, "=", (values[0].lower() in _YES,), negated)
    if ".." in values[0] and not sign and len(values) == 1:
        low, _, high = values[0].partition("..")
        return FilterTerm(name, "..", (_number(name, low, at), _number(name, high, at)), negated)
    return FilterTerm(name, sign or "=", tuple(_number(name, value, at) for value in values), negated)


def _number(name: str, text: str, at: int) -> float:
    found = _NUMBER.match(text)
    if found is None:
        raise FilterError(f'{name}: a number such as 20, >20, 5..10 or 2k, not "{text}"', at)
    number = float(found[1].replace("_", "")) * _MORE[found[2].lower()]
    if not math.isfinite(number):
        raise FilterError(f"{name}: the number is too large", at)
    return number


def format_filter(terms: Sequence[FilterTerm]) -> str:
    """A filter with these terms, as one would type it: parsing it gives them back."""
    return " ".join(_format_term(term) for term in terms)


def _format_term(term: FilterTerm) -> str:
    minus = "-" if term.negated else ""
    if term.field is None:
        return minus + _quote(str(term.values[0]), always=True)
    if term.sign == "*":
        return f"{minus}{term.field}:*"
    if term.sign == "..":
        return f"{minus}{term.field}:" + "..".join(_plain(value) for value in term.values)
    sign = "" if term.sign == "contains" else term.sign
    return f"{minus}{term.field}:{sign}" + ",".join(_plain(value) for value in term.values)


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # All digits that the number has, and no exponent: neither is lost nor understood.
        digits = format(Decimal(repr(value)), "f")
        return digits.removesuffix(".0")
    return _quote(value, always=False)


def _quote(text: str, *, always: bool) -> str:
    if not always and re.fullmatch(r"[\w./@+-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """What stands before the cursor: a piece that begins at `start`, of a field's value or (None) of a field or text."""

    start: int
    piece: str
    field: str | None


def completion_at(text: str, cursor: int, aliases: Mapping[str, str] | None = None) -> CompletionContext:
    """The piece of a filter that is being typed, for completion."""
    before = text[:cursor]
    start = max(before.rfind(" "), -1) + 1
    word = before[start:].lstrip("-")
    start = cursor - len(word)
    named = _FIELD.match(word)
    if named is None:
        return CompletionContext(start, word, None)
    name = named[1].lower()
    value = word[named.end() :]
    begun = max(value.rfind(","), -1) + 1
    piece = value[begun:].lstrip("<>=").lstrip('"')
    return CompletionContext(cursor - len(piece), piece, (aliases or {}).get(name, name))
