"""The numbers of a study as they are held, before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_db.scores.breakdowns import ScoreBreakdown, load_evaluators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.metrics.agreement import Agreement
    from interpref_core.metrics.self_bleu import SelfBleu
    from interpref_db.failures.failures import Failures
    from interpref_db.scores.leaderboard import ComparisonScores
    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.scores.run_pairs import PairedComparison


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """All the numbers of a study."""

    scored: tuple[RunScore, ...]
    details: Mapping[tuple[str, str], ScoreBreakdown]
    against: tuple[PairedComparison, ...]
    compared: ComparisonScores | None
    failures: Failures
    judges: Mapping[str, Agreement]
    diversity: SelfBleu | None = None

    def to_json(self) -> dict[str, Any]:
        """The document of `score --json`."""
        empty: dict[str, Any] = {
            "win_rate": {"models": [], "matrix": [], "counts": []},
            "bradley_terry": [],
            "pearson": None,
            "agreement": {},
        }
        rates = [one.to_json() | self.details[one.run_id, one.judge].to_json() for one in self.scored]
        return {
            "pass_rate": rates,
            **(self.compared.to_json() if self.compared else empty),
            "failures": self.failures.to_json(),
            "paired": [one.to_json() for one in self.against],
            "evaluators": load_evaluators(self.scored),
            "judges_agreement": [{"run": run, **found.to_json()} for run, found in self.judges.items()],
            "self_bleu": self.diversity.to_json() if self.diversity else None,
        }
