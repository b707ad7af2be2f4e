"""Tables beside the rates: corrected rates, judges, stages, failures, diversity."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from interpref_db.scores.breakdowns import load_evaluators
from interpref_db.scores.tables.rates import _judged_drilldown, _query_drilldown
from interpref_db.tables import DrillDown, Table, format_interval, format_percent

if TYPE_CHECKING:
    from interpref_db.scores.scoreboard_data import Scoreboard
_CORRECTED = (
    "Prediction-powered inference: the judge's rate, moved by what it is off where people have looked. It is right where the "
    "labelled items are a random part of all."
)


def corrected_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    for one in board.scored:
        found = board.details[one.run_id, one.judge].corrected
        if found is None:
            continue
        rows.append(
            (
                one.run,
                one.judge,
                format_percent(found.judge),
                format_percent(found.rate),
                format_interval(found.low, found.high),
                str(found.labelled),
                f"{format_percent(found.people)} ({format_interval(found.people_low, found.people_high)})",
                format_percent(found.judge_there),
                f"{found.weight:.2f}",
            )
        )
        everything = _judged_drilldown(one, "judged")
        matched = _query_drilldown(one, "matched by people", "behind_labelled")
        behind.append((everything, everything, everything, everything, everything, matched))
    return Table(
        "corrected",
        "Pass rates corrected by people's match labels",
        ("run", "judge", "raw", "corrected", "95 %", "labelled", "people there", "judge there", "weight"),
        tuple(rows),
        tuple(behind),
        (_CORRECTED,),
        frozenset({"run", "judge"}),
    )


def evaluator_table(board: Scoreboard) -> Table:
    found = load_evaluators(board.scored)
    names = {one.run_id: one for one in board.scored}
    scored = {(one.run_id, one.judge): one for one in board.scored}
    several = len(found["judges"]) > 1
    pairs = list(zip(found["runs"], found["rates"], strict=True)) if several else []
    return Table(
        "evaluators",
        "Evaluators and generators",
        ("run", "model", *found["judges"]),
        tuple((names[run].run, names[run].model, *map(format_percent, rates)) for run, rates in pairs),
        tuple(
            (
                None,
                None,
                *(_judged_drilldown(scored[run, j], "judged") if (run, j) in scored else None for j in found["judges"]),
            )
            for run, _ in pairs
        ),
        ("Pass rates of each run by each judge (the paper's Table 7).",),
        frozenset({"run", "model"}),
    )


def judges_table(board: Scoreboard) -> Table:
    names = {one.run_id: one.run for one in board.scored}
    rows, behind = [], []
    for run, found in board.judges.items():
        for name, one in (
            ("per cent", found.per_cent),
            ("Cohen's kappa", found.cohen),
            ("Krippendorff's alpha", found.krippendorff),
            ("Gwet's AC1", found.gwet),
        ):
            value = "-" if one.value is None else f"{one.value:.3f}"
            between = one.note or ("" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}")
            rows.append((names[run], name, value, between, str(found.raters), str(one.n_items)))
            behind.append((DrillDown("judged", f"{names[run]}: judged", {"run": names[run]}),))
    return Table(
        "judges' agreement",
        "Agreement of the judges of a run",
        ("run", "agreement", "value", "95 %", "judges", "verdicts"),
        tuple(rows),
        tuple(behind),
        ("Over the verdicts of all four orders that can be read; repeats of one judge are its self-consistency.",),
        frozenset({"run", "agreement"}),
    )


def stage_table(board: Scoreboard) -> Table:
    rows, behind, seen = [], [], set()
    for one in board.scored:
        stages = board.details[one.run_id, one.judge].stages
        if not stages or one.run_id in seen:
            continue
        seen.add(one.run_id)
        shares = [f"{format_percent(rate.rate)} ({format_interval(rate.low, rate.high)})" for rate in stages.values()]
        rows.append((one.run, str(next(iter(stages.values())).n), *shares))
        behind.append((DrillDown("responses", f"{one.run}: responses", {"run": one.run}),))
    return Table(
        "steps",
        "Steps of workflows that kept the preference",
        ("run", "answers", "extraction", "relevance", "construction"),
        tuple(rows),
        tuple(behind),
        ("By the words of the preference in what each step gave: a floor, since a step may say it in other words.",),
        frozenset({"run"}),
    )


def failure_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    failed = board.failures
    for facet in failed.facets():
        keys: dict[str, list[str]] = defaultdict(list)
        for one in failed.all:
            for name in one.names(facet):
                keys[name].append(one.key)
        for name, n in failed.counts(facet).items():
            rows.append((facet, name, str(n), format_percent(n / len(failed.all))))
            behind.append((DrillDown("judged", f"{facet}: {name}", keys=tuple(keys[name])),))
    return Table(
        "failures",
        "Failures",
        ("facet", "category", "n", "% of failures"),
        tuple(rows),
        tuple(behind),
        ("An item may have categories of several facets, and several of one.",),
        frozenset({"facet", "category"}),
    )


def diversity_table(board: Scoreboard) -> Table:
    found = board.diversity
    rows = [] if found is None else [(str(found.texts), *(f"{one:.3f}" for one in found.orders), f"{found.mean:.3f}")]
    return Table(
        "self-BLEU",
        "Self-BLEU of the histories",
        ("histories", "n = 1", "n = 2", "n = 3", "n = 4", "mean"),
        tuple(rows),
        tuple((DrillDown("histories", "histories"),) for _ in rows),
        () if found is None else (f"{found.repeats} samples of {found.sample} histories, {found.tokens} tokens each.",),
    )
