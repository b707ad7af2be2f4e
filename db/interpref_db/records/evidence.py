"""Which turns of a history carry a preference: by the trail of its construction where there is one, else by shared words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.preference_evidence import turns_sharing_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_db.study.study import Study

_NAMED = 60  # characters of a preference that are repeated
_WORDS = 4
_LOOKED_AT = 50_000  # characters of a turn


def evidence_of(
    study: Study,
    history: str,
    turns: Sequence[Mapping[str, Any]],
    preference: str | None = None,
    other: str | None = None,
) -> dict[int, str]:
    """What is known of the turns of a history, by number from 0, as a few words that say on what evidence.

    `source`: a preference was taken from this turn. `conversation`: construction put the turn in to carry it. Where
    neither is recorded, `words`: the turn shares these words with the preference (given, or those that the history is for).
    """
    found: dict[int, str] = {}
    for row in study.rows("evidence_turns", history=history):
        said = row["preference"] or ""
        said = said if len(said) <= _NAMED else said[: _NAMED - 1] + "…"
        for position in range(row["first_turn"], row["last_turn"] + 1):
            found.setdefault(position - 1, f"{row['why']}: {said}")
    if found:
        return found
    wanted: list[tuple[str, str | None]] = (
        [(preference, other)]
        if preference
        else [(row["text"], row["other"]) for row in study.rows("evidence_preferences", history=history)]
    )
    plain = [(turn["role"], turn["content"][:_LOOKED_AT]) for turn in turns]
    for wish, counterpart in wanted:
        for number, words in turns_sharing_words(plain, wish, counterpart).items():
            found.setdefault(number, f"words: {', '.join(words[:_WORDS])}")
    return found
