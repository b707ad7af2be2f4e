"""From `--model` and the configuration to a provider with its parameters."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from interpref_core.engine import ConcurrencyLimiter, Prices, RunLimits
from interpref_core.engine.shared_slots import SharedSlots
from interpref_core.paradigms.context_overflow import CountsTokens
from interpref_core.providers.base import Parameters, Provider, endpoint_urls
from interpref_core.system.user_files import expand_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.engine import Budget
    from interpref_core.paradigms.context_overflow import OnOverflow
    from interpref_tui.settings.model import Settings


class WorkError(Exception):
    """Work that cannot begin; one line with the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """What the command line says about a model; None where it says nothing."""

    model: str | None = None
    base_url: str | None = None
    base_urls: tuple[str, ...] = ()
    known_as: str | None = None
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
    on_overflow: OnOverflow | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready to be asked. `name` is how it is called in the study: its own name, or that of the configuration."""

    name: str
    spec: str
    provider: Provider
    parameters: Parameters
    limits: RunLimits
    budget: Budget | None = None
    """One budget for several runs, instead of the one that the limits name for each."""
    drop_oldest: bool = False
    """Whether a history that is too long for the context loses its oldest exchanges."""


def spec_of(asked: ModelOptions, default: str | None) -> str:
    """PROVIDER/NAME, or the name of a configured model, that is to be asked. Raises WorkError."""
    wanted = asked.model or default
    if not wanted:
        raise WorkError("no model is named: give --model PROVIDER/NAME, or set one in the configuration")
    return wanted


def open_model(settings: Settings, asked: ModelOptions, default: str | None) -> Model:
    """The model that is asked for, with parameters from the command line, then the configuration, then the defaults.

    Raises WorkError or ProviderError, one line.
    """
    from interpref_core.providers.llama_cpp.provider import MOST_AT_ONCE
    from interpref_core.providers.registry import open_provider
    from interpref_tui.settings.paths import config_file

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

    timeout = pick("timeout", run.timeout)
    options = dict(named.options) if named else {}
    for name in ("n_ctx", "n_gpu_layers"):
        if getattr(asked, name) is not None:
            options[name] = getattr(asked, name)
    if spec.startswith("llama_cpp/") and (together := pick("concurrency", None)) is not None:
        options["n_parallel"] = min(together, MOST_AT_ONCE)
    urls = asked.base_urls or ((asked.base_url,) if asked.base_url else ())
    if not urls and named:
        urls = tuple(named.base_urls) or ((named.base_url,) if named.base_url else ())
    provider = open_provider(
        spec,
        base_urls=urls,
        known_as=pick("known_as", None),
        key_variable=pick("api_key_env", "OPENAI_API_KEY"),
        key_file=expand_home(named.api_key_file) if named and named.api_key_file else None,
        options=options,
        timeout=timeout,
        connections=0,  # the engine knows how many
    )
    concurrency = pick("concurrency", run.concurrency)
    if provider.at_once is not None:
        concurrency = min(concurrency, provider.at_once)
    if provider.kind == "llama_cpp":  # calls that are decoded together share the machine; it keeps their time itself
        timeout *= concurrency
    parameters = Parameters(
        temperature=pick("temperature", run.temperature),
        max_tokens=pick("max_tokens", run.max_tokens),
        top_p=pick("top_p", None),
        seed=pick("seed", run.seed),
        extra=dict(named.parameters) if named else {},
    )
    limits = RunLimits(
        concurrency=concurrency,
        attempts=pick("attempts", run.attempts),
        timeout=timeout,
        tokens=asked.budget_tokens,
        money=asked.budget,
        prices=prices_of(settings, wanted, provider.model),
    )
    if limits.money is not None and limits.prices is None:
        raise WorkError(
            f"--budget needs prices: give a row of [[prices]] that fits {provider.model!r}, or price_prompt and "
            f"price_completion to a model of [models], in {config_file()}"
        )
    name = wanted if named else provider.model.removesuffix(".gguf").rpartition("/")[2] or provider.model
    drop_oldest = pick("on_overflow", "fail") == "drop-oldest"
    if drop_oldest and not isinstance(provider, CountsTokens):
        raise WorkError(
            f"drop-oldest has to count tokens as the model does, which only llama_cpp/ can; for {spec} a history that is "
            "too long fails"
        )
    return Model(name, spec, provider, parameters, limits, drop_oldest=drop_oldest)


def prices_of(settings: Settings, wanted: str, model: str) -> Prices | None:
    """What a model costs: by its own prices, where it is a named one that has them, else by the table; None for unknown."""
    named = settings.models.get(wanted)
    if named and named.has_prices:
        return Prices(named.price_prompt or 0.0, named.price_completion or 0.0, named.price_cached)
    for row in settings.prices:
        if fnmatchcase(model, row.model):
            return Prices(row.prompt, row.completion, row.cached)
    return None


@contextmanager
def limiter_of(model: Model) -> Iterator[ConcurrencyLimiter]:
    """The limiter of a model's endpoints, which it shares with other runs that are going at the same time."""
    from interpref_tui.settings.paths import state_folder
    from interpref_tui.settings.private_files import prepare_folder

    most = min(model.limits.concurrency, model.provider.at_once or model.limits.concurrency)
    folder = state_folder() / "endpoints"
    with suppress(OSError):  # where nothing can be written, nothing is shared
        prepare_folder(folder, root=state_folder())
    shares = [
        SharedSlots(folder, f"{one.endpoint} {one.model}", most) if one.endpoint else None
        for one in endpoint_urls(model.provider)
    ]
    try:
        yield ConcurrencyLimiter(most, shares)
    finally:
        for share in shares:
            if share is not None:
                share.close()
