"""Which turns of a history show what its user prefers, as far as words can tell: a hint for the eye, not a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.judging.overlap import FRAME, OverlapJudge
from interpref_core.words import spelled_words

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 5  # turns that are pointed at


def turns_by_words(
    turns: Sequence[tuple[str, str]], preference: str, other: str | None = None, *, most: int = MOST
) -> dict[int, list[str]]:
    """The user's turns that share most with a preference, by the measure of the overlap judge: words of the preference, not
    of the other one, each weighed by how few turns of this history have it.

    `turns` are (role, text) in order. Gives, by number from 0, the words as they are spelled there, heaviest first; turns
    whose words weigh nothing are left out.
    """
    judge = OverlapJudge.from_texts(text for _, text in turns)
    wanted = {form for form, _ in spelled_words(preference)} - FRAME
    wanted -= {form for form, _ in spelled_words(other or "")}
    found: list[tuple[float, int, list[str]]] = []
    for number, (role, text) in enumerate(turns):
        if role != "user":
            continue
        shared = {form: spelled for form, spelled in reversed(spelled_words(text)) if form in wanted}
        weights = {form: judge.weight(form) for form in shared}
        total = sum(weights.values())
        if total > 0:
            heaviest = sorted(shared, key=lambda form: (-weights[form], shared[form]))
            found.append((total, number, [shared[form] for form in heaviest]))
    found.sort(key=lambda one: (-one[0], one[1]))
    return {number: spelled for _, number, spelled in sorted(found[:most], key=lambda one: one[1])}
