"""Histories from ShareGPT and OpenAI files: in bulk by SQL where they are JSON lines, one by one otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.importers.bulk_histories import load_lines
from interpref_db.importers.formats.chat_records import flavour, history_of
from interpref_db.importers.history_writer import converted, put
from interpref_db.importers.json_records import records_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.records.base import Record
    from interpref_db.importers.base import Context, Head


class Chats:
    """Both formats, which many files mix."""

    rank = 5

    def __init__(self, name: str) -> None:
        self.name = name

    def knows(self, head: Head) -> bool:
        return head.container != "table" and flavour(head) == self.name

    def load(self, context: Context) -> None:
        def convert(record: Any) -> Iterable[Record]:
            return (history_of(record, source=context.source or self.name, confidential=context.confidential),)

        if context.head.container == "lines":
            load_lines(context, context.source or self.name, convert)
            return
        put(context, converted(context, records_of(context.head), convert))
