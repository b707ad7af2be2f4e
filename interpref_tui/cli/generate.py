"""`generate`: have a model answer the items of a study."""

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
    "generate",
    **examples("""
        interpref generate my.duckdb --model openai/gpt-4o-mini --paradigm td
        interpref generate my.duckdb --model openai/qwen2.5-7b --base-url http://127.0.0.1:8000/v1 --paradigm wf
        interpref generate my.duckdb --model llama_cpp/models/llama-3.1-8b.gguf --paradigm np --limit 20
        interpref generate my.duckdb --model openai/gpt-4o --paradigm td --batch-out calls.jsonl
    """),
)
@study_argument
@click.option(
    "--paradigm", required=True, help="np, td, cot, wf, main, prefix, bare, oracle, swapped, or one of your own."
)
@item_option
@click.option("--name", help="A name for the run; another name is another run.")
@click.option(
    "--on-overflow",
    type=click.Choice(["fail", "drop-oldest"]),
    help="llama_cpp: a history that is too long for the context fails its item, or loses its oldest exchanges; how many turns "
    "were dropped is kept with the response  [default: fail]",
)
@batch_option
@retry_option
@asking_options
def generate_command(
    study: Path, paradigm: str, items: tuple[str, ...], name: str | None, batch_out: Path | None, **options: Any
) -> int:
    """Have a model answer both sides of the items of STUDY.

    Every answer is on the disk within a tenth of a second. Ctrl-C stops cleanly; the same command goes on where it was,
    also after a crash, and asks nothing twice.
    """
    from interpref_core.paradigms import load_paradigm
    from interpref_tui.services.models import ModelOptions, open_model
    from interpref_tui.services.runs.estimate import estimate_generation
    from interpref_tui.services.runs.execute import run_generation
    from interpref_tui.services.runs.generate import generation_tasks, plan_generation
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    asked = ModelOptions(**{key: options[key] for key in OF_MODEL}, on_overflow=options["on_overflow"])
    chosen = load_paradigm(paradigm, prompt_folders(settings, asked))
    model = open_model(settings, asked, settings.model)
    with open_study(study) as opened_study:
        generation = plan_generation(
            opened_study,
            model,
            chosen,
            items=items,
            limit=options["limit"],
            name=name,
            allow_confidential=options["allow_confidential"],
            only_failed=options["retry_failed"],
        )
        print_notices(generation.notices)
        if options["dry_run"]:
            return dry_run(estimate_generation(opened_study, generation), as_json=options["as_json"])
        if batch_out is not None:
            tasks = generation_tasks(opened_study, generation)
            return write_batch_of(opened_study, model, tasks, batch_out, as_json=options["as_json"])
        display = display_of(options, generation.run.name)
        outcome = run_generation(opened_study, generation, display)
        return finish_run(opened_study, outcome, generation.run.name, options)
