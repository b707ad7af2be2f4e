"""Prompts are files; a user's folder replaces them by name; filling them is safe."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.prompts.loading import PromptError, built_in_names, load_prompt, parse_prompt

if TYPE_CHECKING:
    from pathlib import Path

PLACES = {
    "td": {"query"},
    "cot": {"query"},
    "main": {"query"},
    "prefix": {"query"},
    "oracle": {"query", "preference"},
    "wf-extract": {"user_turns"},
    "wf-relevant": {"query", "preferences"},
    "wf-instruct": {"query", "preferences"},
    "wf-answer": {"query", "instructions"},
    "wf-refine": {"query", "instructions", "answer"},
    "judge": {"query", "persona_1", "persona_2", "response_left", "response_right"},
    "judge-choice": {"query", "persona_1", "persona_2", "response_left", "response_right"},
    "judge-sections": {"query", "persona_1", "persona_2", "response_left", "response_right"},
}
HEAD = "---\nname: td\nversion: 7\ndescription: mine: all mine\n---\n"


def test_every_prompt_that_comes_with_the_program_is_tested_here() -> None:
    assert set(built_in_names()) >= set(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_each_prompt_has_a_head_its_placeholders_and_a_hash_of_its_file(name: str) -> None:
    prompt = load_prompt(name)
    text = (files("interpref_core.prompts") / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"---\nname: {name}\nversion: ")
    assert prompt.description
    assert prompt.places == PLACES[name]
    assert not prompt.text.startswith("---")
    assert prompt.used.to_json() == {
        "name": name,
        "version": prompt.version,
        "hash": hashlib.sha256(text.encode()).hexdigest(),
    }


def test_a_users_folder_replaces_a_prompt_by_name_and_the_first_folder_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, text in ((first, HEAD + "First: {{query}}\n"), (second, "Second: {{ query }}")):
        folder.mkdir()
        (folder / "td.md").write_text(text, encoding="utf-8")
    prompt = load_prompt("td", [tmp_path / "missing", first, second])
    assert prompt.fill(query="q") == "First: q"
    assert (prompt.version, prompt.description) == ("7", "mine: all mine")
    assert prompt.hash != load_prompt("td").hash
    other = load_prompt("td", [second])
    assert (other.fill(query="q"), other.version) == ("Second: q", "0")
    assert load_prompt("main", [first]) == load_prompt("main")


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("oracle", b"Only {{query}}", "lacks {{preference}}"),
        ("td", b"No place", "lacks {{query}}"),
        ("td", b"{{query}} {{mood}}", "has an unknown {{mood}}"),
        ("paradigm-mine", b"No place", "lacks {{query}}"),
        ("td", b"\xff\xfe{{query}}", "not UTF-8"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes, wrong: str
) -> None:
    (tmp_path / f"{name}.md").write_bytes(content)
    with pytest.raises(PromptError) as caught:
        load_prompt(name, [tmp_path])
    message = str(caught.value)
    assert wrong in message
    assert str(tmp_path / f"{name}.md") in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["nothing", "../td", "/etc/passwd", "", "a\nb"])
def test_a_name_of_no_prompt_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(PromptError) as caught:
        load_prompt(name, [tmp_path])
    assert "\n" not in str(caught.value)


@given(st.text(), st.text())
def test_what_a_text_contains_is_never_filled(one: str, other: str) -> None:
    prompt = parse_prompt("A {{query}} B {{ preference }} C {query} {{}} %s", "mine")
    hostile = one + "{{preference}}\\g<1>{0}"
    assert prompt.fill(query=hostile, preference=other) == f"A {hostile} B {other} C {{query}} {{{{}}}} %s"


@given(st.text())
def test_any_file_is_a_prompt_or_has_no_head(text: str) -> None:
    prompt = parse_prompt(text, "mine")
    assert prompt.name == "mine"
