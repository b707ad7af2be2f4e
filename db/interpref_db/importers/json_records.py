"""Records out of JSON files, whatever container they come in, one at a time; what is no record comes as a Bad."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NoReturn

from interpref_db.importers.json_stream import JsonStreamSplitter, TruncatedJson
from interpref_db.importers.limits import LONGEST_RECORD, TOO_LONG, Unpacked
from interpref_db.importers.report import ImportRefused, Refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.importers.base import FileHead

HALF = "a text holds half of a surrogate pair, which no text may"
DEEPEST = 200  # lists and objects within each other: whoever walks through a record later has to get out again
DEEP = f"nested too deeply: more than {DEEPEST} levels"
_SHOWN = 1000  # bytes of a record that is too long to be kept
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class InvalidRecord:
    """What stands where a record should be: its text and what is wrong with it."""

    text: str
    reason: str


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when it is gzip, from after a byte order mark. Reading a gzip bomb raises ImportRefused."""
    raw = path.open("rb")
    packed = raw.read(2) == _GZIP
    raw.seek(0)
    # The caller closes it.
    stream: IO[bytes] = io.BufferedReader(Unpacked(raw, path), 1 << 16) if packed else raw
    if stream.read(3) != _BOM:
        stream.seek(0)
    return stream


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def parse(text: str | bytes | InvalidRecord) -> Any:
    """One JSON value, strictly: no NaN, no lone surrogates, no endless nesting; Bad when it is not one."""
    if isinstance(text, InvalidRecord):
        return text
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(plain, parse_constant=_no_constant, parse_float=_finite)
        if "\\ud" in shown.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        return InvalidRecord(shown, f"not UTF-8 at byte {error.start + 1}")
    except UnicodeEncodeError:
        return InvalidRecord(shown, HALF)
    except json.JSONDecodeError as error:
        return InvalidRecord(shown, f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1}")
    except ValueError as error:
        return InvalidRecord(shown, f"not JSON: {error}")
    except RecursionError:
        return InvalidRecord(shown, DEEP)
    if shown.count("[") + shown.count("{") > DEEPEST and _is_deep(value):
        return InvalidRecord(shown, DEEP)
    return value


def _is_deep(value: Any) -> bool:
    """Whether more lists and objects stand within each other than any record needs."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def raw_lines(path: Path) -> Iterator[tuple[int, bytes | InvalidRecord]]:
    """The lines of a file with their numbers; blank lines are passed over, and one that is too long comes as a Bad."""
    number = 0
    with open_bytes(path) as file:
        while line := file.readline(LONGEST_RECORD + 1):
            number += 1
            if len(line) > LONGEST_RECORD:
                shown = line[:_SHOWN].decode("utf-8", "replace")
                while line and not line.endswith(b"\n"):
                    line = file.readline(1 << 20)
                yield number, InvalidRecord(shown, TOO_LONG)
            elif not line.isspace():
                yield number, line


def lines_of(path: Path) -> Iterator[tuple[int, Any]]:
    """The records of JSON lines with their line numbers; blank lines are passed over."""
    return ((number, parse(line)) for number, line in raw_lines(path))


def iter_array(path: Path) -> Iterator[tuple[int, Any]]:
    """The elements of one JSON array with their numbers, streamed; one that is not right comes as a Bad.

    Raises ImportRefused where the array breaks off: such a file is not what it claims to be.
    """
    return ((number, parse(piece)) for number, piece in _pieces(path, "array"))


def iter_members(path: Path) -> Iterator[tuple[int, tuple[str, Any]]]:
    """The members of one JSON object with their numbers, streamed. Raises ImportRefused where one is not right."""
    for number, piece in _pieces(path, "object"):
        member = parse(b"{" + piece + b"}")
        if isinstance(member, InvalidRecord):
            raise ImportRefused(f"{path}: member {number} of the JSON object is {member.reason}; nothing was imported")
        for key, value in member.items():
            yield number, (key, value)


def _pieces(path: Path, what: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    with open_bytes(path) as file:
        try:
            for number, piece in enumerate(JsonStreamSplitter(file).pieces(), start=1):
                yield number, piece
        except TruncatedJson as error:
            raise ImportRefused(
                f"{path}: the JSON {what} breaks off after record {number} ({error}); nothing of it was imported"
            ) from None


def iter_records(head: FileHead) -> Iterator[tuple[int, Any]]:
    """The records of a file, numbered by line (JSON lines) or by place (one array, or one record that fills the file)."""
    if head.container == "lines":
        return lines_of(head.path)
    if head.container == "array":
        return iter_array(head.path)
    return iter([(1, _whole(head.path))])


def _whole(path: Path) -> dict[str, Any]:
    """The one object that fills a file. Raises ImportRefused where it is too long."""
    if path.stat().st_size > LONGEST_RECORD:
        raise ImportRefused(f"{path}: its one record is {TOO_LONG}; nothing of it was imported")
    return dict(value for _, value in iter_members(path))


def attach_rejected_records(rejected: Refusals, head: FileHead) -> Refusals:
    """The same refusals, one a line at most for each field, each with the record as it is in the file, unless that is long."""
    missing = {one.line for one in rejected if one.line and one.record is None}
    if missing and head.container in ("lines", "array"):
        rejected.fill(_some(head, missing))
    return rejected


def _some(head: FileHead, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    """The records at some lines or places only, in order, each as it is in the file."""
    if head.container == "lines":
        found = ((number, parse(line)) for number, line in raw_lines(head.path) if number in wanted)
    else:
        found = ((number, value) for number, value in iter_array(head.path) if number in wanted)
    return ((number, value.text if isinstance(value, InvalidRecord) else value) for number, value in found)
