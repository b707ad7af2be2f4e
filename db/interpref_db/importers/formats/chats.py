"""Histories from ShareGPT and OpenAI files: in bulk by SQL where they are JSON lines, one by one otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.importers.bulk_histories import load_lines
from interpref_db.importers.formats.chat_records import chat_flavor, history_of
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import iter_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext


class Chats:
    """Both formats, which many files mix."""

    rank = 5

    def __init__(self, name: str) -> None:
        self.name = name

    def recognizes(self, head: FileHead) -> bool:
        return head.container != "table" and chat_flavor(head) == self.name

    def load(self, context: ImportContext) -> None:
        def convert(record: Any) -> Iterable[Record]:
            return (history_of(record, source=context.source or self.name, confidential=context.confidential),)

        if context.head.container == "lines":
            load_lines(context, context.source or self.name, convert)
            return
        insert_histories(context, convert_histories(context, iter_records(context.head), convert))
