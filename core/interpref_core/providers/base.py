"""What every provider takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from interpref_core.credentials import redact
from interpref_core.providers.messages import Message, call_hash
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.constrained_choice import ChoiceConstraint


ANSWER = 4000  # characters kept of an answer that cannot be used
LONGEST = 1 << 20  # characters of an answer; more than that would fill the memory of whoever reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How a model is sampled. `extra` goes to the provider unchanged (top_k, reasoning_effort, …).

    With `choice`, nothing is: one of a few words is read from the probabilities of the first token, and the reply's text is
    what `choosing.choice_text` makes of them.
    """

    temperature: float | None = 0.0
    max_tokens: int | None = 2048
    top_p: float | None = None
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    choice: ChoiceConstraint | None = None

    def to_json(self) -> dict[str, Any]:
        """The parameters as they are kept and compared: what is a credential among them is not in it."""
        named = {"temperature": self.temperature, "max_tokens": self.max_tokens, "top_p": self.top_p, "seed": self.seed}
        chosen = {"choice": self.choice.to_json()} if self.choice else {}
        extra: dict[str, Any] = redact(dict(self.extra))
        return {key: value for key, value in named.items() if value is not None} | extra | chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: messages, parameters and, where output should be constrained, a JSON schema.

    `key` names this sending of the call for servers that know what they have answered (Idempotency-Key); no part of what
    is asked.
    """

    messages: tuple[Message, ...]
    parameters: Parameters = field(default_factory=Parameters)
    schema: Mapping[str, Any] | None = None
    key: str | None = None

    def hash(self, identity: str) -> str:
        """Content hash of model + prompt + parameters + seed (+ schema): equal hashes are the same call.

        `identity` is the provider's: kind, base URL and model, without keys.
        """
        return call_hash(identity, self.messages, self.parameters.to_json(), dict(self.schema) if self.schema else None)


@dataclass(frozen=True, slots=True)
class RateLimitInfo:
    """What a server says is left of its limits (x-ratelimit-…): so many requests and tokens, until so many seconds from now."""

    requests: int | None = None
    requests_reset: float | None = None
    tokens: int | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `latency` in seconds; `model` as the provider reports it; `constrained` if the schema held."""

    text: str
    finish_reason: str | None = None
    tokens: Tokens = field(default_factory=Tokens)
    latency: float = 0.0
    model: str | None = None
    constrained: bool = False
    allowance: RateLimitInfo | None = None


class ProviderError(Exception):
    """A call failed. The message is one line and never holds a key; `retry_after` is in seconds, from the server.

    `kind` is a stable word. May pass by itself: timeout, connection, rate limit, server, reply, crashed. About this
    request alone: refused, empty, too long (the prompt, or the answer), replay. About every request: auth, quota, model,
    address, missing, file, load, options, usage, logprobs (no probabilities of tokens are to be had).

    `answer` is the beginning of what came back instead of an answer that can be used, as it came (at most ANSWER
    characters): it may hold anything, and must be shown inert. Keys are not in it.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        retryable: bool,
        status: int | None = None,
        retry_after: float | None = None,
        answer: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.status = status
        self.retry_after = retry_after
        self.answer = answer[:ANSWER] if answer else None
        self.allowance: RateLimitInfo | None = None
        self.attempts = 1
        """How often the call was tried in all; whoever tries it again keeps count."""


def check_length(text: str) -> None:
    """Raise ProviderError, final, for an answer that no study should hold."""
    if len(text) > LONGEST:
        raise ProviderError(
            f"answer too long: {len(text):,} characters, of which no answer may have more than {LONGEST:,}",
            kind="too long",
            retryable=False,
        )


class Provider(Protocol):
    """Answers requests. `local` is True when nothing leaves this machine; `identity` has no key in it.

    `at_once` is how many requests it can work on at the same time; None when there is no limit of its own. `endpoint` is
    the address that it answers at, without a key; None where it has none.
    """

    kind: str
    model: str
    identity: str
    local: bool
    at_once: int | None
    endpoint: str | None

    async def prepare(self) -> None:
        """Do what takes long and is needed once (load a model, import a client). Raises ProviderError.

        Not needed before `complete`, but then the first request waits for it.
        """
        ...

    async def complete(self, request: Request) -> Reply:
        """Answer one request, or raise ProviderError. Called from one event loop, many at a time."""
        ...

    async def close(self) -> None:
        """Let go of connections and child processes."""
        ...


def endpoint_urls(provider: Provider) -> tuple[Provider, ...]:
    """The providers that answer for one: its replicas where it has several, else itself."""
    return getattr(provider, "endpoints", None) or (provider,)
