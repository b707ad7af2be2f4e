"""One export: rows from SQL, written as the format asks, confidential histories left out."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from interpref_core.system.safe_files import PRIVATE_FILE, open_file
from interpref_core.system.temporary_folders import scratch_folder
from interpref_core.text.lenient_json import read_json
from interpref_db.exporters.annotation_tools import DOCUMENTS, ComparedPair
from interpref_db.exporters.battles import Battle, battles
from interpref_db.exporters.confidential import OPEN, count_withheld, open_query
from interpref_db.exporters.file_endings import check_ending, format_of
from interpref_db.exporters.native import NATIVE_ORDER, TYPES, native_lines
from interpref_db.exporters.output_file import ExportError, find_target, reason_of, write_output
from interpref_db.exporters.parquet import write_lines, write_query
from interpref_db.exporters.preference_data import SHAPES, WITH_HISTORIES, NotRepresentable
from interpref_db.exporters.training import TRAINING, TRAINING_FORMATS, NoTraining, TrainingSelection, training_rows
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_db.study.study import Study

WHAT = (
    "histories",
    "preferences",
    "pairs",
    "items",
    "runs",
    "judgings",
    "responses",
    "verdicts",
    "comparisons",
    "scores",
    "report",
    "study",
    *TRAINING,
)
_TEXTS = ("markdown", "html")
FORMATS = ("jsonl", "json", "csv", "parquet", "native", *_TEXTS, *SHAPES, *DOCUMENTS)

# What a spreadsheet would take for a formula, at the start of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote. `left_out` counts records that are not in it, `left_out_why` for each reason."""

    path: str
    what: str
    format: str
    rows: int
    left_out_why: dict[str, int]

    @property
    def left_out(self) -> int:
        return sum(self.left_out_why.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "what": self.what,
            "format": self.format,
            "rows": self.rows,
            "left_out": self.left_out,
            "left_out_why": self.left_out_why,
        }


def export(
    study: Study,
    what: str,
    path: Path,
    *,
    format: str | None = None,
    include_confidential: bool = False,
    models: tuple[str, str] | None = None,
    chosen_responses: TrainingSelection | None = None,
    streams: bool = True,
) -> ExportReport:
    """Write one kind of record, or the whole study, to a file. Raises ExportError; BrokenPipeError where nobody reads
    standard output any more.

    `-` is standard output; without `streams` only regular files are written. `models` keeps only comparisons between two
    models (or runs); formats of other programs are for comparisons and training sets only. `chosen_responses` says which
    responses a training set is made of.
    """
    chosen = format or format_of(path, what)
    validate_request(what, chosen, models)
    target = find_target(path, study=study.path, streams=streams)
    check_ending(path, what, chosen, explicit=format is not None)
    why: Counter[str] = Counter()
    try:
        with write_output(target) as draft:
            if what in ("scores", "report"):
                rows = _write_scores(study, chosen, draft, include_confidential=include_confidential)
            else:
                private = {"include_confidential": include_confidential}
                with study.reading() as cursor:
                    if what in TRAINING:
                        selection = chosen_responses or TrainingSelection()
                        found_rows = training_rows(cursor, what, chosen, selection, why, **private)
                        rows = _write_rows(found_rows, path, draft)
                    elif chosen in SHAPES or chosen in DOCUMENTS:
                        found = _iter_battles(cursor, chosen, models, why, **private)
                        rows = _write_foreign(found, chosen, path, draft, why)
                    else:
                        rows = _write(cursor, what, chosen, draft, why, **private)
    except NoTraining as error:
        raise ExportError(str(error)) from None
    except OSError as error:
        if isinstance(error, BrokenPipeError) and target.on_stdout:
            raise
        raise ExportError(f"{target.name} cannot be written: {reason_of(error)}") from None
    return ExportReport(target.name, what, chosen, rows, {reason: n for reason, n in why.items() if n})


