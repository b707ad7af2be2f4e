"""The rows of a list in their order, without having them: a million cost what fifty do.

Few rows are a list of keys. More are a table of keys in memory, kept by DuckDB and dropped when nobody has it any more; those that
stand in the study in their order need not even that. A search through texts hands out what it has found while it goes on, and
lets go of the study between its steps, so that nobody who writes waits for it.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, overload
from weakref import finalize

from interpref_db.lists import query
from interpref_db.lists.specs import LIST_SPECS
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from interpref_db.lists.query import Key, ListQuery
    from interpref_db.study.study import Study

FIRST = 500  # rows that are found at once; the rest follows
SLICE = 2_000  # rows that a search looks through first; how many it takes next follows from how long that took
PACE = 0.15  # seconds between two answers of a search that goes on


class SearchCancelled(Exception):
    """The search was stopped: a newer one has come."""


class _TempTable:
    """A table of keys in memory; dropped by the next search after the last Found that has it is gone."""

    _numbers: ClassVar[itertools.count[int]] = itertools.count(1)
    _gone: ClassVar[deque[str]] = deque()

    def __init__(self, cursor: DuckDBPyConnection, text: str, parameters: dict[str, Any]) -> None:
        self.name = f"memory.main.ordered_{next(self._numbers)}"
        cursor.execute(f"CREATE TABLE {self.name} AS {text}", parameters)
        finalize(self, self._gone.append, self.name)

    def add(self, cursor: DuckDBPyConnection, text: str, parameters: dict[str, Any]) -> int:
        """Append the keys of a query in its order. How many."""
        row = cursor.execute(f"INSERT INTO {self.name} {text}", parameters).fetchone()
        return int(row[0]) if row else 0

    @classmethod
    def drop_gone(cls, cursor: DuckDBPyConnection) -> None:
        while cls._gone:
            cursor.execute(f"DROP TABLE IF EXISTS {cls._gone.popleft()}")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """So many rows of a list in their order; `more` while there may be further ones. `share` of a search is done."""

    kind: str
    count: int
    more: bool = False
    share: float = 1.0
    few: tuple[Key, ...] | None = None
    table: _TempTable | None = None

    def keys(self, cursor: DuckDBPyConnection, start: int, stop: int) -> list[Key]:
        """The keys of the rows from `start` up to `stop`."""
        if self.few is not None:
            return list(self.few[start:stop])
        between = {"start": start, "stop": min(stop, self.count)}
        if self.table is None:
            return [row[0] for row in cursor.execute(sql(f"natural_{self.kind}"), between).fetchall()]
        text = f"SELECT key FROM {self.table.name} WHERE rowid >= $start AND rowid < $stop ORDER BY rowid"  # noqa: S608 - names are ours
        return [row[0] for row in cursor.execute(text, between).fetchall()]

    def place(self, cursor: DuckDBPyConnection, key: Key) -> int | None:
        """Where the row of a key stands, or None."""
        if self.few is not None:
            return self.few.index(key) if key in self.few else None
        of = self.table.name if self.table else f"study.{self.kind}"
        row = cursor.execute(f"SELECT min(rowid) FROM {of} WHERE key = $key", {"key": key}).fetchone()  # noqa: S608 - names are ours
        return int(row[0]) if row and row[0] is not None and row[0] < self.count else None


class LazyKeys(Sequence[Any]):
    """The keys of a list in its order, asked for one by one: not for the thread that draws when the list is long."""

    def __init__(self, study: Study, found: SearchResult | None) -> None:
        self._study, self._found = study, found

    def __len__(self) -> int:
        return self._found.count if self._found else 0

    @property
    def near(self) -> Sequence[Key]:
        """Those that are at hand: of a short list all, of a long one none."""
        return (self._found.few or ()) if self._found else ()

    @overload
    def __getitem__(self, place: int) -> Key: ...
    @overload
    def __getitem__(self, place: slice) -> list[Key]: ...

    def __getitem__(self, place: int | slice) -> Key | list[Key]:
        start, stop, _ = place.indices(len(self)) if isinstance(place, slice) else (place, place + 1, 1)
        if self._found is None or (isinstance(place, int) and not 0 <= place < len(self)):
            raise IndexError(place)
        if self._found.few is not None:
            return self._found.few[place] if isinstance(place, int) else list(self._found.few[place])
        with self._study.reading() as cursor:
            found = self._found.keys(cursor, start, stop)
        return found if isinstance(place, slice) else found[0]


class ListSearch:
    """One question to a list. `answers` runs in a thread; `stop` may be called from any other."""

    def __init__(self, study: Study, kind: str, asked: ListQuery) -> None:
        self._study = study
        self._listing = LIST_SPECS[kind]
        self._asked = asked
        self._stopped = False
        self._cursor: DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Give up, also in the middle of a query."""
        with self._lock:
            self._stopped = True
            if self._cursor is not None:
                with suppress(Exception):
                    self._cursor.interrupt()

    @contextmanager
    def _reading(self) -> Iterator[DuckDBPyConnection]:
        """A cursor for one step. Raises Stopped instead of whatever an interrupted query raises."""
        try:
            with self._study.reading() as cursor:
                with self._lock:
                    self._cursor = cursor
                if self._stopped:
                    raise SearchCancelled
                try:
                    yield cursor
                finally:
                    with self._lock:
                        self._cursor = None
        except Exception:
            if self._stopped:
                raise SearchCancelled from None
            raise

    def answers(self) -> Iterator[SearchResult]:
        """What was found: each answer replaces the one before, the last has `more` False. Raises Stopped."""
        listing, asked = self._listing, self._asked
        plain = not (asked.search or asked.where or asked.terms or asked.keys is not None)
        if listing.natural and asked.sort is None and not asked.descending and asked.keys is None:
            with self._reading() as cursor:
                _TempTable.drop_gone(cursor)
                count, whole = cursor.execute(sql(f"natural_count_{listing.kind}")).fetchone() or (0, False)
            if whole and plain:
                yield SearchResult(listing.kind, int(count))
                return
            if whole and listing.deep and asked.texts:
                yield from self._slices(int(count))
                return
        with self._reading() as cursor:
            _TempTable.drop_gone(cursor)
            first = query.keys(cursor, listing.kind, asked, FIRST + 1)
        more = len(first) > FIRST
        yield SearchResult(listing.kind, min(FIRST, len(first)), more, few=tuple(first[:FIRST]))
        if more:
            yield self._all()

    def _all(self) -> SearchResult:
        text, parameters = query.keys_query(self._listing, self._asked)
        with self._reading() as cursor:
            table = _TempTable(cursor, text, parameters)
            row = cursor.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608 - a name of ours
        return SearchResult(self._listing.kind, int(row[0]) if row else 0, table=table)

    def _slices(self, total: int) -> Iterator[SearchResult]:
        """Look through the texts in the list's order, a slice at a time, and hand out what is there now and then."""
        kind = self._listing.kind
        text, parameters = query.keys_query(self._listing, self._asked, between=True)
        table: _TempTable | None = None
        start, size, count, told = 0, SLICE, 0, 0.0
        patience = time.monotonic() + 2 * PACE  # until then, no hit is no answer
        while start < total:
            begun = time.monotonic()
            stop = min(start + size, total)
            with self._reading() as cursor:
                bounds = cursor.execute(sql(f"natural_bounds_{kind}"), {"start": start, "stop": stop}).fetchone()
                given = {**parameters, "from_key": bounds[0] if bounds else 0, "to_key": bounds[1] if bounds else -1}
                table = table or _TempTable(cursor, f"{text} LIMIT 0", given)
                count += table.add(cursor, text, given)
            moment = time.monotonic()
            size = max(SLICE // 4, int(size * min(4.0, max(0.5, PACE / max(moment - begun, 0.001)))))
            start = stop
            if start < total and (count or moment > patience) and moment - told > PACE:
                told = moment
                yield SearchResult(kind, count, True, start / total, table=table)
        yield SearchResult(kind, count, table=table, few=None if table else ())
