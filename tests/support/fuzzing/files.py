"""Files on their way into a study, and what must hold whatever is in them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zlib
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from interpref_db.errors import StudyError
from interpref_db.exporters import WHAT, ExportError, export
from interpref_db.importers import ImportRefused, ImportReport, import_files
from interpref_db.importers.base import ImportContext
from interpref_db.importers.json_records import attach_rejected_records
from interpref_db.importers.registry import importer_for
from interpref_db.importers.report import Rejected
from interpref_db.importers.sniff import sniff
from interpref_db.lists import query as lists
from interpref_db.lists.filter_language import FilterError
from interpref_db.scores.comparison_files import count_file
from interpref_db.scores.scoreboard import scoreboard, tables
from interpref_db.study import duckdb_core
from interpref_db.study.pending import STAGED
from interpref_db.study.study import Study
from interpref_db.study.writer import STAGED_TABLES, FoldReport, Writer
from tests.support.fuzzing.watching import check_line
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.support.fuzzing.seeds import Seed

_LONGEST_REASON = 600
_MADE = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_COUNTED = ("histories", "preferences", "pairs", "items", "runs", "responses", "verdicts", "comparisons", "labels")


class Imports:
    """One study in a folder of its own, into which file after file goes."""

    def __init__(self, folder: Path, first: Seed | None = None) -> None:
        self.folder = folder
        self._pristine = folder / "pristine.duckdb"
        small_study(self._pristine, small_records(2, text="The answer of")).close()
        if first is not None:
            with Study.open(self._pristine) as study:
                self._write(first.name, first.data)
                import_files(study, [folder / first.name])
        self.study = self._fresh()

    def _fresh(self) -> Study:
        path = self.folder / "s.duckdb"
        shutil.rmtree(self.folder / "s.journal", ignore_errors=True)
        shutil.copyfile(self._pristine, path)
        return Study.open(path)

    def renew(self) -> None:
        """Begin again with the study as it was at first."""
        self.study.close()
        for path in self.folder.iterdir():
            if path.is_file() and path != self._pristine:
                path.unlink()
        self.study = self._fresh()

    def close(self) -> None:
        """Let go of the study."""
        self.study.close()

    def _write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def check(self, name: str, data: bytes, one_each: tuple[str, ...] = ()) -> ImportReport:
        """Import a file twice; raises AssertionError where something does not hold that must."""
        path = self._write(name, data)
        before = self._here()
        with self._unchanged_where_refused(path) as told:
            report = told["report"] = import_files(self.study, [path])
        _check_report(report, path)
        rejected = path.with_name(f"{name}.rejected.jsonl")
        assert self._here() - before <= {rejected.name}, "something was written that is no list of refusals"
        if rejected.exists():
            assert all(isinstance(json.loads(line), dict) for line in rejected.read_text("utf-8").splitlines())
        if one_each and _is_whole(report):
            _check_sum(report, data, one_each)
        again = import_files(self.study, [path])
        added = {kind: number for kind, number in again.counts.items() if number}
        assert not added, f"the second time it brings {added}"
        path.unlink()
        rejected.unlink(missing_ok=True)
        return report

    def _here(self) -> set[str]:
        return {one.name for one in self.folder.iterdir() if one.name != "s.journal"}

    @contextmanager
    def _unchanged_where_refused(self, path: Path) -> Iterator[dict[str, ImportReport]]:
        """A file that is refused as a whole leaves the study as it was."""
        before = self.counts()
        told: dict[str, ImportReport] = {}
        yield told
        report = told["report"]
        if not _is_whole(report):
            assert self.counts() == before, f"{path.name} was refused, and yet the study is another"
        else:
            after = self.counts()
            grown = {kind: after[kind] - before[kind] for kind in before if after[kind] != before[kind]}
            said = {kind: number for kind, number in report.counts.items() if number and kind in before}
            assert grown == said, f"the study grew by {grown}, the report says {said}"

    def counts(self) -> dict[str, int]:
        """How many of each kind are settled."""
        query = "SELECT " + ", ".join(f"(SELECT count(*) FROM study.{kind})" for kind in _COUNTED)
        with self.study.reading() as cursor:
            return dict(zip(_COUNTED, cursor.execute(query).fetchall()[0], strict=True))

    def contents(self) -> dict[str, list[str]]:
        """What the study holds, whatever the order in which it came, without the identifiers that are made anew each time."""
        queries = {
            "histories": "SELECT id, content::VARCHAR, title, user_id, language, extra::VARCHAR FROM study.histories",
            "turns": "SELECT h.content::VARCHAR, position, role, t.content, time FROM study.turns AS t "
            "JOIN study.histories AS h ON h.key = t.history",
            "preferences": "SELECT text FROM study.preferences",
            "comparisons": "SELECT id, annotator, model_a, model_b, winner, item, extra::VARCHAR FROM study.comparisons",
            "verdicts": "SELECT choice, raw FROM study.verdicts",
            "responses": "SELECT run, text FROM study.responses",
        }
        with self.study.reading() as cursor:
            found = {name: cursor.execute(query).fetchall() for name, query in queries.items()}
        return {name: sorted(_MADE.sub("*", repr(row)) for row in rows) for name, rows in found.items()}

    def check_same(self, name: str, data: bytes, variants: Iterable[tuple[str, list[bytes]]]) -> None:
        """The same in another form brings the same: counts, refusals, and what the study holds then."""
        expected = self._outcome(name, [data])
        for form, parts in variants:
            renamed = f"{name}.gz" if form == "gzip" else name
            found = self._outcome(renamed, parts)
            assert found == expected, f"{form}: {_difference(expected, found)}"

    def _outcome(self, name: str, parts: list[bytes]) -> dict[str, Any]:
        """What comes of files of this name, one after the other, in a study as it was at first."""
        self.renew()
        report = ImportReport()
        for part in parts:
            report.add(import_files(self.study, [self._write(name, part)]))
        refused = sorted(f"{one.field} {one.reason}" for one in report.rejected if one.line)
        whole = any(not one.line for one in report.rejected)
        return {
            "counts": report.counts,
            "known": report.unchanged,
            "refused": refused,
            "whole": whole,
            **self.contents(),
        }

    def check_study(self) -> None:
        """The study opens, and all that reads it does, whatever has gone in."""
        self.study.close()
        with Study.open(self.folder / "s.duckdb") as study:
            json.dumps(scoreboard(study).to_json(), allow_nan=False)
            tables(scoreboard(study))
            with study.reading() as cursor:
                for kind in lists.LIST_SPECS:
                    for row in lists.rows(cursor, kind, limit=200):
                        json.dumps(row, default=str)
            for what in WHAT:
                _export(study, what, self.folder / f"out.{what}")
            for shape in (
                "csv",
                "parquet",
                "arena",
                "argilla",
                "label-studio",
                "llm-comparator",
                "alpaca-eval",
                "trl",
                "native",
            ):
                _export(study, "comparisons", self.folder / "out.comparisons", shape)
            copy = self.folder / "out.study"
            if copy.exists():
                _check_round_trip(study, copy, self.folder / "copy.duckdb")
        self.study = Study.open(self.folder / "s.duckdb")


class _DryWriter(Writer):
    """A writer that makes each record into its line, and goes no further: a hundred files in the time of one import."""

    def add(self, records: Iterable[Any], *, origin: str) -> None:
        self.stage()
        for entry in records:
            record = entry[1] if isinstance(entry, tuple) else entry
            line = record if isinstance(record, dict) else record.to_json()
            json.dumps(line, ensure_ascii=False, allow_nan=False).encode()

    def fold(self, origin: str) -> FoldReport:
        return FoldReport()


class Readings:
    """Files read and converted as an import does, but not put into the study. Use it as a context."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self._open = ExitStack()

    def __enter__(self) -> Readings:
        self._begin()
        return self

    def _begin(self) -> None:
        self._open.close()
        writer = self._open.enter_context(self._imports.study.writing("fuzzing"))
        self._writer = _DryWriter(writer.connection, self._imports.study.places, "")
        self._writer.stage()

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def check(self, name: str, data: bytes) -> ImportReport:
        """Read a file; raises whatever an importer lets through that is no refusal."""
        path = self._imports.folder / name
        path.write_bytes(data)
        report = ImportReport()
        try:
            head = sniff(path)
            importer = importer_for(head, None)
            report.format = importer.name
            importer.load(ImportContext(self._writer, path, head, report))
            attach_rejected_records(report.rejected, head)
        except (ImportRefused, OSError, EOFError, zlib.error) as error:
            check_line(error)
            report.rejected.append(Rejected(str(path), 0, str(error)))
        except duckdb_core.Error:
            # An import is over then, and says so. What is open here takes no more.
            self._begin()
            report.rejected.append(Rejected(str(path), 0, "refused by the database"))
        for table in STAGED_TABLES:
            self._writer.connection.execute(f"DELETE FROM {STAGED}{table}")
        _check_report(report, path)
        return report


