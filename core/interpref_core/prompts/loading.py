"""Prompts as files, one a prompt: `NAME.md` here, or in a folder of the user's, which replaces ours by name.

A file begins with a head between two lines `---`: `name`, `version`, `description`. Placeholders are written `{{query}}`;
they are filled in one pass, so what a text itself contains is never taken for one. Texts of others stand between `<<<` and
`>>>`: both get a tag that follows from these texts and is in none of them, so that no text ends its own block.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from interpref_core.records.runs import PromptUsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_HEAD = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
_PLACE = re.compile(r"\{\{[ \t]*([a-z_0-9]+)[ \t]*\}\}")
_PART = re.compile(_PLACE.pattern + "|(?P<mark><<<|>>>)")
_TAG = 12  # characters
_NAME = re.compile(r"[\w][\w.-]*")


class PromptError(Exception):
    """A prompt file that cannot be used; one line that names it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file: `hash` is the SHA-256 of its whole text, `places` are the names that it wants filled."""

    name: str
    version: str
    description: str
    text: str
    hash: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset(_PLACE.findall(self.text))

    @property
    def used(self) -> PromptUsed:
        """What provenance says of it."""
        return PromptUsed(name=self.name, version=self.version, hash=self.hash)

    def fill(self, **values: str) -> str:
        """The text with its placeholders filled, in one pass: what a value contains is never filled again.

        The marks `<<<` and `>>>` become `<<<TAG` and `TAG>>>`, with the same tag for the same values in whatever places.
        Raises KeyError for a placeholder without a value: `load_prompt` lets no such prompt through.
        """
        if not {"<<<", ">>>"} <= {found["mark"] for found in _PART.finditer(self.text)}:
            return _PLACE.sub(lambda match: values[match.group(1)], self.text)
        tag = tag_of([values[name] for name in self.places])

        def put(found: re.Match[str]) -> str:
            if found["mark"]:
                return f"<<<{tag}" if found["mark"] == "<<<" else f"{tag}>>>"
            return values[found.group(1)]

        return _PART.sub(put, self.text)


def tag_of(texts: Iterable[str]) -> str:
    """A short word that follows from some texts, in whatever order, and is in none of them."""
    given = sorted(texts)
    number = 0
    while True:
        tag = hashlib.sha256(json.dumps([number, *given]).encode()).hexdigest()[:_TAG]
        if not any(tag in text for text in given):
            return tag
        number += 1


def one_line(text: str) -> str:
    """A text on one line, where the end of the line is what ends it in a prompt."""
    return " ".join(text.split())


def parse_prompt(text: str, name: str) -> Prompt:
    """A prompt from the text of its file."""
    head = _HEAD.match(text)
    fields: dict[str, str] = {}
    for line in head.group(1).splitlines() if head else ():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    body = text[head.end() :] if head else text
    return Prompt(
        name=name,
        version=fields.get("version", "0"),
        description=fields.get("description", ""),
        text=body.strip(),
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )


@cache
def built_in_names() -> tuple[str, ...]:
    """The names of the prompts that come with the program."""
    here = files("interpref_core.prompts")
    return tuple(sorted(entry.name.removesuffix(".md") for entry in here.iterdir() if entry.name.endswith(".md")))


@cache
def _load_built_in(name: str) -> Prompt:
    return parse_prompt((files("interpref_core.prompts") / f"{name}.md").read_text(encoding="utf-8"), name)


def load_prompt(name: str, folders: Sequence[Path] = ()) -> Prompt:
    """A prompt by name: the user's where one of the folders has it, else ours.

    Raises PromptError when there is none, when it cannot be read, or when the user's lacks a placeholder that ours has.
    """
    if not _NAME.fullmatch(name):
        raise PromptError(f"a prompt has a name of letters, digits, dots, - and _, not {name!r}")
    for folder in folders:
        path = folder / f"{name}.md"
        if not path.is_file():
            continue
        try:
            prompt = parse_prompt(path.read_text(encoding="utf-8-sig"), name)
        except UnicodeDecodeError:
            raise PromptError(f"the prompt {path} is not UTF-8 text; save it as UTF-8") from None
        except OSError as error:
            raise PromptError(f"the prompt {path} cannot be read: {error.strerror}") from None
        needed = _load_built_in(name).places if name in built_in_names() else frozenset({"query"})
        for missing, what in ((needed - prompt.places, "lacks"), (prompt.places - needed, "has an unknown")):
            if missing:
                raise PromptError(f"the prompt {path} {what} {', '.join(f'{{{{{one}}}}}' for one in sorted(missing))}")
        return prompt
    if name not in built_in_names():
        raise PromptError(f"there is no prompt {name!r}; there are {', '.join(built_in_names())}")
    return _load_built_in(name)
