"""Answers from a file: for tests, for published logs, for showing a run again without paying for it.

Each line of the file is `{"hash": CALL, "text": …}` (the call's content hash, as provenance has it), or
`{"query": …, "text": …}` (the last user message, or the end of it), or `{"text": …}` alone: those answer, in order, the
requests that no other line answers. `finish_reason` and `tokens` may be given too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.providers.base import ProviderError, Reply, Request
from interpref_core.records import Tokens

if TYPE_CHECKING:
    from pathlib import Path


class ReplayProvider:
    """Replays FILE.jsonl. Local, and instant."""

    kind = "replay"
    local = True

    def __init__(self, path: Path) -> None:
        """Raises ProviderError when the file cannot be read or a line is not one of the forms."""
        self.model = path.name
        self._path = path
        self._by_hash: dict[str, dict[str, Any]] = {}
        self._by_query: dict[str, dict[str, Any]] = {}
        self._in_order: list[dict[str, Any]] = []
        self._next = 0
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderError(f"{path} cannot be read: {error}", kind="file", retryable=False) from None
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                self._take(number, line)
        self.identity = f"replay {content_hash(text)[:16]}"

    def _take(self, number: int, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise ProviderError(
                f'{self._path}, line {number}: not {{"hash" or "query": …, "text": …}}', kind="file", retryable=False
            )
        if isinstance(entry.get("hash"), str):
            self._by_hash[entry["hash"]] = entry
        elif isinstance(entry.get("query"), str):
            self._by_query[entry["query"]] = entry
        else:
            self._in_order.append(entry)

    async def complete(self, request: Request) -> Reply:
        """The answer that the file has for this request. Raises ProviderError when it has none."""
        entry = self._find(request)
        if entry is None:
            raise ProviderError(f"{self._path} has no answer for this request", kind="replay", retryable=False)
        tokens = entry.get("tokens") or {}
        return Reply(
            text=entry["text"],
            finish_reason=entry.get("finish_reason", "stop"),
            tokens=Tokens(**{name: tokens.get(name) for name in ("prompt", "cached", "completion")}),
            model=self.model,
        )

    def _find(self, request: Request) -> dict[str, Any] | None:
        found = self._by_hash.get(request.hash(self.identity))
        if found is None and self._by_query:
            last = request.messages[-1].content
            found = self._by_query.get(last) or next(
                (entry for query, entry in self._by_query.items() if last.rstrip().endswith(query)), None
            )
        if found is None and self._next < len(self._in_order):
            found = self._in_order[self._next]
            self._next += 1
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
