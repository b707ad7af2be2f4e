"""From `--model` and the configuration to a provider with its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.engine import Limits
from interpref_core.providers.base import Parameters, Provider

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_tui.config import Settings


class WorkError(Exception):
    """Work that cannot begin; one line with the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says about a model; None where it says nothing."""

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    concurrency: int | None = None
    attempts: int | None = None
    timeout: float | None = None
    n_ctx: int | None = None
    n_gpu_layers: int | None = None
    budget_tokens: int | None = None
    budget: float | None = None
    prompts: Path | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready to be asked. `name` is how it is called in the study: its own name, or that of the configuration."""

    name: str
    spec: str
    provider: Provider
    parameters: Parameters
    limits: Limits


def spec_of(asked: Asked, default: str | None) -> str:
    """PROVIDER/NAME, or the name of a configured model, that is to be asked. Raises WorkError."""
    wanted = asked.model or default
    if not wanted:
        raise WorkError("no model is named: give --model PROVIDER/NAME, or set one in the configuration")
    return wanted


def open_model(settings: Settings, asked: Asked, default: str | None) -> Model:
    """The model that is asked for, with parameters from the command line, then the configuration, then the defaults.

    Raises WorkError or ProviderError, one line.
    """
    from interpref_core.providers.registry import open_provider

    wanted = spec_of(asked, default)
    named = settings.models.get(wanted)
    run = settings.run
    spec = named.model if named else wanted

    def pick(name: str, otherwise: Any) -> Any:
        """The command line's value, else the named model's, else the general one."""
        for source in (asked, named):
            value = getattr(source, name, None)
            if value is not None:
                return value
        return otherwise

    concurrency = pick("concurrency", 1 if spec.startswith("llama_cpp/") else run.concurrency)
    timeout = pick("timeout", run.timeout)
    options = dict(named.options) if named else {}
    for name in ("n_ctx", "n_gpu_layers"):
        if getattr(asked, name) is not None:
            options[name] = getattr(asked, name)
    provider = open_provider(
        spec,
        base_url=pick("base_url", None),
        key_variable=pick("api_key_env", "OPENAI_API_KEY"),
        key_file=named.api_key_file.expanduser() if named and named.api_key_file else None,
        options=options,
        timeout=timeout,
        connections=concurrency,
    )
    parameters = Parameters(
        temperature=pick("temperature", run.temperature),
        max_tokens=pick("max_tokens", run.max_tokens),
        top_p=pick("top_p", None),
        seed=pick("seed", run.seed),
        extra=dict(named.parameters) if named else {},
    )
    limits = Limits(
        concurrency=concurrency,
        attempts=pick("attempts", run.attempts),
        timeout=timeout,
        tokens=asked.budget_tokens,
        money=asked.budget,
        prices=(named.price_prompt or 0.0, named.price_completion or 0.0) if named and named.has_prices else None,
    )
    if limits.money is not None and limits.prices is None:
        raise WorkError(
            f"--budget needs prices: give price_prompt and price_completion to a model of [models] for {spec}"
        )
    name = wanted if named else provider.model.removesuffix(".gguf").rpartition("/")[2] or provider.model
    return Model(name, spec, provider, parameters, limits)
