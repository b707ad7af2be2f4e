"""Keys of services: from the environment or a file that only its owner can read; never shown, stored or logged."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from interpref_core.credentials import REMOVED, Secrets
from interpref_core.providers.base import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

_LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|hf|xai)[-_][A-Za-z0-9_\-*.]{6,}|(?<=Bearer )\S+")
_KEY = re.compile(r"[!-~]+")


def find_key(variable: str, file: Path | None) -> str | None:
    """The key, or None when neither the file nor the environment has one. A file, where named, goes first.

    Raises ProviderError when the file cannot be read, when others can read it, or when what is there cannot be a key.
    """
    if file is None:
        return _validate_key(os.environ.get(variable, ""), f"the environment variable {variable}")
    try:
        mode = file.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise _key_error(f"the key file {file} can be read by others; make it yours alone with: chmod 600 {file}")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise _key_error(f"the key file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _key_error(f"the key file {file} is not text") from None
    return _validate_key(text, f"the key file {file}")


def _validate_key(text: str, place: str) -> str | None:
    """A key goes into a header: anything but printable ASCII would fail there, in a message that shows it."""
    key = text.strip()
    if key and not _KEY.fullmatch(key):
        raise _key_error(f"what {place} holds is not a key: a key is one word of plain ASCII")
    return key or None


def _key_error(message: str) -> ProviderError:
    return ProviderError(message, kind="auth", retryable=False)


def redact_keys(text: str, key: str | None, secrets: Secrets) -> str:
    """A message with anything in it that is a key, or looks like one, replaced by a note."""
    text = secrets.clean(text)
    if key and len(key) > 3:
        text = text.replace(key, REMOVED)
    return _LOOKS_LIKE_A_KEY.sub(REMOVED, text)
