"""What stands behind a pass rate: the judge's bias, items that hang together, lengths, openings, people's labels; and runs
against each other over the same items."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.anyjson import read_object
from interpref_core.metrics.paired import Paired, compare_paired, holm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.metrics.agreement import Agreement
    from interpref_core.metrics.clusters import Clustered
    from interpref_core.metrics.corrected import Corrected
    from interpref_core.metrics.intervals import Rate
    from interpref_core.metrics.position import PositionBias
    from interpref_core.metrics.self_bleu import SelfBleu
    from interpref_core.metrics.splits import Split
    from interpref_core.tokens import TokenizerName
    from interpref_db.scores import Scored
    from interpref_db.study import Study


@dataclass(frozen=True, slots=True)
class Details:
    """Of one run by one judge. `clustered` is the pass rate by preference, `split` that of the longer and shorter half,
    `corrected` that corrected by people's match labels, `openings` the share of responses that open with a phrase about the
    user, `stages` the share of workflow answers whose steps kept the preference.
    """

    bias: PositionBias | None
    clustered: Clustered | None
    split: Split | None
    corrected: Corrected | None
    openings: Rate | None
    stages: Mapping[str, Rate]

    def to_json(self) -> dict[str, Any]:
        """What `score --json` adds to an entry of `pass_rate`."""
        from interpref_db.scores import rate_json

        return {
            "position_bias": self.bias.to_json() if self.bias else None,
            "by_preference": self.clustered.to_json() if self.clustered else None,
            "length_split": self.split.to_json() if self.split else None,
            "corrected": self.corrected.to_json() if self.corrected else None,
            "openings": rate_json(self.openings) if self.openings else None,
            "stages": {name: rate_json(rate) for name, rate in self.stages.items()},
        }


def details(study: Study, scored: Sequence[Scored]) -> dict[tuple[str, str], Details]:
    """The details of each of these, by run (its identifier) and judge."""
    from interpref_core.metrics.clusters import clustered_rate
    from interpref_core.metrics.corrected import corrected_rate
    from interpref_core.metrics.position import position_bias
    from interpref_core.metrics.splits import length_split

    one = scored[0].run_id if len({score.run_id for score in scored}) == 1 else None
    items: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in study.rows("score_items", run=one, judge=None):
        items[row["run"], row["judge"]].append(row)
    openings, stages = _openings(study, one), _stages(study, one)
    found = {}
    for score in scored:
        rows = items[score.run_id, score.judge]
        found[score.run_id, score.judge] = Details(
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


def _openings(study: Study, run: str | None) -> dict[str, Rate]:
    from interpref_core.metrics.intervals import wilson
    from interpref_core.openings import has_opening

    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in study.rows("score_openings", run=run):
        counts = counted[row["run"]]
        counts[0] += has_opening(row["head"])
        counts[1] += 1
    return {name: wilson(count, n) for name, (count, n) in counted.items()}


def _stages(study: Study, run: str | None) -> dict[str, dict[str, Rate]]:
    """Sub-task completion of workflow runs: how many answers had the preference still after each step."""
    from interpref_core.failures import STEPS, lost_at
    from interpref_core.metrics.intervals import wilson

    names = [name for name, _ in STEPS]
    counted: dict[str, list[int]] = defaultdict(lambda: [0] * (len(names) + 1))
    for row in study.rows("score_stages", run=run):
        found = lost_at(row["preference"], read_object(row["trace"]))
        if found is None:
            continue
        counts = counted[row["run"]]
        counts[-1] += 1
        for place in range(names.index(found[0]) if found[0] else len(names)):
            counts[place] += 1
    return {
        run_id: {name: wilson(counts[place], counts[-1]) for place, name in enumerate(names)}
        for run_id, counts in counted.items()
    }


@dataclass(frozen=True, slots=True)
class Against:
    """Two runs by one judge over the same items; `adjusted` is Holm's p over all such pairs of that judge."""

    judge: str
    run_a: str
    run_b: str
    paired: Paired
    adjusted: float

    def to_json(self) -> dict[str, Any]:
        """An entry of the key `paired` of `score --json`."""
        named = {"judge": self.judge, "run_a": self.run_a, "run_b": self.run_b}
        return named | self.paired.to_json() | {"p_holm": self.adjusted}


def against(study: Study, judges: Sequence[str] | None = None) -> list[Against]:
    """Every two runs that a judge saw over common items."""
    by_judge: dict[str, list[tuple[dict[str, Any], Paired]]] = defaultdict(list)
    for row in study.rows("score_pairs"):
        if judges is None or row["judge"] in judges:
            counts = compare_paired(row["both"], row["only_a"], row["only_b"], row["neither"])
            by_judge[row["judge"]].append((row, counts))
    found = []
    for judge, pairs in by_judge.items():
        adjusted = holm([paired.p for _, paired in pairs])
        found += [
            Against(judge, row["run_a"], row["run_b"], paired, p)
            for (row, paired), p in zip(pairs, adjusted, strict=True)
        ]
    return found


def judges_agree(study: Study, scored: Sequence[Scored]) -> dict[str, Agreement]:
    """Agreement of the judges of each run (by identifier) that two or more have judged, over the verdicts of all orders."""
    from interpref_core.metrics.agreement import Ratings, agreement

    wanted = {(one.run_id, one.judge) for one in scored}
    ratings: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in study.rows("score_verdict_ratings"):
        if (row["run"], row["judge"]) in wanted:
            ratings[row["run"]].append((row["entry"], row["judge"], row["choice"]))
    return {
        run: agreement(Ratings.of(found)) for run, found in ratings.items() if len({judge for _, judge, _ in found}) > 1
    }


def evaluators(scored: Sequence[Scored]) -> dict[str, Any]:
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
    from interpref_core.tokens import tokenizer as tokenizer_of

    cut = tokenizer_of(tokenizer)
    texts = [cut(row["text"]) for row in study.rows("score_histories")]
    return sampled_self_bleu(texts, seed=seed, repeats=repeats) if len(texts) > 1 else None
