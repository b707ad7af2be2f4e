"""Charts of plain text: as wide as asked, every count in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from interpref_core.engine.latency import LatencyHistogram
from interpref_tui.text.sparklines import bar, format_count, format_duration, histogram, meter, sparkline


def test_a_sparkline_shows_the_last_values_by_their_share_of_the_largest() -> None:
    assert sparkline([0, 1, 2, 4, 8], 4) == "▂▃▅█"
    assert sparkline([0, 0], 5) == "▁▁"
    assert sparkline([], 5) == ""


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 60))
def test_bars_are_exactly_as_wide_as_asked(share: float, width: int) -> None:
    assert cell_len(bar(share, width)) == width
    assert " " not in meter(share, width)


@given(st.lists(st.floats(0.001, 5000), min_size=1, max_size=300), st.integers(1, 12), st.integers(24, 90))
def test_a_histogram_fits_and_counts_everything(seconds: list[float], lines: int, width: int) -> None:
    counted = LatencyHistogram()
    for value in seconds:
        counted.add(value)
    found = histogram(counted.snapshot().buckets, lines, width)
    assert 1 <= len(found) <= lines
    assert all(cell_len(line) <= width for line in found)
    assert sum(int(line.split()[-1].replace(",", "")) for line in found) == len(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12 ms"), (1.44, "1.4 s"), (12.4, "12 s"), (125, "2m05"), (11400, "3h10"), (59.7, "1m00")],
)
def test_spans_are_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(950, "950"), (9999, "9,999"), (12345, "12.3k"), (4.56e6, "4.6M")])
def test_counts_are_short(number: float, text: str) -> None:
    assert format_count(number) == text
