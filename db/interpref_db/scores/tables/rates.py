"""Tables of what judges say of runs: rates with their uncertainty, and what stands behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.metrics.verdict_patterns import CHANCE, meaning_of
from interpref_db.tables import DrillDown, Table, format_interval, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_core.metrics.position_bias import Interval
    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.scores.run_pairs import PairedComparison
    from interpref_db.scores.scoreboard_data import Scoreboard


_POSITION = (
    "Right verdicts per order; share of Left; how often the verdict turned with the responses, or with the preferences, "
    "as it should. Intervals draw whole items anew."
)
_PAIRED = (
    "Exact McNemar test; Holm's correction over all pairs of a judge. Smallest: the least difference in points that would "
    "be significant with so many items that differ. Items needed: for this difference, with a power of 80 %."
)
_MOST_PAIRS = 200  # rows that a person reads


def _between(one: Interval) -> str:
    return "-" if one.value is None else f"{format_percent(one.value)} ({format_interval(one.low, one.high)})"


def _judged_drilldown(score: RunScore, title: str, **where: Any) -> DrillDown:
    return DrillDown(
        "judged", f"{score.run} by {score.judge}: {title}", {"run": score.run, "judge": score.judge, **where}
    )


def _query_drilldown(score: RunScore, title: str, query: str, **parameters: Any) -> DrillDown:
    named = {"run": score.run_id, "judge": score.judge, **parameters}
    return DrillDown("judged", f"{score.run} by {score.judge}: {title}", query=query, parameters=named)


def pass_rate_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    for one in board.scored:
        numbers, more = one.numbers, board.details[one.run_id, one.judge]
        by = more.clustered
        rows.append(
            (
                one.run + (" (sample)" if one.sample else ""),
                one.judge,
                f"{numbers.passed.n}/{one.expected}",
                str(numbers.passed.count),
                format_percent(numbers.passed.rate),
                format_interval(numbers.passed.low, numbers.passed.high),
                format_interval(by.low, by.high) if by else "-",
                format_percent(numbers.readable.rate),
                str(numbers.unreadable),
                format_percent(more.bias.floor.value) if more.bias else "-",
            )
        )
        everything, passed = _judged_drilldown(one, "judged"), _judged_drilldown(one, "passed", pattern="LRRL")
        behind.append((everything, everything, everything, passed, passed, everything))
    return Table(
        "pass rates",
        "Pass rates",
        (
            "run",
            "judge",
            "judged",
            "passed",
            "pass rate",
            "95 %",
            "95 % by preference",
            "readable only",
            "unreadable",
            "floor",
        ),
        tuple(rows),
        tuple(behind),
        (
            (
                f"Per cent of the items judged. Blind guessing passes {100 * CHANCE:g} %; floor is what this judge would pass with "
                "its eyes shut. The second interval takes items that share a preference together."
            ),
        ),
        frozenset({"run", "judge"}),
    )


def position_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    for one in board.scored:
        bias = board.details[one.run_id, one.judge].bias
        if bias is None:
            continue
        rows.append(
            (
                one.run,
                one.judge,
                *(_between(order) for order in bias.orders),
                _between(bias.left),
                _between(bias.response_swap),
                _between(bias.preference_swap),
                _between(bias.floor),
            )
        )
        everything = _judged_drilldown(one, "judged")
        wrong = [_query_drilldown(one, f"wrong in order {n}", "behind_order", order=n) for n in range(1, 5)]
        behind.append((everything, everything, *wrong, everything))
    return Table(
        "position bias",
        "Position bias of the judge",
        (
            "run",
            "judge",
            "order 1",
            "order 2",
            "order 3",
            "order 4",
            "left",
            "response swap",
            "preference swap",
            "floor",
        ),
        tuple(rows),
        tuple(behind),
        (_POSITION,),
        frozenset({"run", "judge"}),
    )


def pattern_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    for one in board.scored:
        n = one.numbers.passed.n
        for pattern, count in one.numbers.patterns.items():
            rows.append((one.run, one.judge, pattern, meaning_of(pattern), str(count), format_percent(count / n)))
            behind.append((_judged_drilldown(one, pattern, pattern=pattern),))
    return Table(
        "patterns",
        "Verdict patterns",
        ("run", "judge", "pattern", "meaning", "n", "%"),
        tuple(rows),
        tuple(behind),
        ("Left, Right, Don't know or Unreadable in orders 1-4; right is LRRL.",),
        frozenset({"run", "judge", "pattern", "meaning"}),
    )


def length_table(board: Scoreboard) -> Table:
    rows, behind = [], []
    for one in board.scored:
        split = board.details[one.run_id, one.judge].split
        if split is None:
            continue
        rows.append(
            (
                one.run,
                one.judge,
                format_percent(split.longer.rate),
                f"{split.length_longer:,.0f}",
                format_percent(split.shorter.rate),
                f"{split.length_shorter:,.0f}",
                f"{100 * split.difference:+.1f}",
                format_interval(split.low, split.high),
            )
        )
        longer = _query_drilldown(one, "longer half", "behind_half", longer=True)
        shorter = _query_drilldown(one, "shorter half", "behind_half", longer=False)
        everything = _judged_drilldown(one, "judged")
        behind.append((everything, everything, longer, longer, shorter, shorter, everything))
    return Table(
        "length",
        "Longer and shorter responses",
        ("run", "judge", "longer half", "characters", "shorter half", "characters ", "difference", "95 %"),
        tuple(rows),
        tuple(behind),
        ("Pass rates of two equal halves by mean length of an item's responses (the paper's Table 6).",),
        frozenset({"run", "judge"}),
    )


def opening_table(board: Scoreboard) -> Table:
    rows, behind, seen = [], [], set()
    for one in board.scored:
        openings = board.details[one.run_id, one.judge].openings
        if openings is None or one.run_id in seen:
            continue
        seen.add(one.run_id)
        rows.append(
            (
                one.run,
                str(openings.n),
                str(openings.count),
                format_percent(openings.rate),
                format_interval(openings.low, openings.high),
            )
        )
        behind.append((DrillDown("responses", f"{one.run}: responses", {"run": one.run}),))
    return Table(
        "openings",
        "Openings that give the preference away",
        ("run", "responses", "with an opening", "%", "95 %"),
        tuple(rows),
        tuple(behind),
        ('"Given your …", "Considering that you …": --strip-openings judges without them.',),
        frozenset({"run"}),
    )


def paired_table(board: Scoreboard) -> Table:
    names = {one.run_id: one.run for one in board.scored}
    rows, behind = [], []
    shown = _clearest(board.against)
    for one in shown:
        paired = one.paired
        rows.append(
            (
                names[one.run_a],
                names[one.run_b],
                one.judge,
                str(paired.n),
                str(paired.only_a),
                str(paired.only_b),
                f"{100 * paired.difference:+.1f}",
                format_interval(paired.low, paired.high),
                f"{paired.p:.3g}",
                f"{one.adjusted:.3g}",
                "-" if paired.smallest is None else format_percent(paired.smallest),
                "-" if paired.needed is None else f"{paired.needed:,}",
            )
        )
        first, second = (_passed_by_one(names, one, better) for better in (one.run_a, one.run_b))
        either = _passed_by_one(names, one, None)
        behind.append((either, either, either, either, first, second, either))
    return Table(
        "paired",
        "Runs against each other over the same items",
        (
            "first",
            "second",
            "judge",
            "items",
            "only first",
            "only second",
            "difference",
            "95 %",
            "p",
            "p (Holm)",
            "smallest",
            "items needed",
        ),
        tuple(rows),
        tuple(behind),
        (_PAIRED, *_left_out(len(board.against) - len(shown))),
        frozenset({"first", "second", "judge"}),
    )


def _clearest(pairs: Sequence[PairedComparison]) -> Sequence[PairedComparison]:
    """The pairs whose runs are told apart most surely, in the order that they had; all, where a person can read them."""
    if len(pairs) <= _MOST_PAIRS:
        return pairs
    places = sorted(range(len(pairs)), key=lambda place: (pairs[place].paired.p, place))[:_MOST_PAIRS]
    return [pairs[place] for place in sorted(places)]


def _left_out(pairs: int) -> tuple[str, ...]:
    if not pairs:
        return ()
    note = (
        f"{pairs:,} more pairs, all with a larger p, are not in this table: `interpref score STUDY --run FIRST --run SECOND` "
        "shows those of the runs that it names, --json and `interpref export STUDY scores` have them all."
    )
    return (note,)


def _passed_by_one(names: Mapping[str, str], pair: PairedComparison, better: str | None) -> DrillDown:
    """The verdicts on items that only one of two runs passed: either, or the `better` one. Each item's two stand together."""
    runs = (pair.run_a, pair.run_b)
    said = f"only {names[better]} passes" if better else "judged differently"
    return DrillDown(
        "judged",
        f"{names[pair.run_a]} and {names[pair.run_b]} by {pair.judge}: {said}",
        query="behind_changed",
        parameters={"run_a": pair.run_a, "run_b": pair.run_b, "judge": pair.judge, "better": better},
        sort="item",
        against=runs,
    )
