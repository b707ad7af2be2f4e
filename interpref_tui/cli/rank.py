"""`interpref rank`: a leaderboard straight from a file of comparisons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.errors import PARTLY
from interpref_tui.cli.options import examples, json_option, open_study
from interpref_tui.cli.score import manner_options, ranking_options, table_text
from interpref_tui.text.output import sanitize, say, write, write_json

if TYPE_CHECKING:
    from interpref_db.scores.comparison_files import Counted


@click.command(
    "rank",
    **examples("""
        interpref rank battles.parquet
        interpref rank votes.csv --interval bootstrap --cluster annotator
        interpref rank votes.jsonl --ties davidson --scale elo --json
        interpref rank my.duckdb
    """),
)
@click.argument("file", type=click.Path(path_type=Path))
@manner_options
@click.option("--cluster", metavar="COLUMN", help="Comparisons that hang together: annotator, item or any column.")
@json_option
def rank_command(file: Path, cluster: str | None, as_json: bool, **manner: Any) -> int:
    """Bradley-Terry leaderboard of FILE: Parquet, CSV, TSV, JSON or JSON lines with two names and a winner (or any file
    of comparisons that `import` reads, or a study; - is standard input).

    Intervals hold whatever the model gets wrong (sandwich). A model that never lost or never won, or that was never
    compared with the others, has no finite score: it is named and gets none, unless --prior scores every model.
    """
    from interpref_core.metrics.ranking import rank

    counted = _count_file(file, cluster)
    ranking = rank(counted.counts, ranking_options(**manner), rows=counted.rows)
    if as_json:
        write_json(ranking.to_json() | {"left_out": counted.left_out, "cluster": cluster})
    else:
        from interpref_db.scores.tables.comparisons import leaderboard_table

        write(table_text(replace(leaderboard_table(ranking), notes=())))
        write(f"\n{ranking.n} comparisons")
    for notice in ranking.notices:
        say(sanitize(notice))
    if counted.left_out:
        say(f"left out: {', '.join(f'{n} {reason}' for reason, n in counted.left_out.items())}")
    for one in counted.rejected[:20]:
        say(sanitize(f"refused: {one.file}, line {one.line}: {f'{one.field}: ' if one.field else ''}{one.reason}"))
    if len(counted.rejected) > 20:
        say(f"refused: {len(counted.rejected) - 20} more")
    return PARTLY if counted.rejected else 0


def _count_file(file: Path, cluster: str | None) -> Counted:
    from interpref_db.input_streams import is_stream
    from interpref_db.scores.comparison_files import count_file, count_study
    from interpref_db.study.paths import is_duckdb_file

    if is_stream(file) or not is_duckdb_file(file):
        return count_file(file, cluster=cluster)
    with open_study(file) as study:
        return count_study(study, cluster=cluster)
