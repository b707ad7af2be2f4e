"""Scores of a study: SQL counts, the metrics of the science turn counts into numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.verdict_patterns import CHANCE, PassRate, pass_rate

if TYPE_CHECKING:
    from interpref_core.metrics.rate_intervals import Rate
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class RunScore:
    """One judge over one run. `expected` counts the items that are to be judged, `numbers.passed.n` those that are."""

    run_id: str
    run: str
    model: str
    paradigm: str
    judge: str
    sample: bool
    expected: int
    numbers: PassRate

    def to_json(self) -> dict[str, Any]:
        """The entry of `score --json`; shares are in [0, 1]."""
        numbers = self.numbers
        return {
            "run": self.run_id,
            "name": self.run,
            "model": self.model,
            "paradigm": self.paradigm,
            "judge": self.judge,
            "sample": self.sample,
            "n": numbers.passed.n,
            "expected": self.expected,
            "passed": numbers.passed.count,
            "rate": numbers.passed.rate,
            "low": numbers.passed.low,
            "high": numbers.passed.high,
            "chance": CHANCE,
            "unreadable": numbers.unreadable,
            "without_unreadable": rate_json(numbers.readable),
            "patterns": numbers.patterns,
            "meanings": numbers.meanings,
            "orders": [rate_json(rate) for rate in numbers.per_order],
            "left": rate_json(numbers.left),
            "consistency": {
                "response_swap": rate_json(numbers.response_swap),
                "preference_swap": rate_json(numbers.preference_swap),
            },
        }


def rate_json(rate: Rate) -> dict[str, Any]:
    """A share with its interval, as JSON."""
    return {"n": rate.n, "count": rate.count, "rate": rate.rate, "low": rate.low, "high": rate.high}


def pass_rates(study: Study) -> list[RunScore]:
    """The pass rate of every run by every judge that has judged any of it, in order of runs and judges."""
    groups: dict[tuple[str, str], tuple[dict[str, Any], dict[str, int]]] = {}
    for row in study.rows("score_patterns"):
        _head, counts = groups.setdefault((row["run_id"], row["judge"]), (row, {}))
        if row["pattern"] is not None:
            counts[row["pattern"]] = row["n"]
    return [
        RunScore(
            head["run_id"],
            head["run"],
            head["model"],
            head["paradigm"],
            head["judge"],
            head["sample"],
            head["expected"],
            pass_rate(counts),
        )
        for head, counts in groups.values()
    ]