def validate_request(what: str, chosen: str, models: tuple[str, str] | None) -> None:
    """Raise ExportError, with the way out, for what cannot be asked for together."""
    if what not in WHAT:
        raise ExportError(f"there is nothing called {what!r} to export; there are {', '.join(WHAT)}")
    if chosen not in FORMATS:
        raise ExportError(f"there is no format {chosen!r}; there are {', '.join(FORMATS)}")
    if what == "study" and chosen != "native":
        raise ExportError("a whole study is exported as native JSON lines: --format native")
    if what in TRAINING:
        if chosen not in TRAINING_FORMATS:
            raise ExportError(f"a training set is written as {' or '.join(TRAINING_FORMATS)}: --format")
        if models:
            raise ExportError("--models is for comparisons; a training set is made of one run: --run")
        return
    foreign = chosen in SHAPES or chosen in DOCUMENTS
    if what != "comparisons" and (foreign or models):
        raise ExportError(f"{chosen if foreign else '--models'} is for comparisons: interpref export STUDY comparisons")
    if models and not foreign:
        raise ExportError(f"--models is for the formats {', '.join((*SHAPES, *DOCUMENTS))}")
    if (what == "report") != (chosen in _TEXTS):
        raise ExportError(f"a report is written as {' or '.join(_TEXTS)}, and nothing else is: --format")
    if what == "scores" and chosen == "native":
        raise ExportError("scores are counted, not kept: export them as jsonl, csv or parquet")


def _write_scores(study: Study, chosen: str, draft: Path, *, include_confidential: bool) -> int:
    """Every number of the study, as flat records or as a report; the number of records or lines."""
    from interpref_db.exporters.report import report, score_rows

    if chosen in _TEXTS:
        text = report(study, as_html=chosen == "html", include_confidential=include_confidential)
        with _opened_draft(draft) as file:
            file.write(text)
        return text.count("\n")
    rows = score_rows(study)
    if chosen == "parquet":
        _lines_to_parquet(iter(rows), draft)
        return len(rows)
    with _opened_draft(draft) as file:
        if chosen == "csv":
            return _write_csv_rows(iter(rows), file)
        return (_write_array if chosen == "json" else _write_lines)(iter(rows), file)


def _iter_battles(
    cursor: DuckDBPyConnection,
    chosen: str,
    models: tuple[str, str] | None,
    why: Counter[str],
    *,
    include_confidential: bool,
) -> Iterator[Battle]:
    """The comparisons that are asked for; those of items with a confidential history are left out."""
    for battle in battles(cursor, histories=chosen in WITH_HISTORIES):
        named = ({battle.model_a, battle.run_a}, {battle.model_b, battle.run_b})
        wanted = models is None or any(one in named[0] and two in named[1] for one, two in (models, models[::-1]))
        if not wanted:
            why["other models"] += 1
        elif battle.private and not include_confidential:
            why["confidential"] += 1
        else:
            yield battle


def _write_foreign(found: Iterator[Battle], chosen: str, path: Path, draft: Path, why: Counter[str]) -> int:
    """Write comparisons in another program's format; the number of comparisons that are in it."""
    if chosen in DOCUMENTS:
        try:
            document, count = DOCUMENTS[chosen](found, why)
        except ComparedPair as error:
            raise ExportError(str(error)) from None
        with _opened_draft(draft) as file:
            file.write(json.dumps(document, ensure_ascii=False, allow_nan=False, default=str) + "\n")
        return count
    written = [0]
    _write_rows(_iter_rows(found, chosen, why, written), path, draft)
    return written[0]


def _write_rows(rows: Iterator[dict[str, Any]], path: Path, draft: Path) -> int:
    """Rows of another program's format as the file's name asks for: Parquet, one JSON array, CSV, else JSON lines."""
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return _write_parquet(rows, draft)
    write = {".json": _write_array, ".csv": _write_csv_rows}.get(suffix, _write_lines)
    with _opened_draft(draft) as file:
        return write(rows, file)


def _iter_rows(found: Iterator[Battle], chosen: str, why: Counter[str], written: list[int]) -> Iterator[dict[str, Any]]:
    for battle in found:
        try:
            yield from SHAPES[chosen](battle)
        except NotRepresentable as error:
            why[str(error)] += 1
        else:
            written[0] += 1


