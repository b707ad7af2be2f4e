"""How each paradigm asks, and what it makes of what the model says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.paradigms import PARADIGMS, ParadigmInput, ParadigmOutput, load_paradigm
from interpref_core.paradigms.base import as_messages, prompt_provenance
from interpref_core.prompts.loading import PromptError, load_prompt
from interpref_core.providers.messages import Message
from interpref_core.records.data import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HISTORY = (
    Turn(role="user", content="I play the oboe."),
    Turn(role="assistant", content="Lovely."),
    Turn(role="user", content="And I hate mornings."),
)
OTHER = (Turn(role="user", content="I play chess."), Turn(role="assistant", content="Nice."))
CASE = ParadigmInput(
    query="What should I do {{today}}?",
    history=HISTORY,
    preference="The user plays the oboe.",
    other_history=OTHER,
    other_preference="The user plays chess.",
)
SHOWN = tuple(Message(turn.role, turn.content) for turn in HISTORY)


class Model:
    """Says what it was given to say, stage by stage, and remembers what it was asked."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.stages: list[str] = []
        self.asked: list[tuple[Message, ...]] = []
        self.schemas: list[Mapping[str, Any] | None] = []

    async def ask(self, stage: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None) -> str:
        self.stages.append(stage)
        self.asked.append(messages)
        self.schemas.append(schema)
        return self.says[stage]


async def answer(name: str, model: Model, case: ParadigmInput = CASE, folders: tuple[Path, ...] = ()) -> ParadigmOutput:
    return await load_paradigm(name, folders).answer(case, model.ask)


async def test_np_asks_the_query_after_the_history_and_nothing_else() -> None:
    model = Model(answer=" Play a duet.\n")
    assert await answer("np", model) == ParadigmOutput("Play a duet.")
    assert model.asked == [(*SHOWN, Message("user", CASE.query))]
    assert load_paradigm("np").prompts == ()


async def test_bare_shows_no_history() -> None:
    model = Model(answer="Play.")
    await answer("bare", model)
    assert model.asked == [(Message("user", CASE.query),)]


async def test_swapped_is_np_with_the_history_of_the_other_side() -> None:
    model = Model(answer="Play.")
    await answer("swapped", model)
    assert model.asked == [(*(Message(turn.role, turn.content) for turn in OTHER), Message("user", CASE.query))]


@pytest.mark.parametrize("name", ["td", "cot", "main", "prefix", "oracle"])
async def test_prompted_paradigms_keep_the_history_as_the_prefix_that_np_has(name: str) -> None:
    model = Model(answer="Play.")
    await answer(name, model)
    ((*before, last),) = model.asked
    assert tuple(before) == SHOWN
    assert last.role == "user"
    assert last.content.count(CASE.query) == 1
    assert ("The user plays the oboe." in last.content) == (name == "oracle")
    assert "chess" not in "".join(message.content for message in model.asked[0])
    assert "persona" not in last.content or name in ("main", "prefix")
    assert ("Given your" in last.content) == (name == "prefix")


async def test_oracle_says_so_when_there_is_no_preference() -> None:
    model = Model(answer="Play.")
    await answer("oracle", model, ParadigmInput(CASE.query, HISTORY, None, OTHER, CASE.preference))
    assert "nothing in particular is known" in model.asked[0][-1].content


@pytest.mark.parametrize(
    ("name", "key", "raw"),
    [
        ("main", "persona", "persona: An oboist.\nAnswer: Play a duet."),
        ("main", "persona", "**Persona:** An oboist.\n\n**Answer:** Play a duet."),
        ("main", "persona", "## Persona\nAn oboist.\n\n## Answer\nPlay a duet."),
        ("main", "persona", "PERSONA：An oboist.\nanswer ： Play a duet."),
        ("prefix", "persona", "persona: An oboist. Answer: Play a duet."),
        ("prefix", "persona", "An oboist.\nAnswer: Play a duet."),
        ("cot", "reasoning", "Reasoning: An oboist.\nAnswer: Play a duet."),
        ("cot", "reasoning", "> Reasoning\nAn oboist.\n> Answer:\nPlay a duet."),
        ("main", "persona", "用户画像：An oboist.\n回答：Play a duet."),
    ],
)
async def test_labelled_parts_are_told_apart(name: str, key: str, raw: str) -> None:
    assert await answer(name, Model(answer=raw)) == ParadigmOutput("Play a duet.", raw, {key: "An oboist."})


