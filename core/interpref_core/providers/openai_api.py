"""Everything that speaks OpenAI's chat completions: OpenAI, vLLM, llama-server, Ollama, LiteLLM and the rest."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from interpref_core.providers.base import ANSWER, ProviderError, Reply, Request
from interpref_core.providers.keys import find_key, without_keys
from interpref_core.providers.openai_replies import is_lost_connection, read_reply, refusal

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    import openai

DEFAULT_URL = "https://api.openai.com/v1"
_CONNECT = 30.0  # seconds to reach a server at all
_FORMS = ("json_schema", "json_object", "plain")
_PLAIN = len(_FORMS) - 1
_NOT_IN_THIS_FORM = (400, 415, 422, 501)


class OpenAIProvider:
    """The `openai` client over aiohttp. Its own retries are off: the engine retries, and knows what it waits for.

    A JSON schema is asked for as OpenAI has it, then as llama-cpp-python's server has it, then not at all: what a server
    refuses is not tried again in this session.
    """

    kind = "openai"
    at_once: int | None = None

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
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL).rstrip("/")
        host, address = _address(url)
        self.base_url = url
        self.local = is_loopback(host)
        self.identity = f"openai {address} {model}"
        self._address = address
        self._key = find_key(key_variable, key_file)
        if self._key is None and not self.local:
            raise ProviderError(
                f"no key for {host}: set {key_variable} in the environment (to any word, if the server wants none), "
                "or api_key_file in the configuration",
                kind="auth",
                retryable=False,
            )
        self._key_place = f"the key file {key_file}" if key_file else f"the key in {key_variable}"
        self._timeout = timeout
        self._connections = connections
        self._client: openai.AsyncOpenAI | None = None
        self._form = 0
        self._form_works = False
        self._limit_name = "max_tokens"  # until the server wants max_completion_tokens

    async def prepare(self) -> None:
        """Import the client, in a thread: it takes a second in which the screen must not stand still."""
        await asyncio.to_thread(self._connected)

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            import httpx2  # what the openai client is built on
            import openai

            timeout = httpx2.Timeout(self._timeout, connect=min(_CONNECT, self._timeout))
            limits = httpx2.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
            transport = openai.DefaultAioHttpClient(
                timeout=timeout,
                limits=limits,
                follow_redirects=False,  # a history goes to the server that was named, and nowhere else
                trust_env=not self.local,  # nor to a proxy, when that server is this machine
            )
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=self.base_url,
                max_retries=0,
                timeout=timeout,
                http_client=transport,
            )
        return self._client

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A server that refuses the form of a request is asked again in another one."""
        form = self._form if request.schema else _PLAIN
        limit_name = self._limit_name
        first: ProviderError | None = None
        while True:
            try:
                reply = await self._ask(request, form, limit_name)
            except ProviderError as error:
                if limit_name == "max_tokens" and error.status == 400 and "max_completion_tokens" in str(error):
                    limit_name = self._limit_name = "max_completion_tokens"
                    continue
                if form < _PLAIN and _about_form(error) and not (self._form_works and form == self._form):
                    first = first or error
                    form += 1
                    continue
                if first is not None and not error.retryable:
                    raise first from None  # it was not the form
                raise
            if request.schema:
                self._form_works = self._form_works or form >= self._form
                self._form = max(self._form, form)
            return reply

    async def _ask(self, request: Request, form: int, limit_name: str) -> Reply:
        import httpx2
        import openai

        # The client's own typed call walks every message twice; with histories of a hundred turns that is most of the
        # time a call takes on this side.
        content = json.dumps(self._body(request, form, limit_name)).encode()
        start = time.perf_counter()
        try:
            response = await self._connected().post(
                "/chat/completions",
                cast_to=httpx2.Response,
                content=content,
                options={"headers": {"Content-Type": "application/json"}},
            )
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except openai.APIConnectionError as error:
            raise self._no_answer(error) from None
        except openai.OpenAIError as error:
            raise ProviderError(self._clean(str(error)), kind="reply", retryable=True) from None
        try:
            return read_reply(response.json(), time.perf_counter() - start, constrained=form < _PLAIN)
        except (ValueError, RecursionError):
            what = f"{self._address}: the reply is not JSON"
            raise ProviderError(what, kind="reply", retryable=True, answer=self._came(response)) from None
        except ProviderError as error:
            raise ProviderError(
                self._clean(str(error)), kind=error.kind, retryable=error.retryable, answer=self._came(response)
            ) from None

    def batch_line(self, request: Request, call: str) -> str:
        """The request as a line of a batch file; `call`, its content hash, comes back with the answer as `custom_id`."""
        body = self._body(request, 0 if request.schema else _PLAIN, self._limit_name)
        line = {"custom_id": call, "method": "POST", "url": "/v1/chat/completions", "body": body}
        return json.dumps(line, ensure_ascii=False)

    def _body(self, request: Request, form: int, limit_name: str) -> dict[str, Any]:
        parameters = request.parameters
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        }
        for name in ("temperature", "top_p", "seed"):
            if getattr(parameters, name) is not None:
                body[name] = getattr(parameters, name)
        if parameters.max_tokens is not None:
            body[limit_name] = parameters.max_tokens
        body |= parameters.extra
        schema = dict(request.schema or {})
        if _FORMS[form] == "json_schema":
            wanted = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        elif _FORMS[form] == "json_object":
            body["response_format"] = {"type": "json_object", "schema": schema}
        return body

    def _refusal(self, error: openai.APIStatusError) -> ProviderError:
        place = f"{self._key_place} for {self._address}"
        found = refusal(error.status_code, error.body, error.response.headers, model=self.model, key_place=place)
        return ProviderError(
            self._clean(str(found)),
            kind=found.kind,
            retryable=found.retryable,
            status=found.status,
            retry_after=found.retry_after,
            answer=self._came(error.response),
        )

    def _no_answer(self, error: openai.APIConnectionError) -> ProviderError:
        """No whole answer came: too late, or the connection was refused or lost."""
        import openai

        if isinstance(error, openai.APITimeoutError) and not is_lost_connection(error):
            return ProviderError(
                f"{self._address}: no answer within {self._timeout:g} s", kind="timeout", retryable=True
            )
        reason = self._clean(str(error.__cause__ or error)) or "the connection was lost"
        return ProviderError(f"{self._address}: {reason}", kind="connection", retryable=True)

    def _came(self, response: httpx2.Response) -> str:
        """The beginning of what came back, as it came, without the key."""
        return without_keys(response.content[: 4 * ANSWER].decode("utf-8", "replace"), self._key)

    def _clean(self, text: str) -> str:
        return without_keys(" ".join(text.split()), self._key)[:500]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


def _about_form(error: ProviderError) -> bool:
    """Whether a refusal may be about how the schema was asked for. (llama-cpp-python's server says 500 to that.)"""
    if error.kind == "too long":
        return False
    return error.status in _NOT_IN_THIS_FORM or (error.status == 500 and "response_format" in str(error))


def _address(url: str) -> tuple[str, str]:
    """The host of a base URL, and the URL as it may be shown: without a user's name and password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        shown = url.rpartition("@")[2]
        raise ProviderError(
            f"{shown!r} is not the address of a server (http://HOST:PORT/v1)", kind="address", retryable=False
        )
    shown_host = f"[{host}]" if ":" in host else host
    return host, f"{parts.scheme}://{shown_host}{f':{port}' if port else ''}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, so that nothing leaves it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
