"""Answers to a batch of calls, from OpenAI's Batch API or `vllm run-batch`: also partial, out of order, with errors."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.credentials import clean_text
from interpref_core.ids import content_hash
from interpref_core.providers.base import ProviderError
from interpref_core.providers.openai.responses import error_message, read_reply
from interpref_core.records.runs import Call, Provenance
from interpref_db.importers.history_writer import convert_histories, insert_histories
from interpref_db.importers.json_records import iter_records
from interpref_db.importers.report import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

_HASH = re.compile(r"[0-9a-f]{64}")


class BatchAnswers:
    """Each line answers the call whose content hash is its `custom_id`; a failed one is refused with its reason, and is
    asked again by the next batch."""

    name = "OpenAI batch answers"
    rank = 60

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("lines", "array", "object") and any(
            "custom_id" in one and ("response" in one or "error" in one) for one in head.records
        )

    def load(self, context: ImportContext) -> None:
        records = [(1, dict(context.head.sample))] if context.head.container == "object" else iter_records(context.head)
        insert_histories(context, convert_histories(context, records, _call))
        went_in = context.report.counts.get("calls", 0)
        if went_in:
            context.report.notices.append(
                f"{went_in} answers are in; the command that wrote the batch, without --batch-out, makes records of them"
            )


def _call(record: Any) -> Iterator[Record]:
    if not isinstance(record, dict):
        raise FieldError(None, "not a JSON object")
    call = record.get("custom_id")
    if not isinstance(call, str) or not _HASH.fullmatch(call):
        raise FieldError("custom_id", "not one that interpref wrote (the content hash of a call)")
    if record.get("error"):
        raise FieldError("error", error_message({"error": record["error"]})[:300])
    response = record.get("response")
    if not isinstance(response, dict):
        raise FieldError("response", "missing or not an object")
    status = response.get("status_code", 200)
    if status != 200:
        raise FieldError("response.status_code", f"{status}: {error_message(response.get('body'))[:300]}")
    try:
        reply = read_reply(response.get("body"), 0.0, constrained=False)
        reply = replace(reply, text=clean_text(reply.text))
    except ProviderError as error:
        raise FieldError("response.body", clean_text(str(error))[:300]) from None
    body = response["body"]
    created = body.get("created")
    made = Provenance(
        provider="openai",
        model=reply.model,
        program=__version__,
        time=_time(created) if isinstance(created, int) and not isinstance(created, bool) else None,
        tokens=reply.tokens,
        finish_reason=reply.finish_reason,
        call=call,
    )
    yield Call(
        id=f"batch/{content_hash(call, reply.text)[:32]}", hash=call, stage="batch", text=reply.text, provenance=made
    )


def _time(seconds: int) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
