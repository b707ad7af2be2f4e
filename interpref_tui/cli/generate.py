"""Commands that ask models: generate and judge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.main import INTERRUPTED, PARTLY, Trouble
from interpref_tui.cli.options import examples, opened, output_path, speaker_for, study_argument, with_options
from interpref_tui.text.output import inert, say, write, write_json

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
    from interpref_tui.services.models import Asked, open_model
    from interpref_tui.services.runs.estimate import estimate_generation
    from interpref_tui.services.runs.execute import run_generation
    from interpref_tui.services.runs.generate import generation_tasks, plan_generation
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    asked = Asked(**{key: options[key] for key in OF_MODEL}, on_overflow=options["on_overflow"])
    chosen = load_paradigm(paradigm, prompt_folders(settings, asked))
    model = open_model(settings, asked, settings.model)
    with opened(study) as opened_study:
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
        tell_notices(generation.notices)
        if options["dry_run"]:
            return dry_run(estimate_generation(opened_study, generation), as_json=options["as_json"])
        if batch_out is not None:
            tasks = generation_tasks(opened_study, generation)
            return write_batch_of(opened_study, model, tasks, batch_out, as_json=options["as_json"])
        display = display_of(options, generation.run.name)
        outcome = run_generation(opened_study, generation, display)
        return ended(opened_study, outcome, generation.run.name, options)


def write_batch_of(study: Any, model: Any, tasks: Any, path: Path, *, as_json: bool) -> int:
    """Write a batch instead of asking."""
    from interpref_tui.services.runs.batch_file import batch_target, batch_text, write_batch

    target = batch_target(path, study.path)
    speaks = speaker_for(target, as_json=as_json)
    written = write_batch(study, model, tasks, target)
    if as_json:
        write_json(written.to_json())
    else:
        speaks(inert(batch_text(written)))
    return 0


@click.command(
    "judge",
    **examples("""
        interpref judge my.duckdb --run gpt-4o-mini-td --model openai/gpt-4o
        interpref judge my.duckdb --run gpt-4o-mini-td --model overlap  # no model, instant, a floor
        interpref judge my.duckdb --run gpt-4o-mini-wf --model openai/gpt-4o --strip-openings
        interpref judge my.duckdb --run gpt-4o-mini-td --model openai/gpt-4o --repeat 3 --temperature 0.7
        interpref judge my.duckdb --run gpt-4o-mini-td --model llama_cpp/judge.gguf --verdict-by probabilities
    """),
)
@study_argument
@click.option("--run", "run_name", required=True, help="The run whose answers are judged (identifier or name).")
@click.option("--strip-openings", is_flag=True, help='Judge without openings such as "Considering that you ...".')
@click.option(
    "--prompt",
    help="judge (JSON), judge-sections (labelled text), judge-choice (the verdict alone), or your own  [default: judge; "
    "judge-choice with --verdict-by probabilities]",
)
@click.option(
    "--verdict-by",
    type=click.Choice(["text", "probabilities"]),
    default="text",
    show_default=True,
    help="Read the verdict from what the judge writes, or from how likely it would begin with Left, Right or Don't know: one "
    "token a call instead of a hundred, and a confidence with each verdict; no reasoning. For llama_cpp/ and servers that give "
    "logprobs, with models that do not think first.",
)
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    default=1,
    help="Judge so many times, each with a seed of its own; score says how the judge agrees with itself.",
)
@item_option
@batch_option
@retry_option
@asking_options
def judge_command(study: Path, run_name: str, prompt: str | None, verdict_by: str, repeat: int, **options: Any) -> int:
    """Have a judge tell, in four orders, which of a run's two answers was written for which preference.

    An item passes when all four verdicts are right. `--model overlap` needs no model.
    """
    from interpref_core.engine import SessionBudget
    from interpref_core.judging import VERDICT_CHOICE
    from interpref_core.prompts.loading import load_prompt
    from interpref_tui.services.models import Asked, open_model, spec_of
    from interpref_tui.services.runs.judge import CHOICE_PROMPT, JSON_PROMPT, OVERLAP
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    asked = Asked(**{key: options[key] for key in OF_MODEL})
    if spec_of(asked, settings.judge) == OVERLAP:
        if repeat > 1:
            raise Trouble("overlap always says the same: there is nothing to repeat")
        return _judge(study, run_name, None, None, 1, options)
    if repeat > 1 and not (settings.run.temperature if asked.temperature is None else asked.temperature):
        say("repeats at temperature 0 mostly say the same; --temperature 0.7 shows how sure the judge is")
    by_probabilities = verdict_by == "probabilities"
    if by_probabilities and options["batch_out"] is not None:
        raise Trouble("a batch's answers come back as texts; --verdict-by probabilities has to ask itself")
    if by_probabilities and repeat > 1:
        raise Trouble("the probabilities of a model are what they are, whatever the seed: there is nothing to repeat")
    wanted = prompt or (CHOICE_PROMPT if by_probabilities else JSON_PROMPT)
    asking = load_prompt(wanted, prompt_folders(settings, asked))
    codes = []
    budget: Any = None
    for time in range(1, repeat + 1):
        model = open_model(settings, asked, settings.judge)
        if model.limits.tokens is not None or model.limits.money is not None:
            budget = budget or SessionBudget(model.limits)  # one for all repeats
            model = replace(model, budget=budget)
        if by_probabilities:
            model = replace(model, parameters=replace(model.parameters, choice=VERDICT_CHOICE, max_tokens=1))
        if time > 1:
            model = replace(model, parameters=replace(model.parameters, seed=(model.parameters.seed or 0) + time - 1))
        codes.append(_judge(study, run_name, model, asking, time, options))
        if codes[-1] == INTERRUPTED:
            return INTERRUPTED
    return max(codes)


def _judge(study: Path, run_name: str, model: Any, asking: Any, repeat: int, options: dict[str, Any]) -> int:
    """One judging: planned, then estimated, written as a batch, or asked."""
    from interpref_tui.services.runs.estimate import estimate_judging
    from interpref_tui.services.runs.execute import run_judging
    from interpref_tui.services.runs.judge import judging_tasks, plan_judging

    with opened(study) as opened_study:
        plan = plan_judging(
            opened_study,
            run_name,
            model,
            asking,
            strip_openings=options["strip_openings"],
            items=options["items"],
            limit=options["limit"],
            allow_confidential=options["allow_confidential"],
            only_failed=options["retry_failed"],
            repeat=repeat,
        )
        tell_notices(plan.notices)
        if options["dry_run"]:
            return dry_run(estimate_judging(opened_study, plan), as_json=options["as_json"])
        if options["batch_out"] is not None:
            if model is None:
                raise Trouble("overlap needs no batch: it judges at once")
            path: Path = options["batch_out"]
            from interpref_tui.services.runs.batch_file import batch_target

            if repeat != 1 and not batch_target(path, study).streamed:
                path = path.with_name(f"{path.stem}-repeat{repeat}{path.suffix}")
            return write_batch_of(opened_study, model, judging_tasks(plan), path, as_json=options["as_json"])
        display = display_of(options, f"{plan.run_name} by {plan.judging.judge}")
        outcome = run_judging(opened_study, plan, display)
        return ended(opened_study, outcome, plan.run_name, options)


def prompt_folders(settings: Any, asked: Any) -> tuple[Path, ...]:
    from interpref_tui.settings.model import settings_folder_prompts

    own = settings_folder_prompts(settings)
    return (asked.prompts, *own) if asked.prompts else own


def display_of(options: dict[str, Any], title: str) -> Any:
    from interpref_tui.cli.progress import display_for

    return display_for(as_json=options["as_json"], title=inert(title))


def tell_notices(notices: list[str]) -> None:
    for notice in notices:
        say(notice)


def dry_run(estimate: Estimate, *, as_json: bool) -> int:
    if as_json:
        write_json(estimate.to_json())
    else:
        write(inert(estimate.text()))
    return 0


def ended(study: Any, outcome: Outcome, run: str, options: dict[str, Any]) -> int:
    """Say how it ended and how to go on; settle what is finished; the exit code."""
    from interpref_tui.services.runs.execute import settle

    progress = outcome.progress
    for kind, message in outcome.first_errors.items():
        say(f"{outcome.errors[kind]} failed ({kind}): {message}")
    settle(study)
    if outcome.broken:
        raise Trouble(f"{outcome.broken}; what is done is safe, the same command goes on from here")
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
        write(inert(f"{run}: {progress.skipped + progress.done} of {progress.total} done"))
    return 0
