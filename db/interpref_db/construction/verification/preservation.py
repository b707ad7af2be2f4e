"""How many preferences another model finds again in the conversations that carry them, and which are lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, offline_vectors
from interpref_core.metrics.rate_intervals import wilson_interval
from interpref_core.text.lenient_json import read_object, texts_of

if TYPE_CHECKING:
    from interpref_core.metrics.rate_intervals import Rate
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class LostPreference:
    """A preference that was not found again; `closest` is the note that is most like it, `similarity` how much (0 to 1)."""

    preference: str
    text: str
    closest: str | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Preservation:
    """`kept` with its interval. `by_model` counts those that a model decided about; the others by words, at `threshold`."""

    model: str | None
    kept: Rate
    by_model: int
    threshold: float
    lost: tuple[LostPreference, ...]

    def to_json(self) -> dict[str, Any]:
        rate = self.kept
        return {
            "model": self.model,
            "n": rate.n,
            "kept": rate.count,
            "rate": rate.rate,
            "low": rate.low,
            "high": rate.high,
            "by_model": self.by_model,
            "threshold": self.threshold,
            "lost": [
                {"preference": one.preference, "text": one.text, "closest": one.closest, "similarity": one.similarity}
                for one in self.lost
            ],
        }


def preservation(study: Study, *, threshold: float = DEFAULT_THRESHOLD) -> Preservation | None:
    """What the newest verification came to; None before there is one.

    A preference is kept where the model said so, or, where it was not asked, where a note is within the threshold (a
    distance of words: it sees paraphrases, not meanings).
    """
    import numpy as np

    rows = study.rows("verify_found")
    if not rows:
        return None
    notes = [read_object(row["made"]) for row in rows]
    texts = [row["text"] for row in rows] + [text for one in notes for text in texts_of(one.get("notes"))]
    vectors = offline_vectors(texts)
    lost: list[LostPreference] = []
    by_model = 0
    at = len(rows)
    for place, (row, made) in enumerate(zip(rows, notes, strict=True)):
        found = texts_of(made.get("notes"))
        similar = vectors.similarities(np.array([place]), np.arange(at, at + len(found)))[0] if found else np.zeros(0)
        at += len(found)
        best = int(similar.argmax()) if found else -1
        likeness = float(similar[best]) if found else 0.0
        said = made.get("same") if isinstance(made.get("same"), int) else None
        by_model += said is not None
        if not (said > 0 if said is not None else 1 - likeness <= threshold):
            closest = found[best] if found else None
            lost.append(LostPreference(row["preference"], row["text"], closest, round(likeness, 3)))
    kept = wilson_interval(len(rows) - len(lost), len(rows))
    return Preservation(rows[0]["model"], kept, by_model, threshold, tuple(lost))
