"""A name that was mistyped: which one was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 12  # names that a line lists


def did_you_mean(name: str, among: Iterable[str]) -> str:
    """The rest of a line that says that there is no such name: which one is like it, else which there are."""
    from difflib import get_close_matches

    known = list(among)
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    if near:
        return f"do you mean {folded[near[0]]}?"
    listed = ", ".join(known[:_MOST]) or "none"
    return f"there are {listed}{f' and {len(known) - _MOST} more' if len(known) > _MOST else ''}"
