"""What stands on the lines of the cluster browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.clusters.cluster_rows import ClusterRow, Member
    from interpref_db.clusters.workspace import ClusterWorkspace

_BARS = " ▁▂▃▄▅▆▇█"
_OPENINGS = ("The user ", "用户", "该用户")
REPRESENTATIVE = "◆"


def cluster_row(one: ClusterRow) -> dict[str, Any]:
    """A cluster in the list; the search looks into its members too."""
    return {
        "key": one.cluster,
        "size": one.size,
        "title": f"“{one.title}”" if one.name else _without_opening(one.title),
        "category": one.subcategory or one.category or "–",
        "cohesion": one.cohesion,
        "text": " ".join(
            [one.title, one.category or "", one.subcategory or "", *(member.text for member in one.members)]
        ),
    }


def _without_opening(text: str) -> str:
    """A preference without the words that nearly all of them begin with: the list has little room."""
    for opening in _OPENINGS:
        if text.startswith(opening) and len(text) > len(opening):
            return text.removeprefix(opening)
    return text


def member_row(member: Member) -> dict[str, Any]:
    """A member in its list."""
    return {
        "key": member.place,
        "title": member.text,
        "distance": REPRESENTATIVE if member.representative else f"{member.distance:.2f}",
        "text": member.text,
    }


def members_title(one: ClusterRow | None) -> Text:
    """What is said over the members."""
    if one is None:
        return Text("")
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{one.size} member{'s' if one.size != 1 else ''}, {REPRESENTATIVE} stands for them")
    if one.category:
        text.append(f"   {sanitize(one.category)}{f' · {sanitize(one.subcategory)}' if one.subcategory else ''}")
    if one.touched:
        text.append("   kept whole by hand", "italic")
    return text


def threshold_line(desk: ClusterWorkspace, seen: Mapping[str, ClusterRow], wanted: float | None, would_be: int) -> Text:
    """The threshold and what it makes; where another one is looked at, what that would make."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"threshold {desk.threshold:.2f}", "bold")
    if wanted is None:
        several = sum(1 for one in seen.values() if one.size > 1)
        largest = max((one.size for one in seen.values()), default=0)
        text.append(f"   {len(seen):,} clusters, {several:,} of > 1, the largest {largest:,}")
        text.append("   - + move it", "italic")
    else:
        text.append(f" → {wanted:.2f}", "bold")
        text.append(f"   {len(seen):,} → {would_be:,} clusters   ")
        text.append("c cuts here, esc does not", "italic")
    return text


def merges_line(desk: ClusterWorkspace, threshold: float, width: int) -> Text:
    """How many merges there are at each distance from 0 to 1; a bar stands where the cut is."""
    columns = max(10, min(width - 24, 100))
    counts = desk.tree.histogram(columns)
    most = max(counts, default=0) or 1
    text = Text("merges 0 ", no_wrap=True)
    cut = min(columns, round(threshold * columns))
    for column, count in enumerate(counts):
        if column == cut:
            text.append("┃", "bold")
        level = 0 if not count else max(1, round(count / most * (len(_BARS) - 1)))
        text.append(_BARS[level], "" if column < cut else "dim")
    if cut >= columns:
        text.append("┃", "bold")
    text.append(" 1 distance")
    return text
