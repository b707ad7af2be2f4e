"""Counting a file of comparisons where it lies, without a study: names become codes, rows one integer, integers counts.

A GROUP BY on names makes a group for each pair of texts; a code costs a look-up, and counting codes costs next to nothing.
Memory is k x k counts and slices of the codes, whatever the number of rows.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.system.background_threads import Beside
from interpref_core.system.temporary_folders import scratch_folder
from interpref_db.importers.report import ImportRefused
from interpref_db.importers.winner_columns import ANNOTATORS, FLAGS, ITEMS, columns_of, parse_winner
from interpref_db.input_streams import is_stream, name_stream, spool
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from interpref_core.metrics.bt_intervals import Rows
    from interpref_core.metrics.win_matrix import WinCounts
    from interpref_db.importers.base import FileHead
    from interpref_db.importers.report import Rejected
    from interpref_db.study.study import Study

MOST_MODELS = 4000  # k x k counts beyond that are no leaderboard any more
_SLICE = 4_000_000  # codes fetched at a time
_MEMORY = "500MB"  # of DuckDB, before it writes to disk
_OUTCOMES = {"a": 0, "b": 1, "tie": 2, "both bad": 2}
_CLUSTERS = {"annotator": ANNOTATORS, "item": ITEMS}


@dataclass(slots=True)
class Counted:
    """The win counts of a file; `rows` where clusters were asked for; what was not counted, by reason, and refused lines."""

    counts: WinCounts
    rows: Rows | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)


def count_file(path: Path, *, cluster: str | None = None) -> Counted:
    """Count the comparisons of a CSV, TSV, Parquet, JSON or JSON lines file, or of any file that `import` reads.

    `-` is standard input. `cluster` is a column, or `annotator` or `item` for the column that means it. Raises ImportRefused,
    one line.
    """
    with _readable(path) as (file, name):
        try:
            return _count(file, name, cluster)
        except ImportRefused as error:
            raise ImportRefused(str(error).replace(str(file), name)) from None


def _count(file: Path, name: str, cluster: str | None) -> Counted:
    """The counts of a file that can be read as often as one likes; `name` is what the user calls it. Raises ImportRefused."""
    from interpref_db.study import duckdb_core
    from interpref_db.study.connection import connect

    # The arrays take as long to load as DuckDB takes to begin and to read: both at once.
    science = Beside(lambda: import_module("interpref_db.scores.comparison_counts"))
    with connect(files=(file,), locked=False) as connection:
        head = None if is_parquet(file) else look_at_text(file)
        first = _parquet_columns(connection, file) if head is None else _first(head)
        columns = columns_of(first) if "type" not in first else None
        if columns is None:
            if cluster is not None:
                raise ImportRefused(f"{name} is no plain table of comparisons, so there is no column {cluster}")
            return _count_by_import(file, name)
        by = _cluster_column(file, first, cluster)
        try:
            scan = _Scan(connection, file, head, first, columns, by)
            scan.read()
            science.result()
            return scan.build_counts()
        except duckdb_core.Error as error:
            if by is not None:
                reason = " ".join(str(error).split())[:160]
                raise ImportRefused(
                    f"{name} cannot be read as a whole ({reason}): mend it, or count it without --cluster"
                ) from None
            # Some line is not what the rest is: the importer names it, and counts the others.
            return _count_by_import(file, name)


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its first bytes. Raises ImportRefused when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}") from None


def look_at_text(path: Path) -> FileHead:
    """The head of a file that is not Parquet. Raises ImportRefused."""
    from interpref_db.importers.sniff import sniff

    return sniff(path)


def _first(head: FileHead) -> dict[str, Any]:
    """The first record, where records stand one after the other; else nothing."""
    first = head.sample[0] if head.sample and head.container != "object" else None
    return first if isinstance(first, dict) else {}


def _parquet_columns(connection: DuckDBPyConnection, path: Path) -> dict[str, Any]:
    """The names of a Parquet file's columns, from its foot. Raises ImportRefused."""
    from interpref_db.study import duckdb_core

    try:
        found = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)]).description or []
    except duckdb_core.Error as error:
        reason = " ".join(str(error).split())[:120]
        raise ImportRefused(f"{path} is not a Parquet file that can be read: {reason}") from None
    return dict.fromkeys(name for name, *_ in found)


_WANTED = "it takes a table with two names and a winner, e.g. with the columns model_a, model_b, winner"


