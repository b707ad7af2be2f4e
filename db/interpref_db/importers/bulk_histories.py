"""Files of conversations, in bulk: DuckDB reads, checks and inserts; only odd lines are looked at one by one.

The file is read twice. First for what is known of each line without its turns, which decides what becomes of it; then for
the turns of those that are new. Keeping the turns in between would cost more time and all the memory.
"""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from interpref_db.importers.formats.chat_records import ROLES, turns_field
from interpref_db.importers.history_writer import convert_histories, fill_contents, insert_histories, mark_confidential
from interpref_db.importers.json_records import lines_of, parse, raw_lines
from interpref_db.importers.report import ImportRefused, Rejected
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.importers.base import ImportContext

_LONGEST = 16 << 20  # bytes of one line; DuckDB sets twice as much aside for each thread
_MEMORY = 440, 100  # MB that a bulk import may hold, in all and for each thread; more goes to a temporary file
_SAMPLES = 256  # places of the file where we look which fields records carry along
_OWN = {"id", "conversations", "messages", "conversation", "user", "language", "title"}


def load_lines(context: ImportContext, source: str, convert: Callable[[Any], Iterable[Record]]) -> None:
    """Put a file of JSON lines into the study. `convert` makes the records of a line that SQL cannot read exactly."""
    field, others = _fields_of(context)
    if not is_plain(context.path) or not _can_be_columns(field, others):
        insert_histories(context, convert_histories(context, lines_of(context.path), convert))
        return
    with _settings(context.writer.connection):
        again = _Bulk(context, source, field, others).load()
    if again is not None:
        fill_contents(context.writer.connection)
        insert_histories(context, convert_histories(context, again, convert))


def is_plain(path: Path) -> bool:
    """Whether a file is what the bulk reader takes: not packed, no byte order mark, no line that is too long.

    Nor may its name be a pattern to DuckDB.
    """
    if set(str(path.absolute())) & set("*?["):
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:2] == b"\x1f\x8b" or data[:3] == b"\xef\xbb\xbf":
            return False
        position = 0
        while len(data) - position > _LONGEST:
            # A jump from line end to line end: a line that is too long has none within reach of its beginning.
            end = data.rfind(b"\n", position, position + _LONGEST)
            if end < 0:
                return False
            position = end + 1
    return True


