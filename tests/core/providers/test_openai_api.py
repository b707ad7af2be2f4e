"""The `openai` provider against a real HTTP server on loopback."""

from __future__ import annotations

import email.utils
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.providers import Message, Parameters, ProviderError, Request
from interpref_core.providers.base import RateLimitInfo
from interpref_core.providers.openai.provider import OpenAIProvider, is_loopback
from interpref_core.providers.openai.responses import (
    error_message,
    parse_duration,
    parse_error,
    read_reply,
    retry_after,
)
from tests.support.fake_openai import FakeOpenAI, Reply, always, friendly

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {"type": "object", "properties": {"persona_1": {"type": "string"}}, "required": ["persona_1"]}
HELLO = Request(messages=(Message("system", "be brief"), Message("user", "hello")), parameters=Parameters(seed=7))
JUDGE = Request(messages=(Message("user", "judge"),), schema=SCHEMA)
KEY = "sk-proj-abcdefgh12345678"


async def ask(server: FakeOpenAI, request: Request = HELLO, **options: Any) -> Any:
    provider = OpenAIProvider("some/model", base_url=server.url, timeout=2.0, **options)
    try:
        return await provider.complete(request)
    finally:
        await provider.close()


async def refused(server: FakeOpenAI, reply: Reply, request: Request = HELLO, **options: Any) -> ProviderError:
    server.script = always(reply)
    with pytest.raises(ProviderError) as caught:
        await ask(server, request, **options)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_an_answer_comes_with_what_it_took(server: FakeOpenAI) -> None:
    server.script = always(Reply(text="Hello 你好 🎉", cached=1, delay=0.05))
    reply = await ask(server)
    assert (reply.text, reply.finish_reason, reply.model, reply.constrained) == (
        "Hello 你好 🎉",
        "stop",
        "some/model",
        False,
    )
    assert (reply.tokens.prompt, reply.tokens.cached, reply.tokens.completion) == (3, 1, 2)
    assert 0.05 <= reply.latency < 1
    assert server.asked == [
        {
            "model": "some/model",
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
            "temperature": 0.0,
            "max_tokens": 2048,
            "seed": 7,
        }
    ]


async def test_parameters_go_out_unchanged(server: FakeOpenAI) -> None:
    parameters = Parameters(temperature=None, max_tokens=None, top_p=0.5, extra={"top_k": 3, "reasoning_effort": "low"})
    await ask(server, Request(messages=HELLO.messages, parameters=parameters))
    body = server.asked[0]
    assert {name: body[name] for name in body if name not in ("model", "messages")} == {
        "top_p": 0.5,
        "top_k": 3,
        "reasoning_effort": "low",
    }


async def test_any_text_goes_out_and_comes_back_as_it_is(server: FakeOpenAI) -> None:
    text = '\x00\x1b[31m [/b] \u2028 \\ " 𝄞 ' + "x" * 100_000
    server.script = lambda body, _: Reply(text=body["messages"][0]["content"])
    assert (await ask(server, Request(messages=(Message("user", text),)))).text == text
    await ask(server, Request(messages=(Message("user", "lone \ud800"),)))


async def test_a_schema_is_asked_for_and_said_to_hold(server: FakeOpenAI) -> None:
    reply = await ask(server, JUDGE)
    assert reply.constrained
    wanted = server.asked[0]["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("status", [400, 422, 501])
async def test_a_server_without_schemas_is_asked_plainly_from_then_on(server: FakeOpenAI, status: int) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=status, error="Bad Request") if "response_format" in body else friendly(body, before)

    server.script = script
    provider = OpenAIProvider("m", base_url=server.url)
    first = await provider.complete(JUDGE)
    second = await provider.complete(JUDGE)
    await provider.close()
    assert not first.constrained
    assert not second.constrained
    forms = [body.get("response_format", {}).get("type") for body in server.asked]
    assert forms == ["json_schema", "json_object", None, None]


async def test_a_server_with_the_older_form_of_schemas_is_asked_in_that(server: FakeOpenAI) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        plain = body["response_format"]["type"] == "json_schema"
        return Reply(status=422) if plain else friendly(body, before)

    server.script = script
    provider = OpenAIProvider("m", base_url=server.url)
    assert (await provider.complete(JUDGE)).constrained
    assert (await provider.complete(JUDGE)).constrained
    await provider.close()
    assert server.asked[-1]["response_format"] == {"type": "json_object", "schema": SCHEMA}
    assert len(server.asked) == 3


async def test_a_refusal_that_is_not_about_the_schema_stays_what_it_is(server: FakeOpenAI) -> None:
    error = await refused(server, Reply(status=400, error="unsupported value: temperature"), JUDGE)
    assert error.kind == "refused"
    assert "unsupported value: temperature" in str(error)
    provider = OpenAIProvider("m", base_url=server.url)
    server.script = friendly
    await provider.complete(JUDGE)
    asked = len(server.asked)
    server.script = always(Reply(status=400, error="not this one"))
    with pytest.raises(ProviderError):
        await provider.complete(JUDGE)
    await provider.close()
    assert len(server.asked) == asked + 1, "once schemas have worked, a refusal is about the request"


