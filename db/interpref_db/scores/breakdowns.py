"""What stands behind a pass rate: the judge's bias, items that hang together, lengths, openings, people's labels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.text.lenient_json import read_object
from interpref_db.scores.run_batches import portions_of_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.metrics.agreement import Agreement
    from interpref_core.metrics.clustered_rates import ClusteredRate
    from interpref_core.metrics.length_split import LengthSplit
    from interpref_core.metrics.position_bias import PositionBias
    from interpref_core.metrics.prediction_powered import CorrectedRate
    from interpref_core.metrics.rate_intervals import Rate
    from interpref_core.metrics.self_bleu import SelfBleu
    from interpref_core.text.tokenizers import TokenizerName
    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class ScoreBreakdown:
    """Of one run by one judge. `clustered` is the pass rate by preference, `split` that of the longer and shorter half,
    `corrected` that corrected by people's match labels, `openings` the share of responses that open with a phrase about the
    user, `stages` the share of workflow answers whose steps kept the preference.
    """

    bias: PositionBias | None
    clustered: ClusteredRate | None
    split: LengthSplit | None
    corrected: CorrectedRate | None
    openings: Rate | None
    stages: Mapping[str, Rate]

    def to_json(self) -> dict[str, Any]:
        """What `score --json` adds to an entry of `pass_rate`."""
        from interpref_db.scores.pass_rates import rate_json

        return {
            "position_bias": self.bias.to_json() if self.bias else None,
            "by_preference": self.clustered.to_json() if self.clustered else None,
            "length_split": self.split.to_json() if self.split else None,
            "corrected": self.corrected.to_json() if self.corrected else None,
            "openings": rate_json(self.openings) if self.openings else None,
            "stages": {name: rate_json(rate) for name, rate in self.stages.items()},
        }


def load_breakdown(study: Study, scored: Sequence[RunScore]) -> dict[tuple[str, str], ScoreBreakdown]:
    """The details of each of these, by run (its identifier) and judge."""
    wanted = {score.run_id for score in scored}
    portions = portions_of_runs(study, wanted)
    with_verdicts = {run for portion in portions for run in portion}
    if left := sorted(wanted - with_verdicts):
        portions.append(left)
    found: dict[tuple[str, str], ScoreBreakdown] = {}
    for portion in portions:
        among = set(portion)
        found |= _details(study, [score for score in scored if score.run_id in among], portion)
    return {(one.run_id, one.judge): found[one.run_id, one.judge] for one in scored}


def _details(study: Study, scored: Sequence[RunScore], runs: list[str]) -> dict[tuple[str, str], ScoreBreakdown]:
    """The details of some runs."""
    from interpref_core.metrics.clustered_rates import clustered_rate
    from interpref_core.metrics.length_split import length_split
    from interpref_core.metrics.position_bias import position_bias
    from interpref_core.metrics.prediction_powered import corrected_rate

    items: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in study.rows("score_items", runs=runs, judge=None):
        items[row["run"], row["judge"]].append(row)
    openings, stages = _openings(study, runs), _stages(study, runs)
    found = {}
    for score in scored:
        rows = items[score.run_id, score.judge]
        found[score.run_id, score.judge] = ScoreBreakdown(
            position_bias(score.numbers.patterns),
            clustered_rate([(r["passed"], [p for p in (r["a"], r["b"]) if p is not None]) for r in rows]),
            length_split([(r["characters"], r["passed"]) for r in rows if r["characters"] is not None]),
            corrected_rate(
                [float(r["passed"]) for r in rows if r["people"] is None],
                [(float(r["passed"]), float(r["people"])) for r in rows if r["people"] is not None],
            ),
            openings.get(score.run_id),
            stages.get(score.run_id, {}),
        )
    return found


def _openings(study: Study, runs: list[str]) -> dict[str, Rate]:
    from interpref_core.metrics.rate_intervals import wilson_interval
    from interpref_core.text.openings import has_opening

    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in study.rows("score_openings", runs=runs):
        counts = counted[row["run"]]
        counts[0] += has_opening(row["head"])
        counts[1] += 1
    return {name: wilson_interval(count, n) for name, (count, n) in counted.items()}


def _stages(study: Study, runs: list[str]) -> dict[str, dict[str, Rate]]:
    """Sub-task completion of workflow runs: how many answers had the preference still after each step."""
    from interpref_core.failure_categories import STEPS, first_lost_stage
    from interpref_core.metrics.rate_intervals import wilson_interval

    names = [name for name, _ in STEPS]
    counted: dict[str, list[int]] = defaultdict(lambda: [0] * (len(names) + 1))
    for row in study.rows("score_stages", runs=runs):
        found = first_lost_stage(row["preference"], read_object(row["trace"]))
        if found is None:
            continue
        counts = counted[row["run"]]
        counts[-1] += 1
        for place in range(names.index(found[0]) if found[0] else len(names)):
            counts[place] += 1
    return {
        run_id: {name: wilson_interval(counts[place], counts[-1]) for place, name in enumerate(names)}
        for run_id, counts in counted.items()
    }


def judges_agree(study: Study, scored: Sequence[RunScore]) -> dict[str, Agreement]:
    """Agreement of the judges of each run (by identifier) that two or more have judged, over the verdicts of all orders."""
    from interpref_core.metrics.agreement import agreement
    from interpref_core.metrics.ratings import Ratings

    wanted = {(one.run_id, one.judge) for one in scored}
    judges: dict[str, set[str]] = defaultdict(set)
    for run, judge in wanted:
        judges[run].add(judge)
    several = {run for run, among in judges.items() if len(among) > 1}
    agree: dict[str, Agreement] = {}
    for portion in portions_of_runs(study, several) if several else ():
        ratings: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for row in study.rows("score_verdict_ratings", runs=portion):
            if (row["run"], row["judge"]) in wanted:
                ratings[row["run"]].append((row["entry"], row["judge"], row["choice"]))
        agree |= {
            run: agreement(Ratings.of(found))
            for run, found in ratings.items()
            if len({judge for _, judge, _ in found}) > 1
        }
    return dict(sorted(agree.items()))


def load_evaluators(scored: Sequence[RunScore]) -> dict[str, Any]:
    """Evaluator x generator (the paper's Table 7): pass rates of every run by every judge, where there are two judges."""
    judges = sorted({one.judge for one in scored})
    runs = list(dict.fromkeys(one.run_id for one in scored))
    rates = {(one.run_id, one.judge): one.numbers.passed.rate for one in scored}
    table = [[rates.get((run, judge)) for judge in judges] for run in runs]
    return {"judges": judges, "runs": runs, "rates": table}


def diversity(
    study: Study, *, tokenizer: TokenizerName = "words", seed: int = 0, repeats: int = 100
) -> SelfBleu | None:
    """Self-BLEU of the histories at the paper's setting (Table 5); None for fewer than two. Raises NoTokenizer."""
    from interpref_core.metrics.self_bleu import sampled_self_bleu
    from interpref_core.text.tokenizers import tokenizer as tokenizer_of

    cut = tokenizer_of(tokenizer)
    texts = [cut(row["text"]) for row in study.rows("score_histories")]
    return sampled_self_bleu(texts, seed=seed, repeats=repeats) if len(texts) > 1 else None
