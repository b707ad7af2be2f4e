"""Providers by PROVIDER/NAME."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.providers.base import Provider, ProviderError
from interpref_core.system.user_files import expand_home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FORMS = "openai/NAME, llama_cpp/PATH.gguf or replay/FILE.jsonl"


def open_provider(
    model: str,
    *,
    base_url: str | None = None,
    base_urls: Sequence[str] = (),
    known_as: str | None = None,
    key_variable: str = "OPENAI_API_KEY",
    key_file: Path | None = None,
    options: Mapping[str, Any] | None = None,
    timeout: float = 300.0,
    connections: int = 1000,
) -> Provider:
    """The provider that a model's name asks for. `timeout` is in seconds. Raises ProviderError, one line.

    `base_urls` are several servers that answer for one model, in place of the one `base_url`; `known_as` is the address that
    its calls are named after (see OpenAIProvider), else the first.
    """
    kind, _, name = model.partition("/")
    if kind == "overlap":
        raise ProviderError(
            "overlap is a judge, it answers nothing itself: give it to judge, not to generate",
            kind="usage",
            retryable=False,
        )
    if kind == "openai" and name:
        from interpref_core.providers.openai.provider import OpenAIProvider
        from interpref_core.providers.replicas import ReplicatedProvider

        urls: list[str | None] = [*dict.fromkeys(base_urls)] or [base_url]
        answering = [
            OpenAIProvider(
                name,
                base_url=url,
                known_as=known_as or (urls[0] if len(urls) > 1 else None),
                key_variable=key_variable,
                key_file=key_file,
                timeout=timeout,
                connections=connections,
            )
            for url in urls
        ]
        return answering[0] if len(answering) == 1 else ReplicatedProvider(answering)
    if kind == "llama_cpp" and name:
        from interpref_core.providers.llama_cpp.provider import LlamaCppProvider

        return LlamaCppProvider(expand_home(name), options=options, timeout=timeout)
    if kind == "replay" and name:
        from interpref_core.providers.replay import ReplayProvider

        return ReplayProvider(expand_home(name))
    raise ProviderError(
        f"{model!r} is no model: give {FORMS}, or a name from the configuration", kind="usage", retryable=False
    )