async def test_newer_models_are_asked_with_max_completion_tokens(server: FakeOpenAI) -> None:
    def script(body: dict[str, Any], before: int) -> Reply:
        if "max_tokens" in body:
            words = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            return Reply(status=400, error=words)
        return friendly(body, before)

    server.script = script
    provider = OpenAIProvider("m", base_url=server.url)
    await provider.complete(HELLO)
    await provider.complete(HELLO)
    await provider.close()
    assert [body.get("max_completion_tokens") for body in server.asked] == [None, 2048, 2048]


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (400, None, "refused", False),
        (400, "context_length_exceeded", "too long", False),
        (401, None, "auth", False),
        (403, None, "auth", False),
        (404, None, "model", False),
        (408, None, "server", True),
        (409, None, "server", True),
        (413, None, "refused", False),
        (422, None, "refused", False),
        (429, None, "rate limit", True),
        (429, "insufficient_quota", "quota", False),
        (500, None, "server", True),
        (501, None, "refused", False),
        (502, None, "server", True),
        (503, None, "server", True),
        (504, None, "server", True),
        (529, None, "server", True),
    ],
)
async def test_what_a_status_means(
    server: FakeOpenAI, status: int, code: str | None, kind: str, retryable: bool
) -> None:
    error = await refused(server, Reply(status=status, code=code, error="the reason"))
    assert (error.kind, error.retryable, error.status) == (kind, retryable, status)
    assert "the reason" in str(error)
    assert len(server.asked) == 1, "the client does not try again by itself"


async def test_a_server_says_how_long_to_wait(server: FakeOpenAI) -> None:
    assert (await refused(server, Reply(status=429, headers={"Retry-After": "3"}))).retry_after == 3
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    seconds = (await refused(server, Reply(status=503, headers={"Retry-After": date}))).retry_after
    assert seconds is not None
    assert 57 < seconds <= 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2.5", 2.5), ("-1", 0.0), ("nan", None), ("inf", 86_400.0), ("soon", None), ("", None), ("1e999", 86_400.0)],
)
def test_odd_waits(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}) == seconds
    assert retry_after({"retry-after-ms": "1500", "retry-after": header}) == 1.5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("20ms", 0.02),
        ("1h2m3.5s", 3723.5),
        ("12", 12.0),
        ("400d", 86_400.0),
        ("soon", None),
        ("-1s", None),
        ("1s or so", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_until_a_limit_is_renewed(text: str | None, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


async def test_what_is_left_of_a_servers_limits_comes_with_answers_and_refusals(server: FakeOpenAI) -> None:
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m30s",
        "x-ratelimit-remaining-tokens": "1500",
        "x-ratelimit-reset-tokens": "250ms",
    }
    server.script = always(Reply(text="yes", headers=headers))
    assert (await ask(server)).allowance == RateLimitInfo(0, 90.0, 1500, 0.25)
    assert (await refused(server, Reply(status=429, headers=headers))).allowance == RateLimitInfo(0, 90.0, 1500, 0.25)
    server.script = always(Reply(text="yes", headers={"x-ratelimit-remaining-requests": "many"}))
    assert (await ask(server)).allowance is None


def test_the_words_of_a_refusal_are_found_wherever_they_are() -> None:
    for body in (
        {"error": {"message": "too busy"}},
        {"error": {"error": {"message": "too busy"}}},
        {"message": "too busy"},
        {"detail": "too busy"},
        {"error": "too busy"},
    ):
        assert error_message(body) == "too busy"


async def test_a_reply_without_end_is_cut_off(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interpref_core.providers.openai.provider._LARGEST", 1000)
    error = await refused(server, Reply(text="x" * 5000))
    assert error.kind == "reply"
    assert "longer than" in str(error)


async def test_no_answer_in_time(server: FakeOpenAI) -> None:
    server.delay = 5
    start = time.monotonic()
    provider = OpenAIProvider("m", base_url=server.url, timeout=0.3)
    with pytest.raises(ProviderError, match=r"no answer within 0\.3 s") as caught:
        await provider.complete(HELLO)
    await provider.close()
    assert (caught.value.kind, caught.value.retryable) == ("timeout", True)
    assert time.monotonic() - start < 2


async def test_a_lost_connection_is_not_called_late(server: FakeOpenAI) -> None:
    error = await refused(server, Reply(drop=True))
    assert (error.kind, error.retryable) == ("connection", True)
    provider = OpenAIProvider("m", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ProviderError, match=r"http://127\.0\.0\.1:9/v1") as caught:
        await provider.complete(HELLO)
    await provider.close()
    assert caught.value.kind == "connection"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b'{"choices": [{"mess'),
        Reply(raw=b"<html>sign in</html>", content_type="text/html"),
        Reply(raw=b"[]"),
        Reply(raw=b"null"),
        Reply(raw=b'{"choices": [3]}'.replace(b"3", b"[" * 100_000 + b"]" * 100_000)),
        Reply(raw=b"\xff\xfe\x00"),
        Reply(choices=False),
    ],
)
async def test_what_is_no_answer_is_worth_another_try(server: FakeOpenAI, reply: Reply) -> None:
    error = await refused(server, reply)
    assert (error.kind, error.retryable) == ("reply", True)


