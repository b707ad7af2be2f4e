"""The latency histogram: every call counted, quantiles within the width of a bucket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interpref_core.engine.latency import STEPS, LatencyHistogram, LatencySummary

seconds = st.floats(min_value=0.001, max_value=10_000, allow_nan=False)


def of(values: list[float]) -> LatencySummary:
    counted = LatencyHistogram()
    for value in values:
        counted.add(value)
    return counted.snapshot()


def test_without_calls_there_is_nothing_to_say() -> None:
    assert of([]) == LatencySummary()


@given(st.lists(seconds, min_size=1, max_size=200))
def test_every_call_is_in_one_bucket_and_quantiles_are_close(values: list[float]) -> None:
    found = of(values)
    assert found.count == sum(count for _, count in found.buckets) == len(values)
    edges = [edge for edge, _ in found.buckets]
    assert edges == sorted(edges)
    ordered = sorted(values)
    for share, told in ((0.50, found.p50), (0.95, found.p95), (0.99, found.p99)):
        exact = next(v for n, v in enumerate(ordered, 1) if n >= share * len(ordered))
        assert told is not None
        assert exact / 2 ** (1 / STEPS) - 2e-4 <= told <= exact * 2 ** (1 / STEPS) + 2e-4


def test_what_is_beyond_the_scale_is_counted_at_its_ends() -> None:
    found = of([0.0, -1.0, float("nan"), 1e9])
    assert found.count == 4
    assert len(found.buckets) == 2
