"""`pair`: preference pairs by topic, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from interpref_tui.cli.errors import CliError
from interpref_tui.cli.options import examples, json_option, open_study, study_argument
from interpref_tui.text.output import say, write, write_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "pair",
    **examples("""
        interpref pair my.duckdb
        interpref pair my.duckdb --seed 7 --topic travel_hotel --limit 20
    """),
)
@study_argument
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same pairs.")
@click.option("--topic", help="Only this topic.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many pairs.")
@click.option("--with-history", is_flag=True, help="Only preferences that a history carries.")
@json_option
def pair_command(
    study: Path, seed: int, topic: str | None, limit: int | None, with_history: bool, as_json: bool
) -> int:
    """Pair the preferences of each topic, so that they become items. No model is asked.

    Preferences that are in a pair already are left alone, so pairing again changes nothing.
    """
    from interpref_db.construction.topic_pairing import pair_preferences

    with open_study(study) as opened_study:
        report = pair_preferences(opened_study, seed=seed, topic=topic, limit=limit, with_history=with_history)
    if as_json:
        write_json(report.to_json())
        return 0
    if not report.pairs:
        if topic is not None and not report.unpaired:
            raise CliError(f"no unpaired preference has the topic {topic!r}")
        write("nothing to pair")
        return 0
    write(f"{report.pairs} pairs, {report.items} items, {report.unpaired} preferences left over")
    if report.without_history:
        say(f"{report.without_history} items have no history on one side or both: they can only be asked with bare")
    return 0
