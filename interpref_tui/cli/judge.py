"""`judge`: have a judge compare a run's answers in four orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.errors import INTERRUPTED, CliError
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
from interpref_tui.text.output import say

if TYPE_CHECKING:
    from pathlib import Path


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
    from interpref_tui.services.models import ModelOptions, open_model, spec_of
    from interpref_tui.services.runs.judge import CHOICE_PROMPT, JSON_PROMPT, OVERLAP
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    asked = ModelOptions(**{key: options[key] for key in OF_MODEL})
    if spec_of(asked, settings.judge) == OVERLAP:
        if repeat > 1:
            raise CliError("overlap always says the same: there is nothing to repeat")
        return _judge(study, run_name, None, None, 1, options)
    if repeat > 1 and not (settings.run.temperature if asked.temperature is None else asked.temperature):
        say("repeats at temperature 0 mostly say the same; --temperature 0.7 shows how sure the judge is")
    by_probabilities = verdict_by == "probabilities"
    if by_probabilities and options["batch_out"] is not None:
        raise CliError("a batch's answers come back as texts; --verdict-by probabilities has to ask itself")
    if by_probabilities and repeat > 1:
        raise CliError("the probabilities of a model are what they are, whatever the seed: there is nothing to repeat")
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

    with open_study(study) as opened_study:
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
        print_notices(plan.notices)
        if options["dry_run"]:
            return dry_run(estimate_judging(opened_study, plan), as_json=options["as_json"])
        if options["batch_out"] is not None:
            if model is None:
                raise CliError("overlap needs no batch: it judges at once")
            path: Path = options["batch_out"]
            from interpref_tui.services.runs.batch_file import batch_target

            if repeat != 1 and not batch_target(path, study).streamed:
                path = path.with_name(f"{path.stem}-repeat{repeat}{path.suffix}")
            return write_batch_of(opened_study, model, judging_tasks(plan), path, as_json=options["as_json"])
        display = display_of(options, f"{plan.run_name} by {plan.judging.judge}")
        outcome = run_judging(opened_study, plan, display)
        return finish_run(opened_study, outcome, plan.run_name, options)
