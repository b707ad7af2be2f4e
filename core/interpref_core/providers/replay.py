"""Answers from a file: for tests, for published logs, for showing a run again without paying for it.

Each line of the file is one of

    {"hash": CALL, "text": …}      answers the call with this content hash (as provenance has it)
    {"query": …, "text": …}        answers when the last user message is, or ends with, this text
    {"text": …}                    these answer, in order, the requests that no other line answers
    {"identity": …}                first line only: whose calls the hashes are of (the provider's identity: "openai ADDRESS
                                   MODEL"); without it they are of the identity "replay"

`finish_reason` and `tokens` ({"prompt", "cached", "completion"}) may be given with a text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.providers.base import ProviderError, Reply, Request, check_length
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from pathlib import Path

FORMS = '{"hash" or "query": …, "text": …}'


class ReplayProvider:
    """Replays FILE.jsonl. Local, instant, and one request after the other, so that what is in order stays so."""

    kind = "replay"
    local = True
    at_once: int | None = 1
    endpoint: str | None = None

    def __init__(self, path: Path) -> None:
        """Raises ProviderError when the file cannot be read or a line is not one of the forms."""
        self.model = path.name
        self._path = path
        self._by_hash: dict[str, Reply] = {}
        self._by_query: dict[str, Reply] = {}
        self._in_order: list[Reply] = []
        self._next = 0
        self._hashed_as = "replay"
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ProviderError(f"{path} cannot be read: {why}", kind="file", retryable=False) from None
        self.identity = f"replay {content_hash(text)[:16]}"
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                self._take(number, line)

    def _take(self, number: int, line: str) -> None:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if number == 1 and isinstance(entry, dict) and isinstance(entry.get("identity"), str):
            self.identity = self._hashed_as = entry["identity"]
            return
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise ProviderError(f"{self._path}, line {number}: not {FORMS}", kind="file", retryable=False)
        reply = self._reply(entry)
        if isinstance(entry.get("hash"), str):
            self._by_hash[entry["hash"]] = reply
        elif isinstance(entry.get("query"), str):
            self._by_query[entry["query"]] = reply
        else:
            self._in_order.append(reply)

    def _reply(self, entry: dict[str, Any]) -> Reply:
        reason = entry.get("finish_reason", "stop")
        given = entry.get("tokens")
        counts = given if isinstance(given, dict) else {}
        tokens = {
            name: counts[name] for name in ("prompt", "cached", "completion") if isinstance(counts.get(name), int)
        }
        return Reply(
            text=entry["text"],
            finish_reason=reason if isinstance(reason, str) else None,
            tokens=Tokens(**tokens),
            model=self.model,
        )

    async def prepare(self) -> None:
        """Nothing to prepare: the file is read when it is opened."""

    async def complete(self, request: Request) -> Reply:
        """The answer that the file has for this request. Raises ProviderError when it has none."""
        found = self._find(request)
        if found is None:
            raise ProviderError(f"{self._path} has no answer for this request", kind="replay", retryable=False)
        check_length(found.text)
        return found

    def _find(self, request: Request) -> Reply | None:
        found = self._by_hash.get(request.hash(self._hashed_as)) if self._by_hash else None
        if found is None and self._by_query:
            asked = next((message.content for message in reversed(request.messages) if message.role == "user"), "")
            found = self._by_query.get(asked)
            if found is None:
                ending = asked.rstrip()
                ends = [query for query in self._by_query if query and ending.endswith(query)]
                found = self._by_query[max(ends, key=len)] if ends else None
        if found is None and self._next < len(self._in_order):
            found = self._in_order[self._next]
            self._next += 1
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
