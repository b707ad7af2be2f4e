"""Where answers come from: an OpenAI-compatible API, a local llama.cpp model in a child process, or a replay file."""

from __future__ import annotations

from interpref_core.providers.base import Parameters, Provider, ProviderError, Reply, Request
from interpref_core.providers.messages import Message
from interpref_core.providers.registry import open_provider

__all__ = ["Message", "Parameters", "Provider", "ProviderError", "Reply", "Request", "open_provider"]
