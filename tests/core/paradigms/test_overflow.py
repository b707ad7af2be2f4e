"""Histories that are longer than the context: which turns are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.paradigms import load_paradigm
from interpref_core.paradigms.base import ParadigmInput
from interpref_core.paradigms.context_overflow import CountsTokens, answer_within_context, drop_oldest_exchange
from interpref_core.providers.base import Parameters, ProviderError
from interpref_core.providers.llama_cpp.provider import LlamaCppProvider
from interpref_core.providers.messages import Message
from interpref_core.records.data import Turn
from tests.support.gguf_model import write_tiny_gguf
from tests.support.servers import has_llama_cpp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def turns(roles: str) -> tuple[Turn, ...]:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    return tuple(Turn(role=names[role], content=f"{role}{n}") for n, role in enumerate(roles))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uaua", "ua"),
        ("uauau", "uau"),
        ("suaua", "sua"),
        ("uataua", "ua"),
        ("auaua", "uaua"),
        ("uua", "ua"),
        ("aau", "u"),
    ],
)
def test_the_oldest_exchange_goes_whole(before: str, after: str) -> None:
    whole = turns(before)
    left = drop_oldest_exchange(whole)
    assert left is not None
    assert "".join(turn.role[0] for turn in left) == after
    assert [turn for turn in left if turn.role != "system"] == list(whole[len(whole) - len(after.replace("s", "")) :])


@pytest.mark.parametrize("roles", ["", "u", "ua", "s", "sua", "aa"])
def test_the_last_exchange_stays(roles: str) -> None:
    assert drop_oldest_exchange(turns(roles)) is None


@given(st.text("uast", max_size=30))
def test_dropping_ends_and_never_begins_with_an_answer(roles: str) -> None:
    left: tuple[Turn, ...] | None = turns(roles)
    while left is not None:
        shorter = drop_oldest_exchange(left)
        if shorter is not None:
            assert len(shorter) < len(left)
            assert next(turn for turn in shorter if turn.role != "system").role == "user"
        left = shorter


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(), reason="llama-cpp-python (the extra `local`) is not installed")
@pytest.mark.parametrize("name", ["np", "td", "swapped"])
async def test_as_few_turns_as_possible_are_dropped(tmp_path: Path, name: str) -> None:
    provider = LlamaCppProvider(write_tiny_gguf(tmp_path / "t.gguf"), options={"n_ctx": 1024, "n_threads": 1})
    assert isinstance(provider, CountsTokens)
    history = tuple(
        Turn(role="user" if n % 2 == 0 else "assistant", content=f"turn {n} " + "x " * 40) for n in range(20)
    )
    case = ParadigmInput(
        query="what now?", history=history, preference=None, other_history=history, other_preference=None
    )
    if name != "swapped":
        case = ParadigmInput(
            query="what now?", history=history, preference=None, other_history=(), other_preference=None
        )
    paradigm = load_paradigm(name)
    parameters = Parameters(max_tokens=100)
    asked: list[tuple[Message, ...]] = []

    async def ask(_: str, messages: tuple[Message, ...], schema: Mapping[str, object] | None) -> str:
        asked.append(messages)
        return "answer: fine"

    _, dropped = await answer_within_context(paradigm, case, ask, provider, parameters)
    assert dropped > 0
    (sent,) = asked
    kept = len(sent) - 1
    assert [message.content for message in sent[:-1]] == [turn.content for turn in history[-kept:]]
    assert kept % 2 == 0
    assert await provider.room(sent, parameters) >= 0
    longer = tuple(Message(turn.role, turn.content) for turn in history[-kept - 2 :])
    assert await provider.room((*longer, sent[-1]), parameters) < 0, "one exchange more would not have fitted"
    long_one = ParadigmInput("what now?", (Turn(role="user", content="y " * 3000),), None, case.other_history, None)
    if name != "swapped":
        with pytest.raises(ProviderError, match="too long even with the last exchange of the history alone") as caught:
            await answer_within_context(paradigm, long_one, ask, provider, parameters)
        assert (caught.value.kind, caught.value.retryable) == ("too long", False)
    await provider.close()
