"""Inputs that are nearly right: a valid one, changed in its structure, its text or its bytes."""

from __future__ import annotations

import copy
import gzip
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

LONGEST = 400_000  # bytes of an input

# What is put in place of any value. Raw pieces of JSON that `json.dumps` would not write are strings that begin with a mark.
_RAW = "\ue123"
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**18, 2**63, -(2**63) - 1, 10**400, "", " ", "x", "None", "\x00", "\u2028", "\ufeff",
    "1e5", "İ", "日本", "a\nb\r\nc", "\x1b[31m", "=1+1", "'", '"', "../../x", "x" * 5000, [], {}, [[]], [{}], {"": {}},
    {"a": {"b": [1, {"c": None}]}}, [None], ["x", 1], "user", "assistant", "Left", "tie", "a", "b", 1, 2, 4,
    _RAW + "NaN", _RAW + "Infinity", _RAW + "-Infinity", _RAW + "1e999", _RAW + "-0.0", _RAW + "1E+2", _RAW + "1.0",
    _RAW + '"\\ud800"', _RAW + '"\\ud83d\\ude00"', _RAW + '"\\u0000"', _RAW + "9" * 5000, _RAW + "0" * 20 + "1",
    _RAW + "[" * 40 + "]" * 40, _RAW + "[" * 600 + "]" * 600, _RAW + '{"a":' * 700 + "1" + "}" * 700, _RAW + "tru",
    _RAW + "[" * 3000, _RAW + '{"a":1,"a":2}', _RAW + '"\\x"',
)  # fmt: skip
_SPLICES: tuple[bytes, ...] = (
    b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n\n", b"\n", b"\t", b'"',
    b"'", b"\\", b"{", b"}", b"[", b"]", b",", b":", b";", b"<think>", b"</think>", b"```", b"- ", b"# ", b"\xe2\x80\xa8",
    b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"PAR1", b"NaN", b"-", b"*", b"/", b"(", b")", b"=", b"@", b"..",
    b" ", b"9" * 400, b"\xd9\xa3", b"null", b"true",
)  # fmt: skip


def ways_in(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a value."""
    yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from ways_in(inner, (*at, step))


def replace_at(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """A copy of a value with another one at the end of a way."""
    if not way:
        return new
    value = copy.copy(value)
    value[way[0]] = replace_at(value[way[0]], way[1:], new)
    return value


def write_json(value: Any, *, ascii_only: bool = False, indent: int | None = None) -> str:
    """A value as JSON, with the raw pieces in it as they are."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, allow_nan=True)
    mark = json.dumps(_RAW, ensure_ascii=ascii_only)[1:-1]
    if mark not in text:
        return text
    for odd in ODD:
        if isinstance(odd, str) and odd.startswith(_RAW):
            text = text.replace(json.dumps(odd, ensure_ascii=ascii_only), odd[1:])
    return text


def change_value(value: Any, chance: random.Random) -> Any:
    """A value with something odd in one place, or with one member gone, twice, or under another name."""
    way = chance.choice(list(ways_in(value)))
    kind = chance.randrange(6)
    inner = value
    for step in way:
        inner = inner[step]
    if kind == 0 and way and isinstance(way[-1], str):
        parent = value
        for step in way[:-1]:
            parent = parent[step]
        less = {name: one for name, one in parent.items() if name != way[-1]}
        other = way[-1].upper() if chance.random() < 0.3 else f"{way[-1]} "
        return replace_at(value, way[:-1], {**less, other: inner} if chance.random() < 0.5 else less)
    if kind == 1 and isinstance(inner, list) and inner:
        return replace_at(value, way, inner * chance.choice((0, 2, 50)))
    if kind == 2 and isinstance(inner, str):
        return replace_at(value, way, inner * chance.choice((2, 300)) + str(chance.choice(("", "\x00", "\u202e", " "))))
    if kind == 3 and isinstance(inner, dict):
        return replace_at(
            value, way, {**inner, chance.choice(("x", "id", "type", "extra", "", "\x00")): chance.choice(ODD)}
        )
    return replace_at(value, way, chance.choice(ODD))


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _drop(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 20) :]


def _splice(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_SPLICES) * chance.choice((1, 1, 1, 3)) + data[at:]


def _double(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.randrange(1, 200))
    return data[:end] + data[start:end] * chance.choice((1, 2, 40)) + data[end:]


def _pump(data: bytes, chance: random.Random) -> bytes:
    """One short piece many times over: what makes a reader that looks back look back for ever."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 1, 2, 3, 8))] if chance.random() < 0.5 else chance.choice(_SPLICES)
    return data[:start] + piece * (chance.choice((2_000, 20_000)) // len(piece) + 1) + data[start:]


def _shuffle(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\x0b", b" \n ", b"")))


def _encode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "utf-7")), "replace")


def _pack(data: bytes, chance: random.Random) -> bytes:
    packed = gzip.compress(data, mtime=0)
    return chance.choice((packed, packed[: len(packed) // 2], packed * 2, packed + b"x", gzip.compress(packed)))


STEPS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _cut, _drop, _splice, _splice, _double, _pump, _shuffle, _ends, _encode, _pack,
)  # fmt: skip


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes with one to three of the changes above."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        if data:
            data = chance.choice(STEPS)(data, chance)[:LONGEST]
    return data


def change_file(data: bytes, chance: random.Random) -> bytes:
    """A file changed: its records where it has some, and in every third case its bytes as well."""
    records = _records(data)
    if records is None or chance.random() < 0.25:
        return change_bytes(data, chance)
    values, form = records
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(values))
        values[at] = change_value(values[at], chance)
    if chance.random() < 0.3:
        values.insert(chance.randrange(len(values) + 1), chance.choice(values))
    changed = _written(values, form, chance)
    return change_bytes(changed, chance) if chance.random() < 0.3 else changed


def _records(data: bytes) -> tuple[list[Any], str] | None:
    """The JSON values of a file and how they stand in it; None where it is no JSON."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        return (value, "array") if isinstance(value, list) and value else ([value], "object")
    try:
        values = [json.loads(line) for line in text.split("\n") if line.strip()]
        return (values, "lines") if values else None
    except (ValueError, RecursionError):
        return None


def _written(values: list[Any], form: str, chance: random.Random) -> bytes:
    ascii_only = chance.random() < 0.3
    if chance.random() < 0.15:
        form = chance.choice(("array", "lines"))
    if form == "lines":
        text = "".join(write_json(value, ascii_only=ascii_only) + "\n" for value in values)
    else:
        indent = chance.choice((None, None, 1))
        text = write_json(values[0] if form == "object" else values, ascii_only=ascii_only, indent=indent)
    return text.encode("utf-8", "surrogatepass")[:LONGEST]
