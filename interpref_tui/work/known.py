"""What a study knows already, for the engine: finished calls by their content hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from interpref_core.records import CachedCall, Tokens
from interpref_db.sqlfiles import sql

if TYPE_CHECKING:
    from interpref_db.study import Study


class KnownCalls:
    """Finished calls of a study. Only their hashes are held; a text is read when its hash is asked for."""

    def __init__(self, study: Study) -> None:
        self._study = study
        with study.reading() as cursor:
            self._hashes = {row[0] for row in cursor.execute(sql("known_calls")).fetchall()}

    def get(self, call: str) -> CachedCall | None:
        """A finished call, or None."""
        if call not in self._hashes:
            return None
        row = self._study.row("known_call", call=call)
        if row is None:
            return None
        made = json.loads(row["provenance"] or "{}")
        tokens = made.get("tokens")
        return CachedCall(
            text=row["text"],
            tokens=Tokens(**tokens) if tokens else None,
            latency=made.get("latency"),
            attempts=made.get("attempts"),
            finish_reason=made.get("finish_reason"),
            endpoint=made.get("endpoint"),
            cost=made.get("cost"),
        )

    def __len__(self) -> int:
        return len(self._hashes)
