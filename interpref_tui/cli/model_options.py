"""What the commands that call models have in common: options, estimates, notices, the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.errors import INTERRUPTED, PARTLY, CliError
from interpref_tui.cli.options import output_path, speaker_for, with_options
from interpref_tui.text.output import sanitize, say, write, write_json

if TYPE_CHECKING:
    from interpref_core.engine import Outcome
    from interpref_tui.services.runs.estimate import Estimate

asking_options = with_options(
    click.option(
        "--model", help="PROVIDER/NAME (openai/NAME, llama_cpp/PATH.gguf, replay/FILE.jsonl), or a configured name."
    ),
    click.option(
        "--base-url",
        "base_urls",
        multiple=True,
        help="Where an OpenAI-compatible server listens (or OPENAI_BASE_URL). Given again, further servers with the same "
        "model: each call goes to the least loaded that is well. The first one names the calls.",
    ),
    click.option("--known-as", help="The address that names the calls, when the server has moved from there."),
    click.option("--api-key-env", help="The environment variable that holds the key  [default: OPENAI_API_KEY]"),
    click.option("--temperature", type=float, help="Sampling temperature  [default: 0]"),
    click.option("--max-tokens", type=click.IntRange(min=1), help="The longest answer, in tokens  [default: 2048]"),
    click.option("--seed", type=int, help="Seed for the provider, where it takes one  [default: 0]"),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 10_000),
        help="Calls under way at once, at most, at each address; grows from 8 as the server bears it, shrinks when it says "
        "that it is too much, and is shared with other runs  [default: 16]",
    ),
    click.option("--attempts", type=click.IntRange(min=1), help="How often one call is tried, at most  [default: 6]"),
    click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds that one call may take  [default: 300]"
    ),
    click.option(
        "--n-ctx",
        type=click.IntRange(min=1),
        help="llama_cpp: context length in tokens  [default: the model's own, 16384 at most]",
    ),
    click.option("--n-gpu-layers", type=int, help="llama_cpp: layers on the GPU  [default: -1, all]"),
    click.option("--budget-tokens", type=click.IntRange(min=0), help="Stop before this many tokens are passed."),
    click.option(
        "--budget",
        type=click.FloatRange(min=0),
        help="Stop before this much money is spent, in the currency of the prices in the configuration.",
    ),
    click.option(
        "--prompts",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="A folder of your own prompts; NAME.md there stands for the prompt of that name.",
    ),
    click.option(
        "--limit", type=click.IntRange(min=1), help="Only the first so many items; build: things of each stage."
    ),
    click.option(
        "--allow-confidential", is_flag=True, help="Send confidential histories to a remote model, this once."
    ),
    click.option("--dry-run", is_flag=True, help="Say how many calls, tokens and what cost; ask nothing."),
    click.option("--json", "as_json", is_flag=True, help="Progress as JSON lines on stdout, one a second."),
)
batch_option = click.option(
    "--batch-out",
    type=output_path,
    help="Ask nothing: write the calls as a batch file (OpenAI's Batch API, vllm run-batch); import its answers.",
)
item_option = click.option("--item", "items", multiple=True, metavar="ID", help="Only this item; may be given again.")
retry_option = click.option("--retry-failed", is_flag=True, help="Only what failed before, nothing that is new.")
OF_MODEL = {
    "model", "base_urls", "known_as", "api_key_env", "temperature", "max_tokens", "seed", "concurrency", "attempts", "timeout",
    "n_ctx", "n_gpu_layers", "budget_tokens", "budget", "prompts",
}  # fmt: skip


def write_batch_of(study: Any, model: Any, tasks: Any, path: Path, *, as_json: bool) -> int:
    """Write a batch instead of asking."""
    from interpref_tui.services.runs.batch_file import batch_target, batch_text, write_batch

    target = batch_target(path, study.path)
    speaks = speaker_for(target, as_json=as_json)
    written = write_batch(study, model, tasks, target)
    if as_json:
        write_json(written.to_json())
    else:
        speaks(sanitize(batch_text(written)))
    return 0


def prompt_folders(settings: Any, asked: Any) -> tuple[Path, ...]:
    from interpref_tui.settings.model import settings_folder_prompts

    own = settings_folder_prompts(settings)
    return (asked.prompts, *own) if asked.prompts else own


def display_of(options: dict[str, Any], title: str) -> Any:
    from interpref_tui.cli.progress import display_for

    return display_for(as_json=options["as_json"], title=sanitize(title))


def print_notices(notices: list[str]) -> None:
    for notice in notices:
        say(notice)


def dry_run(estimate: Estimate, *, as_json: bool) -> int:
    if as_json:
        write_json(estimate.to_json())
    else:
        write(sanitize(estimate.text()))
    return 0


def finish_run(study: Any, outcome: Outcome, run: str, options: dict[str, Any]) -> int:
    """Say how it ended and how to go on; settle what is finished; the exit code."""
    from interpref_tui.services.runs.execute import fold_journals

    progress = outcome.progress
    for kind, message in outcome.first_errors.items():
        say(f"{outcome.errors[kind]} failed ({kind}): {message}")
    fold_journals(study)
    if outcome.broken:
        raise CliError(f"{outcome.broken}; what is done is safe, the same command goes on from here")
    if outcome.stopped:
        say(
            f"stopped: {progress.skipped + progress.done} of {progress.total} are done and safe; the same command goes on"
        )
        return INTERRUPTED
    if progress.failed:
        say(
            f"{progress.failed} of {progress.total} failed; the same command tries them again (with --retry-failed, them alone)"
        )
        return PARTLY if progress.done or progress.skipped else 1
    if not options["as_json"]:
        write(sanitize(f"{run}: {progress.skipped + progress.done} of {progress.total} done"))
    return 0