async def test_an_empty_answer_is_final(server: FakeOpenAI) -> None:
    error = await refused(server, Reply(text=" \n"))
    assert (error.kind, error.retryable) == ("empty", False)
    thought = Reply(text=None, finish_reason="length", message={"reasoning_content": "hmm"})
    assert "max_tokens" in str(await refused(server, thought))
    assert "no politics" in str(await refused(server, Reply(text=None, message={"refusal": "no politics"})))


async def test_a_truncated_answer_is_an_answer_that_says_so(server: FakeOpenAI) -> None:
    server.script = always(Reply(text="and then", finish_reason="length", usage=False))
    reply = await ask(server)
    assert (reply.text, reply.finish_reason, reply.tokens.prompt) == ("and then", "length", None)


async def test_a_gateway_that_fails_with_status_200(server: FakeOpenAI) -> None:
    error = await refused(server, Reply(raw=b'{"error": {"message": "upstream is down", "code": 502}}'))
    assert (error.kind, error.retryable) == ("server", True)
    assert "upstream is down" in str(error)


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_history_is_not_sent_on_to_another_server(server: FakeOpenAI, status: int) -> None:
    with FakeOpenAI() as other:
        place = {"Location": other.url + "/chat/completions"}
        error = await refused(server, Reply(status=status, headers=place))
        assert error.kind == "address"
        assert other.url in str(error)
        assert not other.asked


async def test_a_proxy_is_not_told_what_goes_to_this_machine(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert (await ask(server)).text


async def test_the_key_comes_from_the_environment_and_appears_nowhere(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY + "\n")
    await ask(server, key_variable="MY_KEY")
    assert server.keys == ["Bearer " + KEY]
    echo = f"Incorrect API key provided: {KEY}. Bearer {KEY}"
    for status in (400, 401, 403, 404, 429, 500):
        error = await refused(server, Reply(status=status, error=echo), key_variable="MY_KEY")
        assert KEY not in str(error)
        assert KEY[:12] not in repr(error)
    raw = json.dumps({"error": {"message": echo}}).encode()
    assert KEY not in str(await refused(server, Reply(raw=raw), key_variable="MY_KEY"))
    assert KEY not in OpenAIProvider("m", base_url=server.url, key_variable="MY_KEY").identity
    assert "check the key in MY_KEY" in str(await refused(server, Reply(status=401), key_variable="MY_KEY"))


async def test_a_local_server_needs_no_key(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert (await ask(server)).text


def test_a_remote_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ProviderError, match=r"no key for api\.openai\.com: set OPENAI_API_KEY"):
        OpenAIProvider("gpt")


async def test_the_key_comes_from_a_file_of_ones_own(server: FakeOpenAI, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o640)
    with pytest.raises(ProviderError, match="chmod 600"):
        OpenAIProvider("m", base_url=server.url, key_file=file)
    file.chmod(0o600)
    await ask(server, key_file=file)
    assert server.keys == ["Bearer " + KEY]
    for content in (b"\xff\xfe\x00", b"two words", b"line\nline", "schlüssel".encode()):
        file.write_bytes(content)
        with pytest.raises(ProviderError, match=r"not a key|not text") as caught:
            OpenAIProvider("m", base_url=server.url, key_file=file)
        assert "schl" not in str(caught.value)
    with pytest.raises(ProviderError, match="cannot be read"):
        OpenAIProvider("m", base_url=server.url, key_file=tmp_path / "none")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", True),  # noqa: S104 - compared, not listened on
        ("127.example.com", False),
        ("localhost.example.com", False),
        ("192.168.0.4", False),
        ("api.openai.com", False),
    ],
)
def test_what_is_local(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://h/v1", "http://", "http://h:port/v1", "http://[::1/v1", "x"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ProviderError, match="is not the address of a server"):
        OpenAIProvider("m", base_url=url)


def test_a_password_in_the_address_is_not_shown() -> None:
    provider = OpenAIProvider("m", base_url="http://me:secret@localhost:8000/v1/")
    assert provider.identity == "openai http://localhost:8000/v1 m"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "text", "usage", "error", "code", "finish_reason", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_body_breaks_the_reading(body: Any) -> None:
    try:
        outcome = read_reply(body, 0.1, constrained=False).text.strip()
    except ProviderError as error:
        outcome = error.kind
        assert error.kind in {"empty", "reply", "server"}  # noqa: PT017 - either way is fine
    assert outcome
    assert isinstance(error_message(body), str)
    assert parse_error(400, body, {}, model="m", key_place="k").kind in ("refused", "too long")
