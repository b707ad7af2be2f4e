"""Everything that speaks OpenAI's chat completions: OpenAI, vLLM, llama-server, Ollama, LiteLLM and the rest."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from interpref_core.credentials import Secrets, secrets_of
from interpref_core.providers.api_keys import find_key, redact_keys
from interpref_core.providers.base import ANSWER, ProviderError, Reply, Request
from interpref_core.providers.messages import encode_messages
from interpref_core.providers.openai.responses import parse_error, parse_rate_limit_headers, read_embeddings, read_reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import aiohttp

DEFAULT_URL = "https://api.openai.com/v1"
_CONNECT = 30.0  # seconds to reach a server at all
_FORMS = ("json_schema", "json_object", "plain")
_PLAIN = len(_FORMS) - 1
_MANY, _FEW = 20, 5  # likeliest first tokens that are asked for: as many as most servers tell, or as few as some do
_NOT_IN_THIS_FORM = (400, 415, 422, 501)
_LARGEST = 1 << 26  # bytes of a reply; what is longer is no answer to a prompt of ours


class OpenAIProvider:
    """Chat completions over aiohttp. The engine retries, and knows what it waits for: nothing here tries by itself.

    OpenAI's own client would take two thirds of the time that a call costs on this side: it walks every message twice and
    builds the request three times over. What it reads from the environment is read here as well.

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
        known_as: str | None = None,
        key_variable: str = "OPENAI_API_KEY",
        key_file: Path | None = None,
        timeout: float = 300.0,
        connections: int = 1000,
    ) -> None:
        """`timeout` in seconds, a request. `known_as` is the address that names the model's calls where that is not the
        one it answers at (a replica, a server that moved). Raises ProviderError when a remote service is asked for without a
        key.
        """
        self.model = model
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL).rstrip("/")
        host, address = _address(url)
        self.base_url, self._basic = _without_login(url)
        self.local = is_loopback(host)
        self.endpoint: str | None = address
        self.identity = f"openai {_address(known_as.rstrip('/'))[1] if known_as else address} {model}"
        self._key = find_key(key_variable, key_file)
        if self._key is None and not self.local:
            raise ProviderError(
                f"no key for {host}: set {key_variable} in the environment (to any word, if the server wants none), "
                "or api_key_file in the configuration",
                kind="auth",
                retryable=False,
            )
        self._key_place = f"the key file {key_file}" if key_file else f"the key in {key_variable}"
        self._login = url
        self._told: tuple[Mapping[str, Any], Secrets] = ({}, self._secrets({}))
        self._timeout = timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._form = 0
        self._form_works = False
        self._limit_name = "max_tokens"  # until the server wants max_completion_tokens
        self._likeliest = _MANY
        self._rest: tuple[Any, bytes] = (None, b"")

    async def prepare(self) -> None:
        """Import the client, in a thread: the screen must not stand still meanwhile."""
        await asyncio.to_thread(__import__, "aiohttp")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            import aiohttp

            login = self._basic if self._basic and not self._key else f"Bearer {self._key or 'none'}"
            headers = {"Content-Type": "application/json", "Authorization": login}
            for name, variable in (("OpenAI-Organization", "OPENAI_ORG_ID"), ("OpenAI-Project", "OPENAI_PROJECT_ID")):
                if os.environ.get(variable) and not self.local:
                    headers[name] = os.environ[variable]
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(_CONNECT, self._timeout)),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=not self.local,  # a proxy is not told what goes to this machine
            )
        return self._session

    async def complete(self, request: Request) -> Reply:
        """One chat completion. A server that refuses the form of a request is asked again in another one."""
        form = self._form if request.schema else _PLAIN
        limit_name = self._limit_name
        first: ProviderError | None = None
        while True:
            likeliest = self._likeliest
            try:
                reply = await self._ask(request, form, limit_name)
            except ProviderError as error:
                if limit_name == "max_tokens" and error.status == 400 and "max_completion_tokens" in str(error):
                    limit_name = self._limit_name = "max_completion_tokens"
                    continue
                if request.parameters.choice and likeliest > _FEW and "top_logprobs" in str(error):
                    self._likeliest, self._rest = _FEW, (None, b"")  # some servers tell no more than these
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
        content = self._body(request, form, limit_name)
        headers = {"Idempotency-Key": request.key} if request.key else None
        start = time.perf_counter()
        if request.parameters.extra is not self._told[0]:
            self._told = (request.parameters.extra, self._secrets(request.parameters.extra))
        data, raw, head = await self._post("/chat/completions", content, headers)
        took = time.perf_counter() - start
        try:
            return read_reply(
                data,
                took,
                constrained=form < _PLAIN,
                allowance=parse_rate_limit_headers(head),
                choice=request.parameters.choice,
            )
        except ProviderError as error:
            raise ProviderError(
                self._clean(str(error)), kind=error.kind, retryable=error.retryable, answer=self._came(raw)
            ) from None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text, in their order, by the server's embeddings. Raises ProviderError."""
        body = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        data, raw, _ = await self._post("/embeddings", json.dumps(body).encode(), None)
        try:
            return read_embeddings(data, len(texts))
        except ProviderError as error:
            raise ProviderError(
                self._clean(str(error)), kind=error.kind, retryable=error.retryable, answer=self._came(raw)
            ) from None

    async def _post(
        self, path: str, content: bytes, headers: Mapping[str, str] | None
    ) -> tuple[Any, bytes, Mapping[str, str]]:
        """What the server answers: decoded, as it came, and the head of it. Raises ProviderError."""
        import aiohttp

        try:
            async with self._open_session().post(
                self.base_url + path,
                data=content,
                headers=headers,
                allow_redirects=False,  # a history goes to the server that was named, and nowhere else
            ) as response:
                raw = await _whole(response)
        except TimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise self._connection_error("the server cannot be reached") from None
            message = f"{self.endpoint}: no answer within {self._timeout:g} s"
            raise ProviderError(message, kind="timeout", retryable=True) from None
        except aiohttp.ClientConnectorError as error:
            number = error.os_error.errno or 0
            raise self._connection_error(
                os.strerror(number) if number > 0 else str(error.os_error.strerror or error)
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._connection_error(str(error)) from None
        if response.status != 200:
            raise self._refusal(response.status, raw, response.headers)
        try:
            return self._told[1].clean_json(json.loads(raw)), raw, response.headers
        except (ValueError, RecursionError):
            message = f"{self.endpoint}: the reply is not JSON ({self._clean(response.content_type)})"
            raise ProviderError(message, kind="reply", retryable=True, answer=self._came(raw)) from None

    def batch_line(self, request: Request, call: str) -> str:
        """The request as a line of a batch file; `call`, its content hash, comes back with the answer as `custom_id`."""
        body = self._body(request, 0 if request.schema else _PLAIN, self._limit_name).decode()
        return f'{{"custom_id": "{call}", "method": "POST", "url": "/v1/chat/completions", "body": {body}}}'

    def _body(self, request: Request, form: int, limit_name: str) -> bytes:
        """The request as JSON. All that is not messages is the same for the calls of a run, and kept."""
        parts = (request.parameters, request.schema, form, limit_name)
        known, rest = self._rest
        if known is None or not all(one is other for one, other in zip(known, parts, strict=True)):
            rest = json.dumps(self._options(request, form, limit_name)).encode()[1:]
            self._rest = (parts, rest)
        start = b'{"model":%b,"messages":%b' % (json.dumps(self.model).encode(), encode_messages(request.messages))
        return start + (b"}" if rest == b"}" else b"," + rest)

    def _options(self, request: Request, form: int, limit_name: str) -> dict[str, Any]:
        parameters = request.parameters
        body: dict[str, Any] = {}
        for name in ("temperature", "top_p", "seed"):
            if getattr(parameters, name) is not None:
                body[name] = getattr(parameters, name)
        if parameters.max_tokens is not None:
            body[limit_name] = parameters.max_tokens
        body |= parameters.extra
        if parameters.choice:
            body |= {limit_name: 1, "logprobs": True, "top_logprobs": self._likeliest}
        schema = dict(request.schema or {})
        if _FORMS[form] == "json_schema":
            wanted = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        elif _FORMS[form] == "json_object":
            body["response_format"] = {"type": "json_object", "schema": schema}
        return body

    def _refusal(self, status: int, raw: bytes, headers: Mapping[str, str]) -> ProviderError:
        try:
            body = self._told[1].clean_json(json.loads(raw))
        except (ValueError, RecursionError):
            body = self._told[1].clean_raw(raw)
        place = f"{self._key_place} for {self.endpoint}"
        found = parse_error(status, body, headers, model=self.model, key_place=place)
        error = ProviderError(
            self._clean(str(found)),
            kind=found.kind,
            retryable=found.retryable,
            status=found.status,
            retry_after=found.retry_after,
            answer=self._came(raw),
        )
        error.allowance = parse_rate_limit_headers(headers)
        return error

    def _connection_error(self, reason: str) -> ProviderError:
        """No whole answer came: the connection was refused or lost."""
        reason = self._clean(reason) or "the connection was lost"
        return ProviderError(f"{self.endpoint}: {reason}", kind="connection", retryable=True)

    def _came(self, raw: bytes) -> str:
        """The beginning of what came back, as it came, without the key."""
        return redact_keys(self._told[1].clean_raw(raw)[: 2 * ANSWER], self._key, self._told[1])[:ANSWER]

    def _clean(self, text: str) -> str:
        return redact_keys(" ".join(text.split()), self._key, self._told[1])[:500]

    def _secrets(self, parameters: Mapping[str, Any]) -> Secrets:
        """What a server may send back of what it was given, and nothing that is kept may hold."""
        return secrets_of(self._key, parameters=parameters, addresses=(self._login,))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """A reply's body; one without end is cut off before it fills the memory."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > _LARGEST:
            response.close()
            raise ProviderError(f"the reply is longer than {_LARGEST >> 20} MiB", kind="reply", retryable=True)
    return b"".join(chunks)


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


def _without_login(url: str) -> tuple[str, str | None]:
    """A URL without the user and password in it, and these as an Authorization header."""
    parts = urlsplit(url)
    login, found, place = parts.netloc.rpartition("@")
    if not found:
        return url, None
    return parts._replace(netloc=place).geturl(), "Basic " + base64.b64encode(unquote(login).encode()).decode()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, so that nothing leaves it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