def _export(study: Study, what: str, path: Path, shape: str | None = None) -> None:
    try:
        export(study, what, path, format=shape, include_confidential=True)
    except ExportError as error:
        check_line(error)


def _check_round_trip(study: Study, exported: Path, copy: Path) -> None:
    """What was exported goes into a new study, whole."""
    lines = sum(1 for line in exported.read_bytes().split(b"\n") if line.strip())
    renamed = exported.rename(exported.with_suffix(".jsonl"))
    with Study.open(copy, create=True) as other:
        report = import_files(other, [renamed])
        assert report.rejected == [] or lines == 0, report.rejected[:3]
    copy.unlink()
    assert study.path.exists()


def _is_whole(report: ImportReport) -> bool:
    """Whether a file went in, if only in part."""
    return not any(one.line == 0 for one in report.rejected)


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """What of two outcomes differs, briefly."""
    told = []
    for name, expected in one.items():
        found = other[name]
        if isinstance(expected, list) and isinstance(found, list):
            expected, found = (
                list((Counter(expected) - Counter(found)).items()),
                list((Counter(found) - Counter(expected)).items()),
            )
        if expected != found:
            told.append(f"{name}: {str(expected)[:400]} became {str(found)[:400]}")
    return "; ".join(told)


def forms_of(seed: Seed, data: bytes, chance: random.Random) -> list[tuple[str, list[bytes]]]:
    """The same file in other forms: packed, with a mark before it, with other line ends, in another order, in two."""
    forms = [("gzip", [gzip.compress(data, mtime=0)]), ("byte order mark", [b"\xef\xbb\xbf" + data])]
    if records_in(data) is None:
        return forms
    lines = [line for line in data.split(b"\n") if line.strip()]
    forms.append(("CRLF", [b"\r\n".join(lines) + b"\r\n"]))
    if seed.one_each:
        chance.shuffle(lines)
        forms += [("order", [b"\n".join(lines)]), ("two files", [b"\n".join(lines[:1]), b"\n".join(lines[1:])])]
    return forms


