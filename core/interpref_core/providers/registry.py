"""Providers by PROVIDER/NAME."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.providers.base import Provider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMS = "openai/NAME, llama_cpp/PATH.gguf or replay/FILE.jsonl"


def open_provider(
    model: str,
    *,
    base_url: str | None = None,
    key_variable: str = "OPENAI_API_KEY",
    key_file: Path | None = None,
    options: Mapping[str, Any] | None = None,
    timeout: float = 300.0,
    connections: int = 1000,
) -> Provider:
    """The provider that a model's name asks for. `timeout` is in seconds. Raises ProviderError, one line."""
    kind, _, name = model.partition("/")
    if kind == "overlap":
        raise ProviderError(
            "overlap is a judge, it answers nothing itself: give it to judge, not to generate",
            kind="usage",
            retryable=False,
        )
    if kind == "openai" and name:
        from interpref_core.providers.openai_api import OpenAIProvider

        return OpenAIProvider(
            name,
            base_url=base_url,
            key_variable=key_variable,
            key_file=key_file,
            timeout=timeout,
            connections=connections,
        )
    if kind == "llama_cpp" and name:
        from interpref_core.providers.llama_cpp import LlamaCppProvider

        return LlamaCppProvider(Path(name).expanduser(), options=options, timeout=timeout)
    if kind == "replay" and name:
        from interpref_core.providers.replay import ReplayProvider

        return ReplayProvider(Path(name).expanduser())
    raise ProviderError(
        f"{model!r} is no model: give {FORMS}, or a name from the configuration", kind="usage", retryable=False
    )