@contextmanager
def _settings(connection: DuckDBPyConnection) -> Iterator[None]:
    """What DuckDB is told for a bulk import, and only for it."""
    # Through a cursor of its own: after an error the transaction of `connection` takes no more statements. And set back
    # by hand: in DuckDB 1.5, RESET leaves the memory limit as it is. What it says of the limit is cut to one decimal, so
    # half a step is added, or every import would lower it.
    cursor = connection.cursor()
    threads = cursor.execute("SELECT current_setting('threads')").fetchall()[0][0]
    wanted = {
        "memory_limit": f"{_MEMORY[0] + _MEMORY[1] * threads}MB",
        # Weighing this compression against others takes longer than all the rest, and mostly decides against it.
        "disabled_compression_methods": "dict_fsst",
        # The optimizer takes a JSON file for a few rows and would keep it, not the short list that it is joined to.
        "disabled_optimizers": "build_side_probe_side,join_order",
    }
    before = {name: cursor.execute(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in wanted}
    size, unit = before["memory_limit"].split()
    before["memory_limit"] = f"{float(size) + 0.05} {unit}"
    try:
        for name, value in wanted.items():
            cursor.execute(f"SET {name} = {_literal(value)}")
        yield
    finally:
        for name, value in before.items():
            cursor.execute(f"SET {name} = {_literal(value)}")
        cursor.close()


class _Bulk:
    """One file on its way through SQL."""

    def __init__(self, context: ImportContext, source: str, field: str, others: list[str]) -> None:
        self._context = context
        self._source = source
        self._connection = context.writer.connection
        self._filled = {
            "SOURCE_OF_LINES": _reader(context.path, field, others),
            "TURNS_FIELD": _name(field),
            "EXTRA_FIELDS": _extra(others),
            "ROLE_OF": _roles(),
        }
        # The number that tells contents apart costs a third of the reading, and is of use only once there is something
        # to compare with: in a study without histories it is put off until then.
        self._put_off = not self._connection.execute("SELECT count(*) FROM study.histories").fetchall()[0][0]
        self._filled["CONTENT_OF_TURNS"] = "hash(id, said)::UHUGEINT" if self._put_off else "content_of(turns)"

    def load(self) -> Iterator[tuple[int, Any]] | None:
        """Insert what SQL can read. Returns the lines that it cannot, parsed exactly, with their numbers; None for none."""
        for name in ("import_bulk_macros", "import_bulk_heads", "import_bulk_settle"):
            self._run(name)
        states = dict(self._run("import_bulk_states"))
        again = None
        if {"odd", "conflict"} & states.keys():
            if sum(1 for _ in raw_lines(self._context.path)) != sum(states.values()):
                return lines_of(self._context.path)  # the places of the lines cannot be told
            again = self._look_again()
        if "new" in states:
            self._insert()
        self._context.report.unchanged += states.get("unchanged", 0)
        mark_confidential(self._context, "settled")
        for table in ("heads", "settled"):
            self._connection.execute(f"DROP TABLE {table}")
        return again

    def _insert(self) -> None:
        parameters = {
            "source": self._source,
            "confidential": self._context.confidential,
            "put_off": self._put_off,
        }
        counts = self._context.report.counts
        counts["histories"] += self._run("import_bulk_histories", parameters)[0][0]
        turns = self._run("import_bulk_turns")[0][0]
        if turns != self._run("import_bulk_expected")[0][0]:
            raise ImportRefused(f"{self._context.path} changed while it was read; nothing of it was imported")
        counts["turns"] += turns

    def _look_again(self) -> Iterator[tuple[int, Any]]:
        """Refuse conflicts, and give the odd lines, one after the other."""
        places = {n: (state, identifier) for n, state, identifier in self._run("import_bulk_places")}
        return self._odd(places)

    def _odd(self, places: dict[int, tuple[str, str]]) -> Iterator[tuple[int, Any]]:
        path = self._context.path
        for place, (number, line) in enumerate(raw_lines(path), start=1):
            state, identifier = places.get(place, ("", ""))
            if state == "odd":
                yield number, parse(line)
            elif state == "conflict":
                reason = f"the history {identifier!r} is in the study, or earlier in this file, with other content"
                self._context.report.rejected.append(Rejected(str(path), number, reason, "id", parse(line)))

    def _run(self, name: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        query = sql(name)
        for placeholder, text in self._filled.items():
            query = query.replace(placeholder, text)
        return self._connection.execute(query, parameters).fetchall()


def _fields_of(context: ImportContext) -> tuple[str, list[str]]:
    """The field that holds the turns, and those that records carry along."""
    record = next(one for one in context.head.sample if isinstance(one, dict) and turns_field(one))
    field = turns_field(record) or "conversations"
    fields = {key for one in context.head.sample if isinstance(one, dict) for key in one}
    return field, sorted((fields | _fields_within(context.path)) - _OWN - {field})


def _can_be_columns(field: str, others: list[str]) -> bool:
    """Whether SQL can tell these fields apart: to it a name has no upper and lower case, some character, and no zero byte."""
    names = [*_OWN, *others, field]
    told_apart = {name.lower() for name in names}
    return len(told_apart) == len({*names}) and not any(not name or "\0" in name for name in names)


def _fields_within(path: Path) -> set[str]:
    """The fields of records here and there in a file, so that what they carry along is kept."""
    found: set[str] = set()
    step = max(1, path.stat().st_size // _SAMPLES)
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(number * step)
            file.readline()
            record = parse(file.readline() or b"null")
            if isinstance(record, dict):
                found |= record.keys()
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _reader(path: Path, field: str, others: list[str]) -> str:
    turn = ", ".join(f'"{name}" VARCHAR' for name in ("from", "value", "role", "content"))
    calls = "tool_calls JSON, function_call JSON"
    types = {"id": "VARCHAR", "user": "VARCHAR", "language": "VARCHAR", "title": "VARCHAR"}
    types |= {field: f"STRUCT({turn}, {calls})[]"} | dict.fromkeys(others, "JSON")
    columns = ", ".join(f"{_literal(name)}: {_literal(kind)}" for name, kind in types.items())
    return (
        f"read_json({_literal(str(path.absolute()))}, format = 'newline_delimited', columns = {{{columns}}}, "
        f"ignore_errors = true, maximum_object_size = {_LONGEST}, compression = 'uncompressed')"
    )


def _roles() -> str:
    """The role that a turn's speaker stands for, by the same table as elsewhere; NULL where it stands for none."""
    known = " ".join(f"WHEN {_literal(name)} THEN {_literal(role)}" for name, role in ROLES.items())
    return f'CASE lower(coalesce(t."from", t.role)) {known} END'


def _extra(others: list[str]) -> str:
    """The fields that are kept along, as one JSON object without those that are absent; NULL when there is none."""
    if not others:
        return "NULL::JSON"
    pairs = ", ".join(f"{_literal(name)}, {_name(name)}" for name in others)
    return f"nullif(json_merge_patch('{{}}'::JSON, json_object({pairs}))::VARCHAR, '{{}}')::JSON"
