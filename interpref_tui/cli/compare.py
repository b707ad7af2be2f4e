"""`interpref compare`: a judge over two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.model_options import (
    OF_MODEL,
    asking_options,
    batch_option,
    display_of,
    dry_run,
    finish_run,
    item_option,
    print_notices,
    prompt_folders,
    retry_option,
    write_batch_of,
)
from interpref_tui.cli.options import examples, open_study, study_argument

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "compare",
    **examples("""
        interpref compare my.duckdb --runs gpt-4o-mini-np gpt-4o-mini-td --model openai/gpt-4o
        interpref compare my.duckdb --runs A B --model llama_cpp/models/judge.gguf --limit 50
        interpref compare my.duckdb --runs A B --model openai/gpt-4o --batch-out calls.jsonl
    """),
)
@study_argument
@click.option("--runs", nargs=2, required=True, metavar="A B", help="The two runs (identifiers or names).")
@click.option("--prompt", default="compare", show_default=True, help="compare, or a prompt of your own.")
@item_option
@batch_option
@retry_option
@asking_options
def compare_command(study: Path, runs: tuple[str, str], prompt: str, **options: Any) -> int:
    """Have a judge say which of two runs shows more regard for the preferences, item by item.

    Each item is asked twice, with each run once on the left; where the two answers disagree it is a tie. People who
    annotate the same runs can see it as the AI's opinion; their comparisons and the judge's are counted apart.
    """
    from interpref_core.prompts.loading import load_prompt
    from interpref_tui.services.models import ModelOptions, open_model
    from interpref_tui.services.runs.compare import comparing_tasks, estimate_comparing, plan_comparing
    from interpref_tui.services.runs.execute import run_comparing
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    asked = ModelOptions(**{key: options[key] for key in OF_MODEL})
    asking = load_prompt(prompt, prompt_folders(settings, asked))
    model = open_model(settings, asked, settings.judge)
    with open_study(study) as opened_study:
        plan = plan_comparing(
            opened_study,
            runs,
            model,
            asking,
            items=options["items"],
            limit=options["limit"],
            allow_confidential=options["allow_confidential"],
            only_failed=options["retry_failed"],
        )
        print_notices(plan.notices)
        if options["dry_run"]:
            return dry_run(estimate_comparing(plan), as_json=options["as_json"])
        if options["batch_out"] is not None:
            tasks = comparing_tasks(plan)
            return write_batch_of(opened_study, model, tasks, options["batch_out"], as_json=options["as_json"])
        title = f"{plan.runs['a']['name']} and {plan.runs['b']['name']} by {plan.judge}"
        outcome = run_comparing(opened_study, plan, display_of(options, title))
        return finish_run(opened_study, outcome, title, options)
