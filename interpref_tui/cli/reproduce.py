"""`interpref reproduce`: the paper's numbers computed again, beside what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.errors import CliError
from interpref_tui.cli.options import examples, json_option
from interpref_tui.text.output import sanitize, say, table, write, write_json

if TYPE_CHECKING:
    from interpref_core.text.tokenizers import TokenizerName


@click.command(
    "reproduce",
    **examples("""
        interpref reproduce
        interpref reproduce HistPref/data --json
    """),
)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--tokenizer",
    type=click.Choice(["words", "cl100k_base"]),
    default="words",
    show_default=True,
    help="For self-BLEU; cl100k_base, the paper's, needs the extra `tokens`.",
)
@json_option
def reproduce_command(folder: Path | None, tokenizer: TokenizerName, as_json: bool) -> int:
    """Every table of the InterPref paper that can be computed again, beside what the paper prints, with what explains the
    difference; and what cannot be.

    Without FOLDER from the printed figures alone; with the folder of the published logs and histories from those too.
    """
    from interpref_core.paper_figures import CANNOT, from_figures
    from interpref_core.text.tokenizers import NoTokenizer

    rows = from_figures()
    if folder is not None:
        from interpref_db.scores.reproduce import from_files

        try:
            rows += from_files(
                folder,
                tokenizer=tokenizer,
                began=lambda path, name: None if as_json else say(f"{path.name}: {name}"),
            )
        except NoTokenizer as error:
            raise CliError(str(error)) from None
    if as_json:
        cannot = [{"what": what, "why": why} for what, why in CANNOT]
        write_json({"reproduced": [one.to_json() for one in rows], "cannot": cannot})
        return 0
    shown: list[dict[str, Any]] = [
        {
            "where": one.place,
            "what": sanitize(one.what),
            "printed": "-" if one.printed is None else f"{one.printed:.{one.digits}f}",
            "computed": "-" if one.computed is None else f"{one.computed:.{one.digits}f}",
            "difference": "" if one.difference is None else f"{one.difference:+.{one.digits}f}",
            "why": sanitize(one.why),
        }
        for one in rows
    ]
    write(table(shown, shown[0].keys(), right=frozenset({"printed", "computed", "difference"})))
    write("\nWhat cannot be computed again:")
    for what, why in CANNOT:
        write(f"  {what}: {why}")
    if folder is None:
        say(
            "\nwith the folder of the published logs and histories, Figure 5, the judge's bias and Table 5 are computed too"
        )
    return 0
