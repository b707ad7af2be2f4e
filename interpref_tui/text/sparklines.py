"""Charts of a line or a few, as plain text: they read without colour, in any terminal that has block characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEIGHTS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values as heights, from 0 to the largest."""
    shown = list(values)[-width:] if width > 0 else []
    most = max(shown, default=0.0)
    if most <= 0:
        return _HEIGHTS[0] * len(shown)
    return "".join(_HEIGHTS[min(7, int(8 * value / most))] for value in shown)


def bar(share: float, width: int) -> str:
    """A bar as long as a share (0 to 1) of the width, in eighths of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def meter(share: float, width: int) -> str:
    """A bar whose empty part shows."""
    return bar(share, width).replace(" ", "░")


def histogram(buckets: Sequence[tuple[float, int]], lines: int, width: int) -> list[str]:
    """Counts by upper edge in seconds as bars under each other, at most so many lines of so many cells.

    Neighbouring buckets are taken together until they fit; edges grow by the same factor throughout.
    """
    if not buckets or lines < 1:
        return []
    groups = _together(buckets, lines)
    most = max(count for _, count in groups)
    counts = [f"{count:,}" for _, count in groups]
    room = max(4, width - 12 - max(map(len, counts)))
    return [
        f"{'to ' + _edge(edge):>9} {bar(count / most, room)} {text:>{max(map(len, counts))}}"
        for (edge, count), text in zip(groups, counts, strict=True)
    ]


def _together(buckets: Sequence[tuple[float, int]], lines: int) -> list[tuple[float, int]]:
    """The buckets in at most so many groups, as even on the scale of factors as they are; gaps between them stay."""
    from math import ceil, log2

    first, last = (log2(buckets[0][0]), log2(buckets[-1][0]))
    quarters = round((last - first) * 4) + 1
    size = ceil(quarters / lines)
    groups: dict[int, int] = dict.fromkeys(range(ceil(quarters / size)), 0)
    for edge, count in buckets:
        groups[round((log2(edge) - first) * 4) // size] += count
    return [(2 ** (first + ((number + 1) * size - 1) / 4), count) for number, count in groups.items()]


def _edge(seconds: float) -> str:
    """An edge of a bucket, exact enough to differ from its neighbours."""
    return f"{seconds:.2g} s" if 0.0995 <= seconds < 9.95 else format_duration(seconds)


def format_duration(seconds: float) -> str:
    """So many seconds, short: 12 ms, 1.4 s, 2m05, 3h10."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}h{minute:02}" if hours else f"{minute}m{second:02}"


def format_count(number: float) -> str:
    """A count, short: 950, 12.3k, 4.6M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            scaled = number / (1e3 if sign == "k" else size)
            return f"{scaled:.1f}{sign}" if scaled < 100 else f"{scaled:.0f}{sign}"
    return f"{number:,.0f}"
