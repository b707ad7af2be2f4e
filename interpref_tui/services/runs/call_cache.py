"""What a study knows already, for the engine: finished calls by their content hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.records.runs import CachedCall, Tokens
from interpref_core.text.lenient_json import read_object, text_of
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_db.study.study import Study


class StudyCallCache:
    """Finished calls of a study, as they were when this was made. Of each only 64 bits of its hash are held (a million take
    8 MB); texts are read when they are asked for, many at a time.
    """

    def __init__(self, study: Study) -> None:
        import numpy as np

        self._study = study
        with study.reading() as cursor:
            self._hashes = np.sort(cursor.execute(sql("known_calls")).fetchnumpy()["hash"])

    def __contains__(self, call: object) -> bool:
        """Whether the call is known; once in a few billion wrongly so, and then `get` finds nothing."""
        import numpy as np

        if not isinstance(call, str) or not len(self._hashes):
            return False
        wanted = np.uint64(int(call[:16], 16))
        place = int(np.searchsorted(self._hashes, wanted))
        return place < len(self._hashes) and bool(self._hashes[place] == wanted)

    def get(self, call: str) -> CachedCall | None:
        """A finished call, or None."""
        return self.get_many([call]).get(call) if call in self else None

    def get_many(self, calls: Sequence[str]) -> dict[str, CachedCall]:
        """Those of the calls that are finished."""
        with self._study.reading(fresh=False) as cursor:
            rows = cursor.execute(sql("known_call"), {"calls": list(calls)}).fetchall()
        return {call: _parse_cached_call(text, provenance) for call, text, provenance in rows}

    def __len__(self) -> int:
        return len(self._hashes)


def _parse_cached_call(text: str, provenance: str | None) -> CachedCall:
    made = read_object(provenance)
    tokens = read_object(made.get("tokens"))
    return CachedCall(
        text=text,
        tokens=Tokens(**_counts(tokens)) if tokens else None,
        latency=_number(made.get("latency")),
        attempts=_count(made.get("attempts")),
        finish_reason=text_of(made.get("finish_reason")),
        endpoint=text_of(made.get("endpoint")),
        cost=_number(made.get("cost")),
    )


def _counts(told: dict[str, object]) -> dict[str, int | None]:
    return {name: _count(told.get(name)) for name in ("prompt", "cached", "completion")}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
