"""Messages as bytes: each text is made into JSON once, and what calls share (a history) is joined and hashed once.

A call after a history of a hundred turns then costs what its last message costs, on the event loop that all calls share.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from interpref_core.ids import canonical_json


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; role is system, user or assistant."""

    role: str
    content: str
    _json: tuple[bytes, bytes] | None = field(default=None, init=False, repr=False, compare=False)

    def json(self) -> tuple[bytes, bytes]:
        """The content as JSON, hashed and sent (see `wire.as_json`); made once."""
        made = self._json
        if made is None:
            made = encode_text(self.content)
            object.__setattr__(self, "_json", made)
        return made


_KEPT, _LARGEST = 256, 1 << 25  # shared beginnings at hand: so many, of so many bytes in all


@dataclass(slots=True)
class _SharedPrefix:
    """All messages of a call but the last. `states` are SHA-256 states after them, by the provider's identity."""

    messages: tuple[Message, ...]  # held, so that the ids by which this is found stay theirs
    sent: bytes
    states: dict[str, Any] = field(default_factory=dict)


_beginnings: dict[tuple[int, ...], _SharedPrefix] = {}
_held = 0  # bytes of them


def encode_text(text: str) -> tuple[bytes, bytes]:
    """A text as a JSON string: as it is hashed, and as it is sent. They differ only where it has lone surrogates."""
    quoted = json.dumps(text, ensure_ascii=False)
    try:
        encoded = quoted.encode()
    except UnicodeEncodeError:
        return quoted.encode("utf-8", "surrogatepass"), json.dumps(text).encode()
    return encoded, encoded


def encode_messages(messages: tuple[Message, ...]) -> bytes:
    """The messages as a JSON array of objects with role and content, as chat completions take them."""
    if len(messages) == 1:
        return b"[" + _message_bytes(messages[0]) + b"]"
    if not messages:
        return b"[]"
    return b"".join((b"[", _beginning(messages).sent, _message_bytes(messages[-1]), b"]"))


def encoded_size(messages: tuple[Message, ...]) -> int:
    """About how many bytes `sent_messages` has."""
    if not messages:
        return 0
    return len(messages[-1].json()[1]) + (len(_beginning(messages).sent) if len(messages) > 1 else 0)


def call_hash(identity: str, messages: tuple[Message, ...], parameters: dict[str, Any], schema: Any) -> str:
    """`ids.content_hash` of the four, with `messages` as pairs of role and content, without making them into JSON anew."""
    last = messages[-1:]
    if len(messages) > 1:
        beginning = _beginning(messages)
        state = beginning.states.get(identity)
        if state is None:
            state = _start_hash(identity)
            for message in beginning.messages:
                state.update(_hashed_bytes(message) + b",")
            beginning.states[identity] = state
        state = state.copy()
    else:
        state = _start_hash(identity)
    for message in last:
        state.update(_hashed_bytes(message))
    state.update(f"],{canonical_json(parameters)},{canonical_json(schema)}]".encode("utf-8", "surrogatepass"))
    return str(state.hexdigest())


def _start_hash(identity: str) -> Any:
    return hashlib.sha256(f"[{canonical_json(identity)},[".encode("utf-8", "surrogatepass"))


def _beginning(messages: tuple[Message, ...]) -> _SharedPrefix:
    global _held
    shared = messages[:-1]
    key = tuple(map(id, shared))
    found = _beginnings.get(key)
    if found is None:
        found = _SharedPrefix(shared, b"".join(_message_bytes(message) + b"," for message in shared))
        while _beginnings and (len(_beginnings) >= _KEPT or _held + len(found.sent) > _LARGEST):
            _held -= len(_beginnings.pop(next(iter(_beginnings))).sent)
        _beginnings[key] = found
        _held += len(found.sent)
    return found


def _message_bytes(message: Message) -> bytes:
    return b'{"role":"%b","content":%b}' % (message.role.encode(), message.json()[1])


def _hashed_bytes(message: Message) -> bytes:
    return b"[%b,%b]" % (canonical_json(message.role).encode(), message.json()[0])
