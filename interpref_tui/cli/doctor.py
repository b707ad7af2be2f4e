"""`doctor`: what is installed, what is missing, what would help."""

from __future__ import annotations

from pathlib import Path

import click

from interpref_tui.cli.options import examples, json_option
from interpref_tui.text.output import sanitize, write, write_json


@click.command(
    "doctor",
    **examples("""
        interpref doctor
        interpref doctor my.duckdb  # and what surrounds this study
        interpref doctor --model models/llama-3.1-8b.gguf
    """),
)
@click.argument("study", required=False, type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Load this GGUF model, too: what memory it takes, and how many of its layers are on the GPU.",
)
@click.option("--n-ctx", type=click.IntRange(min=1), help="With --model: context length in tokens.")
@click.option("--n-gpu-layers", type=int, help="With --model: layers on the GPU  [default: -1, all]")
@json_option
def doctor_command(
    study: Path | None, model: Path | None, n_ctx: int | None, n_gpu_layers: int | None, as_json: bool
) -> int:
    """Versions, GPU, terminal, configuration: what is there, what is missing, and how to get it.

    With STUDY also who may read it, whether it is a copy, what its journals hold, and whether locks work where it is.
    """
    from interpref_tui.diagnostics.doctor import examine, examine_model

    findings = examine()
    if study is not None:
        from interpref_tui.diagnostics.study_checks import examine_study

        findings += examine_study(study)
    if model is not None:
        asked = {"n_ctx": n_ctx, "n_gpu_layers": n_gpu_layers}
        findings += examine_model(model, {name: value for name, value in asked.items() if value is not None})
    if as_json:
        write_json({"checks": [one.to_json() for one in findings], "ok": all(one.ok for one in findings)})
    else:
        for one in findings:
            write(sanitize(f"{'ok   ' if one.ok else 'note ' if one.optional else 'WRONG'}  {one.name}: {one.found}"))
            if one.advice:
                write(sanitize(f"         {one.advice}"))
    return 0 if all(one.ok or one.optional for one in findings) else 1