def _write_parquet(rows: Iterator[dict[str, Any]], draft: Path) -> int:
    """Conversations as LIST<STRUCT<role, content>>, which `datasets` reads as such; what is nested besides as JSON text."""
    return _lines_to_parquet(
        ({**row, "interpref": json.dumps(row["interpref"])} if "interpref" in row else row for row in rows), draft
    )


def _lines_to_parquet(rows: Iterator[dict[str, Any]], draft: Path) -> int:
    with scratch_folder() as folder:
        lines = folder / "rows.jsonl"
        lines.touch(PRIVATE_FILE, exist_ok=False)
        with _opened_draft(lines) as file:
            count = _write_lines(rows, file)
        if not count:
            raise ExportError("there is nothing to export")
        write_lines(lines, draft)
        return count


def _opened_draft(draft: Path) -> IO[str]:
    """A draft that is there, opened for writing text; never through a link."""
    return os.fdopen(open_file(draft, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8", newline="")


def _write_csv_rows(rows: Iterator[dict[str, Any]], file: IO[str]) -> int:
    """Rows as CSV with the columns of them all; what is nested as JSON text. Which columns there are is known at the end: until
    then the rows wait in a temporary file."""
    names: dict[str, None] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as waiting:
        for row in rows:
            names.update(dict.fromkeys(row))
            waiting.write(json.dumps(row, ensure_ascii=True, default=str) + "\n")
        waiting.seek(0)
        again = (json.loads(line) for line in waiting)
        return _write_csv((tuple(row.get(name) for name in names) for row in again), list(names), file)


def _write(
    cursor: DuckDBPyConnection, what: str, chosen: str, draft: Path, why: Counter[str], *, include_confidential: bool
) -> int:
    if chosen == "native":
        # The comparisons of a study are the imported ones and what people labelled.
        kinds = {"study": NATIVE_ORDER, "comparisons": ("comparisons", "assignments", "labels")}.get(what, (what,))
        with _opened_draft(draft) as file:
            return sum(
                _write_lines(native_lines(cursor, kind, include_confidential=include_confidential, why=why), file)
                for kind in kinds
            )
    query = sql(f"export_{what}").strip().rstrip(";")
    parameters: dict[str, Any] = {}
    if not include_confidential and TYPES[what] not in OPEN:
        why[f"confidential {what}"] += (withheld := count_withheld(cursor, query, TYPES[what]))
        if withheld:
            query, parameters = open_query(query, TYPES[what])
    if chosen == "parquet":
        return write_query(cursor, query, parameters, draft)
    result = cursor.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    kinds_of = [str(column[1]) for column in result.description or []]
    with _opened_draft(draft) as file:
        if chosen == "csv":
            return _write_csv(_rows(result), names, file)
        nested = {name for name, kind in zip(names, kinds_of, strict=True) if kind == "JSON"}
        return (_write_array if chosen == "json" else _write_lines)(
            (
                {name: _decode_nested(name, value, nested) for name, value in zip(names, row, strict=True)}
                for row in _rows(result)
            ),
            file,
        )


def _decode_nested(name: str, value: Any, nested: set[str]) -> Any:
    return read_json(value) if name in nested else value


def _rows(result: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(2000):
        yield from rows


def _write_lines(lines: Iterator[dict[str, Any]], file: IO[str]) -> int:
    count = 0
    for line in lines:
        file.write(json.dumps(line, ensure_ascii=False, allow_nan=False, default=str) + "\n")
        count += 1
    return count


def _write_array(rows: Iterator[dict[str, Any]], file: IO[str]) -> int:
    """Rows as one JSON array, a line each."""
    count = 0
    for row in rows:
        file.write(",\n" if count else "[\n")
        file.write(json.dumps(row, ensure_ascii=False, allow_nan=False, default=str))
        count += 1
    file.write("\n]\n" if count else "[]\n")
    return count


def _write_csv(rows: Iterator[tuple[Any, ...]], names: list[str], file: IO[str]) -> int:
    writer = csv.writer(file)
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([escape_formula(value) for value in row])
        count += 1
    return count


def escape_formula(value: Any) -> Any:
    """A cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe before it. CSV has no place
    for zero bytes: they become U+FFFD."""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str):
        value = value.replace("\x00", "\ufffd")
        return "'" + value if value.startswith(_FORMULA) else value
    return value