def count_study(study: Study, *, cluster: str | None = None) -> Counted:
    """The comparisons of a study; `cluster` is annotator or item."""
    from interpref_db.scores.leaderboard import win_counts

    counts = win_counts(study)
    if not counts.models:
        raise ImportRefused(f"{study.path.name} holds no comparisons")
    if cluster is None:
        return Counted(counts)
    if cluster not in _CLUSTERS:
        raise ImportRefused("comparisons of a study hang together by annotator or by item")
    from interpref_db.scores.comparison_counts import rows_of

    return Counted(counts, rows_of(counts, study.rows("score_rows"), cluster))


def _cluster_column(path: Path, first: dict[str, Any], cluster: str | None) -> str | None:
    if cluster is None:
        return None
    found = next((name for name in (cluster, *_CLUSTERS.get(cluster, ())) if name in first), None)
    if found is None:
        raise ImportRefused(f"{path} has no column {cluster}; it has {', '.join(map(str, first))}"[:300])
    return found


@contextmanager
def _readable(path: Path) -> Iterator[tuple[Path, str]]:
    """A path that can be read twice, and that DuckDB does not take for a pattern of many files; and what the user calls it.

    Raises ImportRefused.
    """
    pattern = bool(set(str(path)) & set("*?["))
    if pattern and not path.exists():
        raise ImportRefused(f"there is no file {path}; one file is ranked at a time")
    if not pattern and not is_stream(path):
        yield path, str(path)
        return
    with scratch_folder() as folder:
        inside = folder / "files"
        inside.mkdir()
        if is_stream(path):
            try:
                spooled = spool(path, inside)
            except OSError as error:
                raise ImportRefused(f"{name_stream(path)} cannot be read: {error.strerror or error}") from None
            yield spooled.path, spooled.name
            return
        link = inside / "comparisons"
        link.symlink_to(path.absolute())
        yield link, str(path)


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


class _Scan:
    """Two passes over a file: which names and words there are, then each row as a code."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        path: Path,
        head: FileHead | None,
        first: dict[str, Any],
        columns: tuple[str, str, str],
        cluster: str | None,
    ) -> None:
        self._a, self._b, self._said = columns
        self._flags = [name for name, _ in FLAGS if name in first] if self._said == FLAGS[0][0] else []
        self._cluster = cluster
        self._source = _reader(path, head, {*columns, *self._flags, *([cluster] if cluster else [])})
        self._connection = connection
        self._names: list[str] = []
        self._skips: list[str] = []
        self._none = 0

    def read(self) -> None:
        """Make the table of codes. Raises ImportRefused where there are too many names."""
        self._connection.execute(f"SET preserve_insertion_order = false; SET memory_limit = '{_MEMORY}'")
        found = self._connection.execute(self._text("rank_flags" if self._flags else "rank_names")).fetchall()
        self._names = sorted(value for value, is_name in found if is_name)
        if len(self._names) > MOST_MODELS:
            raise ImportRefused(
                f"the columns {self._a} and {self._b} hold {len(self._names)} different names: more than the "
                f"{MOST_MODELS} models that a leaderboard can take"
            )
        self._none = len(self._names) ** 2 * 3
        words = [value for value, is_name in found if not is_name]
        self._skips = [value for value in words if parse_winner(value) == "skip"]
        self._connection.execute(f"CREATE TYPE model AS ENUM ({', '.join(map(literal, self._names or ['']))})")
        codes = self._text(
            "rank_codes",
            OUTCOME=self._flag_outcome_sql() if self._flags else self._outcome(words),
            CLUSTER_COLUMN=f", hash({column(self._cluster)}) AS cluster" if self._cluster else "",
            CODE="INT" if self._none < 2**31 else "BIGINT",
            MODELS=str(len(self._names)),
            NONE=str(self._none),
        )
        self._connection.execute(codes)

    def build_counts(self) -> Counted:
        """The counts of what was read."""
        from interpref_db.scores.comparison_counts import counts_of

        counts, rows, same, none = counts_of(self._names, self._slices(), clustered=self._cluster is not None)
        return Counted(counts, rows, self._left_out(same, none))

    def _text(self, name: str, **more: str) -> str:
        """A statement with its placeholders filled, all at once: what is filled in is not looked through again."""
        filled = more | {
            "MODEL_A": f"{column(self._a)}::VARCHAR",
            "MODEL_B": f"{column(self._b)}::VARCHAR",
            "SAID": f"{column(self._said)}::VARCHAR",
            "SOURCE": self._source,
        }
        return re.sub("|".join(sorted(filled, key=len, reverse=True)), lambda found: filled[found.group()], sql(name))

    def _outcome(self, words: Sequence[str]) -> str:
        """The outcome's code as an expression over the column: by the words for it, or by the winner's name."""
        cases: dict[int, list[str]] = {}
        for word in words:
            said = parse_winner(word) or parse_winner(word, share=self._said == "preference")
            if said in _OUTCOMES:
                cases.setdefault(_OUTCOMES[said], []).append(literal(word))
        said_column = f"{column(self._said)}::VARCHAR"
        parts = [f"WHEN {said_column} IN ({', '.join(among)}) THEN {code}" for code, among in cases.items()]
        if self._skips:
            parts.append(f"WHEN {said_column} IN ({', '.join(map(literal, self._skips))}) THEN NULL")
        if set(self._names).intersection(words):
            parts += [
                f"WHEN {said_column} = {column(name)}::VARCHAR THEN {n}" for n, name in enumerate((self._a, self._b))
            ]
        return f"CASE {' '.join(parts)} END" if parts else "NULL"

    def _flag_outcome_sql(self) -> str:
        """The outcome's code where exactly one of the columns of 0 and 1 is 1."""
        ones = {name: f"lower(trim({column(name)}::VARCHAR)) IN ('1', '1.0', 'true')" for name in self._flags}
        cases = [f"WHEN {ones[name]} THEN {_OUTCOMES[said]}" for name, said in FLAGS if name in ones]
        exactly = " + ".join(f"coalesce({one}, false)::INT" for one in ones.values())
        return f"CASE WHEN {exactly} <> 1 THEN NULL {' '.join(cases)} END"

    def _slices(self) -> Iterator[dict[str, NDArray[Any]]]:
        (most,) = self._connection.execute("SELECT max(rowid) FROM codes").fetchone() or (None,)
        for start in range(0, (most if most is not None else -1) + 1, _SLICE):
            yield self._connection.execute(
                "SELECT * FROM codes WHERE rowid BETWEEN ? AND ?", [start, start + _SLICE - 1]
            ).fetchnumpy()

    def _left_out(self, same: int, none: int) -> dict[str, int]:
        skips = 0
        if self._skips and none:
            among = ", ".join(map(literal, self._skips))
            row = self._connection.execute(
                f"SELECT count(*) FROM {self._source} WHERE {column(self._said)}::VARCHAR IN ({among})"  # noqa: S608 - our reader, literals quoted
            ).fetchone()
            skips = row[0] if row else 0
        reasons = {"skipped": skips, "without two names and a winner": none - skips, "of a model with itself": same}
        return {reason: n for reason, n in reasons.items() if n > 0}


