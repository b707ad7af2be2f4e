"""What must be stored, shown and sent on nowhere: keys and passwords, by the names that they stand under and by what they are.

A server may send back the key that it was given, in an answer as in an error, and in many forms; settings of a model may
hold headers with a key in them.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

REMOVED = "[key removed]"

_PLAIN_WORD = (
    12  # letters; what has no more and nothing else is a word that answers may well hold ("anything", "EMPTY")
)
_SHORTEST = 6
_ENCODED = 10  # characters of Base64 that are enough to know a key by
# Parts of names, without what joins them and in small letters.
_PARTS = (
    "authorization", "apikey", "secret", "password", "passwd", "passphrase", "credential", "cookie", "privatekey", "accesskey",
    "subscriptionkey", "signingkey", "authkey", "bearer",
)  # fmt: skip
_WHOLE = frozenset({"key", "auth", "pwd", "token", "xkey", "sig", "signature"})
# Tokens of a text rather than of a person.
_OF_TEXTS = re.compile(r"(?:eos|bos|pad|stop|end|start|unk|mask|sep|cls|image|audio|special|first|next|last)token")
_PLACES = ("env", "file", "variable", "path")  # where a key is, not what it is
_LOOKS = re.compile(r"\b(?:sk|pk|rk|gsk|hf|xai)[-_][A-Za-z0-9_-]{12,}")
_SCHEME = re.compile(r"\s*(?:bearer|basic|token|apikey)\s+\S", re.IGNORECASE)


def is_credential(name: str) -> bool:
    """Whether a parameter or header of this name holds a key or password."""
    plain = re.sub(r"[\W_]", "", name).lower()
    if plain.endswith(_PLACES):
        return False
    if any(part in plain for part in _PARTS) or plain in _WHOLE:
        return True
    return plain.endswith("token") and not _OF_TEXTS.search(plain)


def redact(value: Any, name: str = "") -> Any:
    """A JSON value in which what is a credential, by its name or its look, is replaced by a note; the rest is the same."""
    if value is not None and not isinstance(value, bool) and name and is_credential(name):
        return REMOVED
    if isinstance(value, dict):
        named = str(value.get("name") or "") if isinstance(value.get("name"), str) else ""
        return {
            key: redact(one, named if str(key).lower() == "value" and named else str(key)) for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(one) for one in value]
    if isinstance(value, str):
        return (
            REMOVED if _SCHEME.match(value) or _LOOKS.search(value) else redact_address(_of_this_process().clean(value))
        )
    return value


_LOGIN = re.compile(r"(?<=//)[^/?#\s]*@")
_IN_QUERY = re.compile(r"(?<=[?&;])([^=&;#\s]+)=([^&;#\s]+)")


def redact_address(text: str) -> str:
    """A text in which addresses have neither a user's name and password nor keys among their parameters."""
    if "://" not in text:
        return text
    text = _LOGIN.sub(f"{REMOVED}@", text)
    return _IN_QUERY.sub(lambda found: f"{found[1]}={REMOVED}" if is_credential(unquote(found[1])) else found[0], text)


class Secrets:
    """Values that nothing that is kept may hold, in whatever form."""

    def __init__(self, *values: str | None) -> None:
        """Values that are too short, or plain words, are nothing to hide: they would blot out what merely looks like them."""
        forms = {form for value in values if value and _is_secret(value) for form in _forms(value)}
        longest = sorted(forms, key=lambda form: (-len(form), form))
        self._found = re.compile("|".join(map(re.escape, longest))) if longest else None

    def clean(self, text: str) -> str:
        """The text with a note in place of each of the values."""
        return self._found.sub(REMOVED, text) if self._found is not None else text

    def clean_json(self, data: Any) -> Any:
        """A decoded body, with a note in place of each of the values wherever it stands."""
        if self._found is None:
            return data
        text = json.dumps(data, ensure_ascii=False)
        return json.loads(self.clean(text)) if self._found.search(text) else data

    def clean_raw(self, raw: bytes) -> str:
        """A body as it came, as text; where its escapes hide one of the values, without these escapes."""
        text = raw.decode("utf-8", "replace")
        if self._found is None:
            return text
        text = self.clean(text)
        if "\\" in text:
            try:
                plain = json.dumps(json.loads(text), ensure_ascii=False)
            except (ValueError, RecursionError):
                return self.clean(_UNICODE.sub(lambda found: chr(int(found[1], 16)), text))
            if self._found.search(plain):
                return self.clean(plain)
        return text


_UNICODE = re.compile(r"\\u00([2-7][0-9a-fA-F])")


def secrets_of(
    *values: str | None, parameters: Mapping[str, Any] | None = None, addresses: tuple[str, ...] = ()
) -> Secrets:
    """The secrets of a provider: its key and login, the key in the environment, what its parameters hold, and the passwords of
    addresses."""
    logins = [part for address in addresses for part in _login(address)]
    held = _held(parameters or {})
    return Secrets(*values, *logins, *held, *_environment())


def _environment() -> list[str]:
    return [
        value.strip()
        for value in (os.environ.get("OPENAI_API_KEY"), *_login(os.environ.get("OPENAI_BASE_URL", "")))
        if value
    ]


@cache
def _of(values: tuple[str, ...]) -> Secrets:
    return Secrets(*values)


def _of_this_process() -> Secrets:
    return _of(tuple(_environment()))


def clean_text(text: str) -> str:
    """A text without the keys that the environment of this process holds."""
    return _of_this_process().clean(text)


def _login(address: str) -> list[str]:
    """The password of an address, and both parts as Basic authorization has them."""
    try:
        login, found, _ = urlsplit(address).netloc.rpartition("@")
    except ValueError:
        return []
    if not found:
        return []
    plain = unquote(login)
    return [plain.partition(":")[2], plain, base64.b64encode(plain.encode()).decode()]


def _held(value: Any, name: str = "") -> list[str]:
    """The credentials among parameters, also without the word before them (Bearer)."""
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in _held(inner, str(key))]
    if isinstance(value, list | tuple):
        return [one for inner in value for one in _held(inner, name)]
    if isinstance(value, str) and (is_credential(name) or _SCHEME.match(value)):
        return [value, value.strip().rpartition(" ")[2]]
    return []


def _is_secret(value: str) -> bool:
    return len(value) >= _SHORTEST and not (value.isalpha() and len(value) < _PLAIN_WORD)


def _forms(value: str) -> set[str]:
    """A value as it may be sent back: as it is, in JSON, HTML and addresses, and within Base64."""
    forms = {value, json.dumps(value)[1:-1], html.escape(value), html.escape(value, quote=False)}
    forms |= {quote(value, safe=""), quote(value), quote(value, safe="").lower(), quote(value).replace("%20", "+")}
    for before in range(3):  # where it stands among what is encoded with it
        coded = base64.b64encode(b"\0" * before + value.encode())
        core = coded.rstrip(b"=")[(before * 8 + 5) // 6 : None if len(coded.rstrip(b"=")) % 4 == 0 else -1].decode()
        if len(core) >= _ENCODED:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms
