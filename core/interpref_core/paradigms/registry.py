"""Every paradigm by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.paradigms.single_call import PromptParadigm, QueryOnly
from interpref_core.paradigms.workflow import STAGES, Workflow
from interpref_core.prompts.loading import PromptError, load_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interpref_core.paradigms.base import Paradigm

PARADIGMS: dict[str, str] = {
    "np": "no prompting: the query alone after the history",
    "td": "task description: told to use what the history shows",
    "cot": "chain of thought: td, with the reasoning written out first",
    "wf": "workflow: extract preferences, keep the relevant, instructions, answer, refine",
    "main": "the paper's main prompt: the persona, then the answer",
    "prefix": "main, with answers that open 'Given your …'",
    "bare": "control: no history at all",
    "oracle": "control: the preference stated",
    "swapped": "control: the other side's history",
}

_PARTS = {"cot": ("Reasoning", "Answer"), "main": ("persona", "Answer"), "prefix": ("persona", "Answer")}
_HISTORY = {"np": {"history"}, "bare": set[str](), "swapped": {"other history"}}


def load_paradigm(name: str, folders: Sequence[Path] = ()) -> Paradigm:
    """A paradigm by name, with its prompts (the user's where `folders` have them).

    A file `paradigm-NAME.md` in one of the folders is a paradigm of the user's own: one call, after the history, with
    the query in it. Raises PromptError when there is none of that name.
    """
    if name in _HISTORY:
        return QueryOnly(name, PARADIGMS[name], frozenset(_HISTORY[name]))
    if name == "wf":
        return Workflow(name, PARADIGMS[name], tuple(load_prompt(f"wf-{stage}", folders) for stage in STAGES))
    if name == "oracle":
        needs = frozenset({"history", "preference"})
        return PromptParadigm(name, PARADIGMS[name], (load_prompt(name, folders),), needs=needs)
    if name in PARADIGMS:
        return PromptParadigm(name, PARADIGMS[name], (load_prompt(name, folders),), _PARTS.get(name))
    for folder in folders:
        if (folder / f"paradigm-{name}.md").is_file():
            prompt = load_prompt(f"paradigm-{name}", folders)
            return PromptParadigm(name, prompt.description or "of your own", (prompt,))
    own = sorted({path.stem.removeprefix("paradigm-") for folder in folders for path in folder.glob("paradigm-*.md")})
    raise PromptError(f"there is no paradigm {name!r}; there are {', '.join([*PARADIGMS, *own])}")
