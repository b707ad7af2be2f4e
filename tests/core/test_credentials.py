"""What is a credential, by its name or as a value that was given out, and what is not."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.credentials import REMOVED, Secrets, is_credential, redact, redact_address, secrets_of
from interpref_core.providers.base import Parameters

KEY = 'ab-K3y+for/"this" & that=9'


@pytest.mark.parametrize(
    "name",
    ["Authorization", "api-key", "api_key", "X-API-Key", "x-api-key", "token", "access_token", "X-Auth-Token", "secret", "client_secret",
     "password", "Proxy-Authorization", "Ocp-Apim-Subscription-Key", "Cookie", "passphrase", "bearer"],
)  # fmt: skip
def test_names_of_credentials(name: str) -> None:
    assert is_credential(name)
    assert redact({name: "x", "a": [{name: ["y"]}]}) == {name: REMOVED, "a": [{name: REMOVED}]}


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "stop_token_ids", "eos_token", "skip_special_tokens", "prompt_cache_key", "top_k", "reasoning_effort", "api_key_env",
     "api_key_file", "min_tokens", "logprobs", "author", "truncate_prompt_tokens"],
)  # fmt: skip
def test_names_of_other_things(name: str) -> None:
    assert redact({name: 3}) == {name: 3}


def test_values_that_look_like_a_credential() -> None:
    given_ = {
        "extra_headers": {"X-Mine": "Bearer abc"},
        "headers": [{"name": "X-Api-Key", "value": "zz"}, {"name": "a", "value": "b"}],
    }
    assert redact(given_) == {
        "extra_headers": {"X-Mine": REMOVED}, "headers": [{"name": "X-Api-Key", "value": REMOVED}, {"name": "a", "value": "b"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:pass@host/v1", f"http://{REMOVED}@host/v1"),
        ("see https://a:b@c and http://d", f"see https://{REMOVED}@c and http://d"),
        ("https://h/v1?api-version=2&api-key=abc", f"https://h/v1?api-version=2&api-key={REMOVED}"),
        ("https://h/v1", "https://h/v1"),
        ("me@host", "me@host"),
    ],
)
def test_addresses_lose_their_passwords(address: str, shown: str) -> None:
    assert redact_address(address) == shown


FORMS = {
    "plain": KEY,
    "json": json.dumps(KEY)[1:-1],
    "address": quote(KEY, safe=""),
    "address, small": quote(KEY, safe="").lower(),
    "basic": base64.b64encode(f"user:{KEY}".encode()).decode(),
    "basic, no user": base64.b64encode(f":{KEY}".encode()).decode(),
    "basic, name": base64.b64encode(f"{KEY}:".encode()).decode(),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "for addresses": base64.urlsafe_b64encode(f"ab:{KEY}x".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_known_in_whatever_form(form: str) -> None:
    text = Secrets(KEY).clean(f"before {FORMS[form]} after")
    assert REMOVED in text
    assert FORMS[form][3:-3] not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


@pytest.mark.parametrize("word", ["none", "EMPTY", "x", "token-", "anything", "whatever"])
def test_a_word_for_a_server_that_wants_no_key_is_left_alone(word: str) -> None:
    text = "none EMPTY x token- anything whatever"
    assert Secrets(word).clean(text) == text or word == "token-"


def test_what_parameters_and_addresses_hold_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "other-key-99")
    secrets = secrets_of(
        KEY,
        parameters={"extra_headers": {"Authorization": "Bearer inner-key-1"}},
        addresses=("http://me:p4ssword@host",),
    )
    text = secrets.clean(f"{KEY} inner-key-1 p4ssword other-key-99 me host")
    assert text == " ".join([REMOVED] * 4 + ["me", "host"])


def test_a_body_is_cleaned_however_it_is_escaped() -> None:
    secrets = Secrets("sk-1234567")
    raw = rb'{"a": "\u0073\u006b-1234567", "b": ["x sk-1234567 y"]}'
    assert secrets.clean_json(json.loads(raw)) == {"a": REMOVED, "b": [f"x {REMOVED} y"]}
    assert "1234567" not in secrets.clean_raw(raw)
    assert "1234567" not in secrets.clean_raw(raw[:-3])
    assert secrets.clean_raw(b"\xff plain") == "\ufffd plain"


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), VALUES))
def test_any_parameters_can_be_kept(extra: dict[str, Any]) -> None:
    kept = Parameters(temperature=None, max_tokens=None, extra=extra).to_json()
    assert kept == redact(kept)
    assert set(kept) == set(extra)
