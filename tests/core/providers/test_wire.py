"""Messages as bytes: the same as JSON would make them, and hashed as they always were."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from interpref_core.ids import content_hash
from interpref_core.providers import Message, Parameters, Request
from interpref_core.providers.messages import encode_messages

TEXTS = st.text(st.characters(codec=None), max_size=30)  # lone surrogates as well
MESSAGES = st.lists(st.builds(Message, st.sampled_from(["user", "assistant", "system"]), TEXTS), max_size=5).map(tuple)


@given(MESSAGES)
def test_what_is_sent_is_json(messages: tuple[Message, ...]) -> None:
    sent = json.loads(encode_messages(messages).decode())
    assert sent == [{"role": one.role, "content": one.content} for one in messages]


@given(MESSAGES, TEXTS, st.none() | st.just({"type": "object"}), st.booleans())
def test_a_hash_is_that_of_the_content(
    messages: tuple[Message, ...], identity: str, schema: dict[str, str] | None, again: bool
) -> None:
    request = Request(messages=messages, parameters=Parameters(seed=1), schema=schema)
    plain = content_hash(identity, [[one.role, one.content] for one in messages], request.parameters.to_json(), schema)
    assert request.hash(identity) == plain
    if again and messages:
        other = Request(messages=(*messages[:-1], Message("user", "another")), parameters=Parameters())
        pairs = [[one.role, one.content] for one in other.messages]
        assert other.hash("else") == content_hash("else", pairs, Parameters().to_json(), None)


def test_a_hash_stays_what_it_was() -> None:
    """Studies hold hashes for ever: this one was computed when the program was first released."""
    request = Request(
        messages=(Message("system", "Be kind."), Message("user", "Größe 你好 🎉?")), parameters=Parameters(seed=7)
    )
    assert (
        request.hash("openai http://127.0.0.1:8000/v1 m")
        == "6bf2dba61d3b87da36f0b5679f1068cdc7c5765f84a8f7a4226b1e51c19ca56d"
    )


def test_many_histories_are_not_all_kept() -> None:
    from interpref_core.providers import messages as wire

    for number in range(500):
        encode_messages((Message("user", f"history {number}"), Message("user", "query")))
    assert len(wire._beginnings) <= 256
    for number in range(60):
        encode_messages((Message("user", f"{number}" * 1_000_000), Message("user", "query")))
    assert wire._held == sum(len(one.sent) for one in wire._beginnings.values()) < 1 << 26
