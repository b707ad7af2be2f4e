"""Putting histories into the study one by one, with refusals; what has no identifier is recognised by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.importers.json_records import InvalidRecord
from interpref_db.importers.memory_limit import modest_memory
from interpref_db.importers.report import FieldError, Rejected
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.importers.base import ImportContext


def convert_histories(
    context: ImportContext, records: Iterable[tuple[int, Any]], convert: Callable[[Any], Iterable[Record]]
) -> Iterator[tuple[int, Record]]:
    """Each record as native ones; what cannot be converted is refused with its line, field and reason."""
    for number, record in records:
        if isinstance(record, InvalidRecord):
            context.report.rejected.append(Rejected(str(context.path), number, record.reason, None, record.text))
            continue
        try:
            made = list(convert(record))
        except FieldError as wrong:
            context.report.rejected.append(Rejected(str(context.path), number, wrong.reason, wrong.field, record))
        else:
            yield from ((number, one) for one in made)


def insert_histories(context: ImportContext, records: Iterable[tuple[int, Record]]) -> None:
    """Stage the records, give identifiers to histories that have none, fold, and count."""
    origin = str(context.path)
    with modest_memory(context.writer.connection):
        context.writer.add(records, origin=origin)
        context.writer.connection.execute(sql("import_name_histories"), {"origin": origin})
        context.writer.connection.execute(sql("import_set_names"))
        mark_confidential(context, "staged_histories")
        context.writer.connection.execute(sql("import_keep_confidential"))
        context.report.took(context.writer.fold(origin), origin)


def fill_contents(connection: DuckDBPyConnection) -> None:
    """Number the contents of histories for which a bulk import has put that off."""
    if connection.execute(sql("import_put_off")).fetchall()[0][0]:
        connection.execute(sql("import_fill_contents"))


def mark_confidential(context: ImportContext, table: str) -> None:
    """Where the import is of confidential histories, those that the study has already become so as well."""
    if context.confidential:
        query = sql("import_mark_confidential").replace("TABLE_NAME", table)
        marked = context.writer.connection.execute(query).fetchall()[0][0]
        if marked:
            context.report.notices.append(f"{marked} histories that the study had are confidential from now on")