@pytest.mark.parametrize(
    "raw", ["Play a duet.", "persona: An oboist.", "persona: An oboist.\nAnswer:", "The answer: none"]
)
async def test_without_an_answer_part_all_of_the_output_is_the_answer_and_the_trace_says_so(raw: str) -> None:
    found = await answer("main", Model(answer=raw))
    assert found.text == raw
    assert "all of it is the answer" in found.trace["note"]


async def test_an_answer_without_a_persona_is_still_the_answer() -> None:
    raw = "Answer: Play a duet.\nAnd rest."
    assert await answer("main", Model(answer=raw)) == ParadigmOutput("Play a duet.\nAnd rest.", raw, {})


@given(st.text())
async def test_no_text_is_ever_lost(raw: str) -> None:
    for name in ("np", "main", "cot"):
        found = await answer(name, Model(answer=raw))
        assert found.text == raw.strip() or found.raw == raw


@pytest.mark.parametrize("name", ["np", "td", "main"])
async def test_thoughts_of_the_model_are_kept_apart(name: str) -> None:
    raw = "<think>An oboist?</think>\nAnswer: Play."
    found = await answer(name, Model(answer=raw))
    assert found.text == ("Play." if name == "main" else "Answer: Play.")
    assert found.raw == raw
    assert found.trace == {"thoughts": "An oboist?"}


def test_turns_of_tools_and_systems_and_repeated_roles_become_legal_messages() -> None:
    roles = ("system", "user", "user", "tool", "assistant", "function_call")
    messages = as_messages(tuple(Turn(role=role, content=f"says {role}") for role in roles))
    assert [message.role for message in messages] == ["system", "user", "user", "assistant", "assistant", "assistant"]
    assert [messages[n].content for n in (2, 3, 5)] == [
        "says user",
        "[tool] says tool",
        "[function_call] says function_call",
    ]


def test_every_paradigm_can_be_had_by_name_and_says_what_it_needs() -> None:
    needs = {name: load_paradigm(name).needs for name in PARADIGMS}
    assert {name for name, need in needs.items() if need == {"history"}} == {"np", "td", "cot", "wf", "main", "prefix"}
    assert needs["bare"] == set()
    assert needs["swapped"] == {"other history"}
    assert needs["oracle"] == {"history", "preference"}
    assert all(load_paradigm(name).name == name and load_paradigm(name).description for name in PARADIGMS)


def test_provenance_names_one_prompt_or_the_hash_of_all(tmp_path: Path) -> None:
    assert prompt_provenance(load_paradigm("np")) is None
    assert prompt_provenance(load_paradigm("td")) == load_prompt("td").used
    used = prompt_provenance(load_paradigm("wf"))
    assert used is not None
    assert used.name == "wf"
    (tmp_path / "wf-refine.md").write_text("{{query}} {{instructions}} {{answer}}", encoding="utf-8")
    changed = prompt_provenance(load_paradigm("wf", (tmp_path,)))
    assert changed is not None
    assert changed.hash != used.hash


async def test_a_prompt_file_in_a_users_folder_is_a_paradigm(tmp_path: Path) -> None:
    (tmp_path / "paradigm-terse.md").write_text(
        "---\nversion: 3\ndescription: in one word\n---\nOne word: {{query}}", encoding="utf-8"
    )
    model = Model(answer="Oboe.")
    assert await answer("terse", model, folders=(tmp_path,)) == ParadigmOutput("Oboe.")
    assert model.asked == [(*SHOWN, Message("user", f"One word: {CASE.query}"))]
    terse = load_paradigm("terse", (tmp_path,))
    used = prompt_provenance(terse)
    assert (terse.name, terse.description) == ("terse", "in one word")
    assert used is not None
    assert (used.name, used.version) == ("paradigm-terse", "3")


@pytest.mark.parametrize("name", ["terser", "", "../np", "np "])
def test_an_unknown_paradigm_is_refused_in_one_line_that_lists_the_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "paradigm-terse.md").write_text("{{query}}", encoding="utf-8")
    with pytest.raises(PromptError) as caught:
        load_paradigm(name, (tmp_path,))
    assert "np, td, cot, wf, main, prefix, bare, oracle, swapped, terse" in str(caught.value)
    assert "\n" not in str(caught.value)
