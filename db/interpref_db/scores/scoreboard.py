"""Every number of a study: one source for the command line, the screens and the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interpref_db.scores.breakdowns import diversity, judges_agree, load_breakdown
from interpref_db.scores.leaderboard import comparison_scores
from interpref_db.scores.pass_rates import pass_rates
from interpref_db.scores.run_pairs import compare_run_pairs
from interpref_db.scores.scoreboard_data import Scoreboard

if TYPE_CHECKING:
    from collections.abc import Collection

    from interpref_core.metrics.ranking import RankingOptions
    from interpref_core.text.tokenizers import TokenizerName
    from interpref_db.study.study import Study
    from interpref_db.tables import Table


def scoreboard(
    study: Study,
    *,
    run: str | Collection[str] | None = None,
    judge: str | None = None,
    manner: RankingOptions | None = None,
) -> Scoreboard:
    """Every number of a study, or of one run or several (their identifiers or names) or of one judge."""
    from interpref_db.failures.failures import Failures, failures

    runs = {run} if isinstance(run, str) else set(run or ())
    scored = tuple(
        one
        for one in pass_rates(study)
        if (not runs or runs & {one.run_id, one.run}) and (judge is None or judge == one.judge)
    )
    known = {(one.run_id, one.judge) for one in scored}
    pairs = tuple(
        one for one in compare_run_pairs(study) if (one.run_a, one.judge) in known and (one.run_b, one.judge) in known
    )
    among = {one.run_id for one in scored} if runs else None
    failed = Failures(
        tuple(one for one in failures(study, run=among, judge=judge).all if (one.run_id, one.judge) in known)
    )
    more = load_breakdown(study, scored) if scored else {}
    return Scoreboard(
        scored, more, pairs, comparison_scores(study, scored, manner), failed, judges_agree(study, scored)
    )


def add_diversity(board: Scoreboard, study: Study, tokenizer: TokenizerName = "words") -> Scoreboard:
    """The same with the self-BLEU of the histories. Raises NoTokenizer."""
    return replace(board, diversity=diversity(study, tokenizer=tokenizer))


def tables(board: Scoreboard) -> tuple[Table, ...]:
    """The tables that have anything to say."""
    from interpref_db.scores.tables import comparisons, diagnostics
    from interpref_db.scores.tables import rates as rate_tables

    made = (
        rate_tables.pass_rate_table(board),
        rate_tables.position_table(board),
        rate_tables.pattern_table(board),
        *(comparisons.tables(board.compared) if board.compared else ()),
        rate_tables.length_table(board),
        rate_tables.opening_table(board),
        rate_tables.paired_table(board),
        diagnostics.corrected_table(board),
        diagnostics.evaluator_table(board),
        diagnostics.judges_table(board),
        diagnostics.stage_table(board),
        diagnostics.failure_table(board),
        diagnostics.diversity_table(board),
    )
    return tuple(table for table in made if table.rows)