def _check_report(report: ImportReport, path: Path) -> None:
    assert report.format or report.rejected
    document = json.dumps(report.to_json(), allow_nan=False)
    assert json.loads(document)["rejected"] == [one.to_json() for one in report.rejected]
    for one in report.rejected:
        assert one.file == str(path)
        assert one.line >= 0
        assert one.reason.strip()
        assert "\n" not in one.reason, one.reason
        assert len(one.reason) < _LONGEST_REASON, one.reason


def _check_sum(report: ImportReport, data: bytes, kinds: tuple[str, ...]) -> None:
    """Every record went in, was there, or was refused."""
    records = records_in(data)
    if records is not None:
        went_in = sum(report.counts[kind] for kind in kinds)
        counted = went_in + report.unchanged + len({one.line for one in report.rejected})
        assert counted == records, (
            f"{went_in} in, {report.unchanged} known, {len(report.rejected)} refused of {records}"
        )


def records_in(data: bytes) -> int | None:
    """How many records a file of JSON lines has; None where it is no such file."""
    if data[:1] != b"{" or data[:2] == b"\x1f\x8b":
        return None
    lines = [line for line in data.split(b"\n") if line.strip()]
    return len(lines) if len(lines) > 1 else None


def rank_file(path: Path) -> None:
    """Count a file of comparisons as `rank` does; a refusal is one line."""
    for cluster in (None, "annotator"):
        try:
            counted = count_file(path, cluster=cluster)
        except (ImportRefused, StudyError) as error:
            check_line(error)
        else:
            assert all(count >= 0 for count in counted.left_out.values())


def filter_lists(study: Study, text: str) -> None:
    """Ask every list of a study with a filter; a filter that is wrong says so in one line."""
    with study.reading() as cursor:
        for kind in lists.LIST_SPECS:
            try:
                asked = lists.with_filter(kind, text)
            except FilterError as error:
                check_line(str(error).replace(text, "").replace("\n", " "))
            else:
                lists.keys(cursor, kind, asked, limit=50)
                lists.count(cursor, kind, asked)
