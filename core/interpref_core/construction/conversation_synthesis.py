"""Conversations that carry a preference (paper section 3.3.3, Figures 4, 12 and 13): two templates of two rounds each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.construction.answer_parsing import UnreadableAnswer, iter_json_values, strip_reasoning
from interpref_core.prompts.loading import one_line
from interpref_core.providers.messages import Message
from interpref_core.records.data import Turn
from interpref_core.text.words import comparison_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.prompts.loading import Prompt

Template = Literal["rewrite", "follow-up"]
TEMPLATES: tuple[Template, ...] = ("rewrite", "follow-up")
TURNS = 4  # two rounds

_FIELDS = ("user_1", "assistant_1", "user_2", "assistant_2")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in _FIELDS},
    "required": list(_FIELDS),
    "additionalProperties": False,
}
_SPEAKER = re.compile(
    r"^[ \t>#*_\-]*(?P<who>user|human|用户|chatbot|assistant|bot|ai|model|助手|机器人)(?:[ _]?(?:query|answer)?[ _]?\d)?"
    r"[ \t*_]*[:：][ \t*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_RULE = re.compile(r"\n[ \t#*_\-]+\Z")  # a line of marks before the next speaker; of a text without blanks at its end
_USERS = frozenset({"user", "human", "用户"})


def conversation_messages(prompt: Prompt, preference: str) -> tuple[Message, ...]:
    """The message that asks for two rounds; send SCHEMA with it."""
    return (Message("user", prompt.fill(preference=one_line(preference))),)


def read_conversation(text: str, preference: str) -> tuple[Turn, ...]:
    """The four turns of an answer, user and assistant by turns. Raises Unreadable with what is wrong with it."""
    text = strip_reasoning(text)
    turns = _from_json(text) or _from_sections(text)
    if not turns:
        raise UnreadableAnswer("no conversation can be read from the answer")
    roles = [role for role, _ in turns]
    if roles != ["user", "assistant"] * (TURNS // 2):
        raise UnreadableAnswer(f"not two rounds of user and assistant ({', '.join(roles[:8])})")
    if any(not content for _, content in turns):
        raise UnreadableAnswer("a turn is empty")
    for role, content in turns:
        if role == "user" and _says(content, preference):
            raise UnreadableAnswer("the user recites the preference instead of talking")
    return tuple(Turn(role=role, content=content) for role, content in turns)


def _from_json(text: str) -> list[tuple[str, str]]:
    for value in iter_json_values(text):
        if isinstance(value, dict) and all(isinstance(value.get(name), str) for name in _FIELDS):
            return [(name[:-2], value[name].strip()) for name in _FIELDS]
        listed = value.get("turns", value.get("dialogue")) if isinstance(value, dict) else value
        turns = [_turn(one) for one in listed] if isinstance(listed, list) else []
        if turns and all(turns):
            return [turn for turn in turns if turn]
    return []


def _turn(one: Any) -> tuple[str, str] | None:
    if not isinstance(one, dict) or not isinstance(one.get("role"), str) or not isinstance(one.get("content"), str):
        return None
    return _role(one["role"]), one["content"].strip()


def _from_sections(text: str) -> list[tuple[str, str]]:
    """Turns as labelled sections: `user:` or `chatbot:` at the beginning of a line, in English or Chinese."""
    marks = list(_SPEAKER.finditer(text))
    if not marks:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        (_role(mark.group("who")), _RULE.sub("", text[mark.end() : end].rstrip()).strip())
        for mark, end in zip(marks, ends, strict=True)
    ]


def _role(name: str) -> str:
    return "user" if name.strip().lower() in _USERS else "assistant"


def _says(content: str, preference: str) -> bool:
    """Whether a turn has the whole sentence of the preference in it, word by word."""
    inside, wanted = comparison_words(content), comparison_words(preference)
    if len(wanted) < 3:
        return False
    return any(inside[n : n + len(wanted)] == wanted for n in range(len(inside) - len(wanted) + 1))


def join_conversations(parts: Sequence[Sequence[Turn]]) -> tuple[Turn, ...]:
    """Conversations one after the other."""
    return tuple(turn for part in parts for turn in part)
