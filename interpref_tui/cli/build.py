"""`build`: items from raw conversations, stage by stage (paper section 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interpref_core.construction.stages import FROM, STAGES, UNTIL, WORDS
from interpref_tui.cli.errors import INTERRUPTED, PARTLY, CliError
from interpref_tui.cli.model_options import OF_MODEL, asking_options, display_of, print_notices, prompt_folders
from interpref_tui.cli.options import examples, open_study, study_argument, with_options
from interpref_tui.text.output import sanitize, say, write, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.construction.stages import StageName
    from interpref_db.study.study import Study
    from interpref_tui.services.construction.pipeline import Pipeline, StageResult
    from interpref_tui.services.construction.stage import Options
    from interpref_tui.services.models import Model, ModelOptions
    from interpref_tui.settings.model import Settings

_STAGE = click.Choice(STAGES)

stage_options = with_options(
    click.option("--from", "first", metavar="WHAT", help="What there is to begin with  [default: histories]"),
    click.option("--until", "last", metavar="WHAT", help="What is wanted  [default: items]"),
    click.option(
        "--only", multiple=True, type=_STAGE, metavar="STAGE", help="This stage alone, by its name; may be given again."
    ),
    click.option(
        "--again",
        multiple=True,
        type=_STAGE,
        metavar="STAGE",
        help="A new generation of this stage; replaces what it made.",
    ),
)
build_options = with_options(
    click.option("--accept-all", is_flag=True, help="Take candidate queries that nobody has looked at: a quick trial."),
    click.option(
        "--existing-queries", is_flag=True, help="queries: take those of the items that the study has; asks nothing."
    ),
    click.option("--check/--no-check", default=True, help="counterparts: have the model check them  [default: check]"),
    click.option("--check-queries", is_flag=True, help="queries: have the model check that they give nothing away."),
    click.option(
        "--gate", is_flag=True, help="queries: drop those whose two answers a judge cannot tell apart (four calls each)."
    ),
    click.option(
        "--position",
        type=click.Choice(["first", "middle", "last", "random"]),
        default="random",
        show_default=True,
        help="items: where the conversation that matters stands.",
    ),
    click.option(
        "--conversations",
        type=click.IntRange(min=1, max=50),
        default=5,
        show_default=True,
        help="items: so many conversations make a long history.",
    ),
    click.option(
        "--threshold", type=click.FloatRange(min=0, max=1),
        help="dedupe: how far apart preferences of one cluster may be, from 0 to 1.",
    ),
    click.option(
        "--embed", metavar="MODEL",
        help="dedupe: openai/NAME, llama_cpp/PATH.gguf or a configured name, for meaning  [default: words alone, no model]",
    ),
    click.option(
        "--categories", type=click.Choice(["rules", "model"]),
        help="categorise: by words and phrases, or by asking the model  [default: rules]",
    ),
    click.option(
        "--match", type=click.Choice(["words", "model"]),
        help="verify: whether a preference is found again, by words or by asking the model  [default: words]",
    ),
    click.option(
        "--test-share", type=click.FloatRange(min=0, max=1),
        help="verify: part the items; so many are for the test, and no preference is in both parts (--seed).",
    ),
    click.option(
        "--tokenizer", type=click.Choice(["words", "cl100k_base"]), default="words", show_default=True,
        help="verify: for self-BLEU and lengths; the paper counts cl100k_base.",
    ),
    click.option(
        "--window", type=click.IntRange(min=6, max=500), default=40, show_default=True,
        help="extract: turns of the user that one call is shown.",
    ),
    click.option(
        "--window-characters", type=click.IntRange(min=500, max=2_000_000), default=24_000, show_default=True,
        help="extract: about a quarter as many tokens must fit into the model beside the answer.",
    ),
    click.option(
        "--overlap", type=click.IntRange(min=0, max=100), default=8, show_default=True,
        help="extract: turns that neighbouring windows share.",
    ),
)  # fmt: skip


@click.command(
    "build",
    **examples("""
        interpref build my.duckdb --model openai/gpt-4o-mini --dry-run
        interpref build my.duckdb --from histories --until queries --model openai/gpt-4o-mini
        interpref annotate my.duckdb --annotator me --task query  # people choose the queries
        interpref build my.duckdb --from queries --until items --model openai/gpt-4o-mini
        interpref build my.duckdb --only queries --only items --existing-queries  # conversations exist: no model
        interpref build my.duckdb --only verify --model openai/other --test-share 0.2
        interpref build my.duckdb --again counterparts --model openai/gpt-4o
    """),
)
@study_argument
@stage_options
@build_options
@asking_options
def build_command(study: Path, **options: Any) -> int:
    """Build items from the conversations of STUDY, as the paper's section 3.3 does, stage by stage.

    extract, dedupe, categorise, counterparts, queries, histories, items, verify. --from and --until name what there is and
    what is wanted: histories, preferences, clusters, pairs, queries, conversations, items. Each stage asks only about what
    it has not asked about yet: Ctrl-C stops cleanly, and the same command goes on, also after a crash. What is refused
    never stops it: `interpref list STUDY refusals`.
    """
    from interpref_tui.services.construction.pipeline import Pipeline
    from interpref_tui.services.models import ModelOptions, open_model
    from interpref_tui.settings.model import load_settings

    names, again = _stages(options)
    settings = load_settings()
    asked = ModelOptions(**{key: options[key] for key in OF_MODEL})
    with open_study(study) as opened_study:
        chain = Pipeline(
            opened_study,
            _options(options, settings, asked),
            lambda: open_model(settings, asked, settings.model),
            asked.model or settings.model,
            prompt_folders(settings, asked),
            lambda stage: _display(stage, options),
        )
        if options["dry_run"]:
            return _dry_run(chain, names, again, as_json=options["as_json"])
        results = []
        for result in chain.run(names, again):
            results.append(result)
            _tell(result, as_json=options["as_json"])
            if result.stage == "verify":
                _report(opened_study, options)
        return _finish_build(results, as_json=options["as_json"])


def _stages(options: dict[str, Any]) -> tuple[tuple[StageName, ...], frozenset[StageName]]:
    """The stages that are wanted, and those of them that begin again."""
    from interpref_core.construction.stages import span
    from interpref_tui.services.construction.registry import stage_names

    again: frozenset[StageName] = frozenset(options["again"])
    first, last = options["first"], options["last"]
    for value, known, name in ((first, FROM, "--from"), (last, UNTIL, "--until")):
        if value is not None and value not in known:
            raise click.BadParameter(f"{value!r} is none of {', '.join(known)}", param_hint=name)
    if options["only"] or (again and first is None and last is None):
        if options["only"] and (first or last):
            raise click.UsageError("--only names the stages by itself: leave out --from and --until")
        wanted = {*options["only"], *again}
        return tuple(name for name in stage_names() if name in wanted), again
    try:
        names = span(FROM[first or "histories"], UNTIL[last or "items"])
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if outside := again - set(names):
        raise click.UsageError(f"--again {', '.join(sorted(outside))} is not among the stages {', '.join(names)}")
    return tuple(name for name in names if name in stage_names()), again


def _options(options: dict[str, Any], settings: Settings, asked: ModelOptions) -> Options:
    from dataclasses import replace

    from interpref_core.construction.windows import Window
    from interpref_tui.services.construction.stage import Options

    if options["overlap"] * 2 > options["window"]:
        raise click.BadParameter("at most half of --window", param_hint="--overlap")
    names = (
        "limit", "allow_confidential", "accept_all", "existing_queries", "check", "check_queries", "gate", "position",
        "conversations",
    )  # fmt: skip
    chosen = {name: options[name] for name in names}
    window = Window(turns=options["window"], overlap=options["overlap"], characters=options["window_characters"])

    def open_embedder(spec: str) -> Model:
        from interpref_tui.services.models import open_model

        return open_model(settings, replace(asked, model=spec), None)

    more = {
        "threshold": options["threshold"],
        "embed": options["embed"],
        "categories": options["categories"],
        "match": options["match"],
        "model_named": bool(asked.model or settings.model),
        "folders": prompt_folders(settings, asked),
        "open_embedder": open_embedder,
    }
    return Options(seed=options["seed"] or 0, window=window, more=more, **chosen)


def _display(stage: str, options: dict[str, Any]) -> Any:
    if options["as_json"]:
        write_json({"event": "stage", "stage": stage})
    return display_of(options, stage)


def _dry_run(chain: Pipeline, names: tuple[StageName, ...], again: frozenset[StageName], *, as_json: bool) -> int:
    estimates = chain.estimate(names, again)
    if as_json:
        stages = [{"stage": name, "subjects": plan.left} | one.to_json() for name, plan, one in estimates]
        write_json({"stages": stages, "calls": sum(one.calls for _, _, one in estimates)})
        return 0
    for name, plan, one in estimates:
        print_notices(plan.notices)
        known = (
            one.text()
            if plan.calls
            else "nothing to ask yet"
            if plan.tasks
            else f"{plan.left} to make, without a model"
        )
        write(sanitize(f"{name} ({WORDS[name].does}): {known}"))
    if len(names) > 1:
        say("what a stage makes is not known before it has run: later stages ask about that, too")
    return 0


def _tell(result: StageResult, *, as_json: bool) -> None:
    """One stage has ended: say what came of it."""
    print_notices(result.notices)
    if as_json:
        write_json({"event": "settled", **result.to_json()})
        return
    made = ", ".join(f"{n} {_plural(kind, n)}" for kind, n in result.made.items() if kind not in ("link", "building"))
    parts = [
        f"{result.done} of {result.total} done" if result.total else "nothing to do",
        f"made {made}" if made else "",
    ]
    parts.append(f"{result.refused} refused" if result.refused else "")
    parts.append(f"{result.failed} failed" if result.failed else "")
    if result.replaced:
        parts.append(f"generation {result.generation} replaces {sum(result.replaced.values())} older ones")
    if not result.stopped and not (result.stage == "verify" and not result.total):
        write(sanitize(f"{result.stage}: {', '.join(part for part in parts if part)}"))


def _report(study: Study, options: dict[str, Any]) -> None:
    """What the benchmark is like, after the stage `verify`; first the split, where one is wanted."""
    from interpref_db.construction.train_test_split import make_split, split_report
    from interpref_db.construction.verification.report import verify
    from interpref_tui.presenters.verification_report import report_lines

    if options["test_share"] is not None or split_report(study) is not None:
        make_split(study, seed=options["seed"], share=options["test_share"])
    found = verify(study, tokenizer_name=options["tokenizer"], seed=options["seed"] or 0)
    if options["as_json"]:
        write_json({"event": "report", **found.to_json()})
        return
    for line in report_lines(found):
        write(sanitize(line))


def _plural(kind: str, n: int) -> str:
    if n == 1:
        return kind
    return {"history": "histories", "query": "queries", "superseded": "superseded"}.get(kind, f"{kind}s")


def _finish_build(results: list[StageResult], *, as_json: bool) -> int:
    """How it all ended: the exit code, and what to do next."""
    code = 0
    broken = None
    for result in results:
        if result.outcome is None:
            continue
        for kind, message in result.outcome.first_errors.items():
            say(f"{result.stage}: {result.outcome.errors[kind]} failed ({kind}): {message}")
        broken = result.outcome.broken or broken
        if result.outcome.stopped:
            code = INTERRUPTED
        elif result.outcome.progress.failed:
            code = PARTLY
    stopped = results[-1].stopped if results else None
    if as_json:
        write_json(
            {"event": "built", "stages": [one.to_json() for one in results], "stopped": stopped, "broken": broken}
        )
    if broken:
        raise CliError(f"{broken}; what is done is safe, the same command goes on from here")
    if code == INTERRUPTED:
        say("stopped: what is done is safe; the same command goes on")
    elif code == PARTLY:
        say("some calls failed; the same command tries them again")
    if any(one.refused for one in results):
        say("what was refused, and why: interpref list STUDY refusals")
    if stopped:
        say(stopped)
    return code
