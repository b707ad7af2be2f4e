"""A commented configuration, made from the settings themselves so that it cannot go stale."""

from __future__ import annotations

import inspect
import itertools
import json
import textwrap
from typing import TYPE_CHECKING, Any

from interpref_tui.settings.model import AnnotateSettings, ModelSettings, RunSettings, Settings

if TYPE_CHECKING:
    from pydantic import BaseModel


def example_text() -> str:
    """Every setting with what it means and its default, commented out; two named models to copy."""
    lines = ["# The configuration of interpref. Everything here is optional; what is commented out is the default.", ""]
    lines += _fields(Settings, leave_out={"models", "run", "keys", "annotate", "prices"})
    lines += ["[run]", *_fields(RunSettings)]
    lines += ["[annotate]", *_fields(AnnotateSettings)]
    lines += ["[keys]", "# An action's name and its keys (`interpref config --keys` prints all), e.g.:"]
    lines += ['# "list.search" = "slash,f3"', ""]
    lines += [
        "# What models cost, a million tokens, in your currency: for --dry-run, progress and --budget. The first that fits.",
        "#",
        "# [[prices]]",
        '# model = "gpt-4o-mini*"',
        "# prompt = 0.15",
        "# cached = 0.075",
        "# completion = 0.60",
        "",
        "# Named models: `--model cheap` stands for all of this.",
        "#",
        "# [models.cheap]",
        '# model = "openai/gpt-4o-mini"',
        '# api_key_env = "OPENAI_API_KEY"',
        "#",
        "# [models.ours]",
        '# model = "openai/qwen2.5-72b"',
        '# base_urls = ["http://node1:8000/v1", "http://node2:8000/v1"]',
        "# concurrency = 128",
        "#",
        "# [models.local]",
        '# model = "llama_cpp/~/models/llama-3.1-8b-instruct-q4_k_m.gguf"',
        "# options = { n_ctx = 16384 }",
        "#",
        "# What a model can have:",
        *(f"# {line}" if line else "#" for line in _fields(ModelSettings)),
    ]
    return "\n".join(lines)


def _fields(model: type[BaseModel], leave_out: set[str] | None = None) -> list[str]:
    lines: list[str] = []
    said = meanings(model)
    for name, field in model.model_fields.items():
        if name in (leave_out or ()):
            continue
        lines += [f"# {line}" for line in textwrap.wrap(said.get(name, ""), 100)]
        default: Any = None if field.is_required() else field.get_default(call_default_factory=True)
        lines += [f"# {name} = {json.dumps(default) if default is not None else '...'}", ""]
    return lines


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a settings class."""
    import ast

    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    found: dict[str, str] = {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, after in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            value = after.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[field.target.id] = " ".join(value.value.split())
    return found
