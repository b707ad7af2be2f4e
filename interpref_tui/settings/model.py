"""Configuration: one TOML file in the XDG folder, typed, overridden by INTERPREF_… in the environment.

Keys of services are never in it: only the name of the variable, or of a file with mode 0600, that holds one.
"""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - pydantic reads it when it makes the settings
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interpref_core.system.user_files import expand_home, parse_toml
from interpref_tui.settings.paths import PREFIX, config_file


class ConfigError(Exception):
    """Something in the configuration is wrong; one line that names the file and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSettings(_Strict):
    """A named model: `--model NAME` stands for this provider, address and these parameters."""

    model: str
    """PROVIDER/NAME, as on the command line: openai/NAME, llama_cpp/PATH.gguf, replay/FILE.jsonl or overlap."""
    base_url: str | None = None
    """Where an OpenAI-compatible server listens."""
    base_urls: list[str] = Field(default_factory=list)
    """Several servers that answer for this model, instead of one base_url: each call goes to the least loaded that is well."""
    known_as: str | None = None
    """The address that names its calls, where that is not the (first) one it answers at: when a server has moved, give the old
    address here, and what it answered there is not asked again."""
    api_key_env: str = "OPENAI_API_KEY"
    """The environment variable that holds the key."""
    api_key_file: Path | None = None
    """A file, readable by you alone (mode 0600), that holds the key."""
    temperature: float | None = None
    max_tokens: int | None = Field(default=None, gt=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    concurrency: int | None = Field(default=None, gt=0, le=10_000)
    """Calls under way at the same time, at most, at each of its addresses."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """More parameters that go to the provider unchanged."""
    price_prompt: float | None = Field(default=None, ge=0)
    """What a million prompt tokens cost, in your currency: for --dry-run, progress and --budget."""
    price_cached: float | None = Field(default=None, ge=0)
    """What a million prompt tokens cost that the server had in its cache; as price_prompt when not given."""
    price_completion: float | None = Field(default=None, ge=0)
    """What a million completion tokens cost."""
    options: dict[str, Any] = Field(default_factory=dict)
    """How a llama.cpp model is loaded: n_gpu_layers, n_ctx (shared by the calls under way), n_parallel (calls decoded
    together), n_threads, n_batch, flash_attn, seed; batching = false for one by one, check_memory = false to load it whatever
    is free."""
    on_overflow: Literal["fail", "drop-oldest"] | None = None
    """What happens to a history that is too long for a llama.cpp model: its item fails, or it loses its oldest exchanges
    (how many turns, the response's provenance says)."""

    @property
    def has_prices(self) -> bool:
        return self.price_prompt is not None or self.price_completion is not None


class PriceSettings(_Strict):
    """What the models of a name cost, in your currency, a million tokens."""

    model: str
    """The name, as the provider has it; `*` stands for anything ("gpt-4o-mini*"). The first row that fits counts."""
    prompt: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    """Prompt tokens that the server had in its cache; as prompt when not given."""
    completion: float = Field(ge=0)


class RunSettings(_Strict):
    """How models are asked."""

    temperature: float | None = 0.0
    """Sampling temperature (the paper's runs use 0)."""
    max_tokens: int = Field(default=2048, gt=0)
    """The longest answer, in tokens."""
    seed: int | None = 0
    """Seed given to the provider, where it takes one."""
    concurrency: int = Field(default=16, gt=0, le=10_000)
    """Calls under way at the same time, at most, at each address. More is safe to ask for: it begins with 8, doubles while
    all is answered, and shrinks when the server says that it is too much. Runs that are going at the same time share it
    (each takes what the others leave, and at least an equal part)."""
    attempts: int = Field(default=6, gt=0)
    """How often one call is tried before it counts as failed; four times as often when the server says that it is busy."""
    timeout: float = Field(default=300.0, gt=0)
    """Seconds that one call may take."""


class AnnotateSettings(_Strict):
    """How you like to annotate."""

    confirm: bool = False
    """Whether an answer needs a second key (space) before it counts."""
    advance: bool = True
    """Whether the next entry comes by itself after an answer."""


class Settings(_Strict):
    """Everything that can be configured. Each field can be set in the file or by INTERPREF_FIELD (INTERPREF_RUN__SEED)."""

    judge: str | None = None
    """The model that judges when `judge` is not told which: a name below, PROVIDER/NAME, or overlap."""
    model: str | None = None
    """The model that answers when `generate` is not told which."""
    theme: str | None = None
    """Colours of the screens. When none is named here, the one that was chosen last (`T` shows them all). A theme of your own is
    themes/NAME.toml beside this file."""
    prompts: Path | None = None
    """A folder with prompts of your own; a file there replaces the built-in prompt of the same name."""
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    """Named models."""
    prices: list[PriceSettings] = Field(default_factory=list)
    """What models cost, for --dry-run, progress and --budget; a named model's own prices go first."""
    run: RunSettings = Field(default_factory=RunSettings)
    """How models are asked."""
    annotator: str | None = None
    """Your name as an annotator; your login name when not given."""
    annotate: AnnotateSettings = Field(default_factory=AnnotateSettings)
    """How you like to annotate."""
    keymap: str = "default"
    """The keys to begin with: default, vim, emacs, or a TOML file with a table [keys] (and `based_on`, one of the three)."""
    keys: dict[str, str | list[str]] = Field(default_factory=dict)
    """Keys for actions, by the action's name (`?` on a screen shows the names): one or more keys, with commas, or "none"."""
    motion: Annotated[Literal["full", "none"], Field()] = "full"
    """Whether screens may animate."""


def load_settings(environment: dict[str, str] | None = None) -> Settings:
    """Read the file, lay the environment over it, check every field. Raises ConfigError, one line."""
    path = config_file()
    data: dict[str, Any] = {}
    try:
        data = parse_toml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    return settings_of(data, environment)


def settings_of(data: dict[str, Any], environment: dict[str, str] | None = None) -> Settings:
    """The settings of a table of TOML, with the environment laid over it. Raises ConfigError, one line."""
    path = config_file()
    from_environment = _environment(dict(os.environ) if environment is None else environment)
    try:
        return Settings.model_validate(_merge(data, from_environment))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        source = f"{PREFIX}{field.upper().replace('.', '__')}" if _has(from_environment, first["loc"]) else str(path)
        unknown = first["type"] == "extra_forbidden"
        why = f"there is no setting {field}; `interpref config --example` has them all" if unknown else first["msg"]
        raise ConfigError(f"{source}: {why}" if unknown else f"{source}: {field}: {why}") from None


def settings_folder_prompts(settings: Settings) -> tuple[Path, ...]:
    """The folders in which prompts of the user's own are looked for."""
    return (expand_home(settings.prompts) if settings.prompts else config_file().parent / "prompts",)


def _environment(environment: dict[str, str]) -> dict[str, Any]:
    """INTERPREF_RUN__SEED=3 as {"run": {"seed": "3"}}; only names that are settings."""
    found: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        if path[0] not in Settings.model_fields or path[0] in {"models", "keys", "prices"}:
            continue
        inner = found
        for part in path[:-1]:
            # Where INTERPREF_RUN is a text, INTERPREF_RUN__SEED finds no table; the text is refused when all is checked.
            further = inner.setdefault(part, {})
            inner = further if isinstance(further, dict) else {}
        inner.setdefault(path[-1], value)
    return found


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merge(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return result


def _has(data: Any, path: tuple[int | str, ...]) -> bool:
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True
