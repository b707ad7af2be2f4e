"""Everything that speaks OpenAI's chat completions: OpenAI, vLLM, llama-server, Ollama, LiteLLM and the rest."""

from __future__ import annotations

import email.utils
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from interpref_core.providers.base import ProviderError, Reply, Request
from interpref_core.providers.keys import find_key, without_keys
from interpref_core.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import openai
    from openai.types.chat import ChatCompletion

DEFAULT_URL = "https://api.openai.com/v1"
_LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - compared, not listened on
_RETRY_STATUS = {408, 409, 425, 429}


class OpenAIProvider:
    """The `openai` client over aiohttp. Its own retries are off: the engine retries, and knows what it waits for."""

    kind = "openai"

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        key_variable: str = "OPENAI_API_KEY",
        key_file: Path | None = None,
        timeout: float = 300.0,
        connections: int = 1000,
    ) -> None:
        """`timeout` in seconds, a request. Raises ProviderError when a remote service is asked for without a key."""
        self.model = model
        self.base_url = (base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL).rstrip("/")
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ProviderError(
                f"{self.base_url!r} is not the address of a server (http://HOST:PORT/v1)",
                kind="address",
                retryable=False,
            )
        self.local = address.hostname in _LOCAL or address.hostname.startswith("127.")
        self.identity = f"openai {address.scheme}://{address.netloc.rpartition('@')[2]}{address.path} {model}"
        self._key = find_key(key_variable, key_file)
        if self._key is None and not self.local:
            raise ProviderError(
                f"no key for {address.hostname}: set {key_variable} in the environment, or api_key_file in the configuration",
                kind="auth",
                retryable=False,
            )
        self._key_variable = key_variable
        self._timeout = timeout
        self._connections = connections
        self._client: openai.AsyncOpenAI | None = None
        self._schemas = True  # until the server refuses response_format
        self._limit_name = "max_tokens"  # until the server wants max_completion_tokens

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            import openai

            transport = openai.DefaultAioHttpClient(
                timeout=self._timeout,
                limits=_limits(self._connections),
            )
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=self.base_url,
                max_retries=0,
                timeout=self._timeout,
                http_client=transport,
            )
        return self._client

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A server that refuses a JSON schema or max_tokens is asked once more without."""
        for _ in range(3):
            wanted = self._schemas, self._limit_name
            try:
                return await self._ask(request)
            except ProviderError as error:
                if not self._adapts(error, request) and wanted == (self._schemas, self._limit_name):
                    raise
        raise ProviderError("the server refuses every form of this request", kind="refused", retryable=False)

    def _adapts(self, error: ProviderError, request: Request) -> bool:
        """Whether the server's refusal is about something that can be asked in another way from now on."""
        if error.status not in (400, 404, 415, 422, 501):
            return False
        text = str(error)
        if "max_completion_tokens" in text and self._limit_name == "max_tokens":
            self._limit_name = "max_completion_tokens"
            return True
        words = ("response_format", "json_schema", "schema", "grammar", "structured", "guided")
        if request.schema is not None and self._schemas and any(word in text for word in words):
            self._schemas = False
            return True
        return False

    async def _ask(self, request: Request) -> Reply:
        import openai

        constrained = request.schema is not None and self._schemas
        start = time.perf_counter()
        try:
            answer = await self._connected().chat.completions.create(**self._body(request, constrained=constrained))
        except openai.APITimeoutError:
            raise ProviderError(f"no answer within {self._timeout:g} s", kind="timeout", retryable=True) from None
        except openai.APIConnectionError as error:
            reason = self._clean(str(error.__cause__ or error))
            raise ProviderError(f"{self.base_url}: {reason}", kind="connection", retryable=True) from None
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except openai.OpenAIError as error:
            raise ProviderError(self._clean(str(error)), kind="reply", retryable=True) from None
        except ValueError as error:  # a body that is not JSON
            raise ProviderError(
                f"the reply is not JSON: {self._clean(str(error))}", kind="reply", retryable=True
            ) from None
        return _reply(answer, time.perf_counter() - start, constrained=constrained)

    def _body(self, request: Request, *, constrained: bool) -> dict[str, Any]:
        parameters = request.parameters
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        }
        for name in ("temperature", "top_p", "seed"):
            if getattr(parameters, name) is not None:
                body[name] = getattr(parameters, name)
        if parameters.max_tokens is not None:
            body[self._limit_name] = parameters.max_tokens
        if parameters.extra:
            body["extra_body"] = dict(parameters.extra)
        if constrained:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": dict(request.schema or {})},
            }
        return body

    def _refusal(self, error: openai.APIStatusError) -> ProviderError:
        """What a status means for the run: whether to try again, and when."""
        status = error.status_code
        text = self._clean(_message_of(error))
        code = str(getattr(error, "code", "") or "")
        if status in (401, 403):
            return ProviderError(
                f"the server refuses the key (status {status}): check {self._key_variable}; {text}",
                kind="auth",
                retryable=False,
                status=status,
            )
        if status == 404:
            return ProviderError(
                f"the server does not know the model {self.model!r}: {text}",
                kind="model",
                retryable=False,
                status=status,
            )
        if status == 429 and "insufficient_quota" in (code, *text.split()):
            return ProviderError(
                f"the account has no credit left: {text}", kind="quota", retryable=False, status=status
            )
        if status in _RETRY_STATUS or status >= 500:
            kind = "rate limit" if status == 429 else "server"
            after = retry_after(error.response.headers)
            return ProviderError(
                f"status {status}: {text}", kind=kind, retryable=status != 501, status=status, retry_after=after
            )
        return ProviderError(
            f"the server refuses the request (status {status}): {text}", kind="refused", retryable=False, status=status
        )

    def _clean(self, text: str) -> str:
        return without_keys(" ".join(text.split()), self._key)[:500]

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


def _limits(connections: int) -> Any:
    import httpx2  # what the openai client is built on

    return httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)


def _message_of(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        for name in ("message", "detail"):
            if isinstance(inner, dict) and isinstance(inner.get(name), str):
                return str(inner[name])
        return str(inner)
    return str(error.message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: retry-after-ms, or Retry-After in seconds or as an HTTP date."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) / scale)
        except ValueError:
            moment = email.utils.parsedate_to_datetime(value) if "," in value else None
            if moment is not None:
                return max(0.0, moment.timestamp() - time.time())
    return None


def _reply(answer: ChatCompletion, latency: float, *, constrained: bool) -> Reply:
    choices = getattr(answer, "choices", None)
    if not choices:
        raise ProviderError("the reply holds no choices", kind="reply", retryable=True)
    message = choices[0].message
    text = (message.content if message else None) or ""
    reason = choices[0].finish_reason
    usage = answer.usage
    details = usage.prompt_tokens_details if usage else None
    tokens = Tokens(
        prompt=usage.prompt_tokens if usage else None,
        cached=details.cached_tokens if details else None,
        completion=usage.completion_tokens if usage else None,
    )
    if not text.strip():
        refusal = getattr(message, "refusal", None)
        why = f"the model refused: {refusal}" if refusal else f"the reply is empty (finish reason {reason})"
        raise ProviderError(why, kind="empty", retryable=False)
    return Reply(
        text=text,
        finish_reason=reason,
        tokens=tokens,
        latency=latency,
        model=answer.model,
        constrained=constrained,
    )