def _reader(path: Path, head: FileHead | None, columns: set[str]) -> str:
    """DuckDB's reader for a file, with every column of a text format as text; without a head it is Parquet."""
    name = literal(str(path))
    if head is None:
        return f"read_parquet({name})"
    from interpref_db.importers.json_records import open_bytes
    from interpref_db.importers.sniff import delimiter_of

    typed = "{" + ", ".join(f"{literal(one)}: 'VARCHAR'" for one in sorted(columns)) + "}"
    if head.container in ("array", "lines"):
        packed = path.open("rb").read(2) == b"\x1f\x8b"
        shape = "array" if head.container == "array" else "newline_delimited"
        return f"read_json({name}, format = '{shape}', columns = {typed}, compression = '{'gzip' if packed else 'uncompressed'}')"
    with open_bytes(path) as file:
        start = file.read(1 << 16)
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    delimiter = literal(delimiter_of(start.decode("utf-8", "replace")))
    return (
        f"read_csv({name}, header = true, all_varchar = true, delim = {delimiter}, quote = '\"', escape = '\"', "
        f"compression = '{'gzip' if packed else 'uncompressed'}')"
    )


def _count_by_import(path: Path, name: str) -> Counted:
    """Any other file of comparisons, by way of a study that is thrown away; `name` is what the user calls it."""
    from interpref_db.importers import import_files
    from interpref_db.scores.leaderboard import win_counts
    from interpref_db.study.study import Study

    with scratch_folder() as folder:
        link = folder / "files" / Path(name).name
        link.parent.mkdir()
        link.symlink_to(path.absolute())
        with Study.open(folder / "study" / "rank.duckdb", create=True) as study:
            report = import_files(study, [link])
            counts = win_counts(study)
        report.rename(str(link), name)
    if not counts.models:
        # What any format would be like is of no help here: a table of comparisons is wanted.
        rejected = report.rejected
        why = rejected[0].reason if rejected and "no format that" not in rejected[0].reason else _WANTED
        raise ImportRefused(f"{name} holds no comparisons: {why}")
    return Counted(counts, None, {}, report.rejected)
