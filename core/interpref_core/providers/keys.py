"""Keys of services: from the environment or a file that only its owner can read; never shown, stored or logged."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from interpref_core.providers.base import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

_LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|hf|xai)[-_][A-Za-z0-9_\-*.]{6,}|(?<=Bearer )\S+")


def find_key(variable: str, file: Path | None) -> str | None:
    """The key, or None when neither the file nor the environment has one.

    Raises ProviderError when the file cannot be read or others can read it.
    """
    if file is not None:
        try:
            mode = file.stat().st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise ProviderError(
                    f"the key file {file} can be read by others; make it yours alone with: chmod 600 {file}",
                    kind="auth",
                    retryable=False,
                )
            return file.read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise ProviderError(
                f"the key file {file} cannot be read: {error.strerror}", kind="auth", retryable=False
            ) from None
    return os.environ.get(variable) or None


def without_keys(text: str, key: str | None) -> str:
    """A message with anything in it that is a key, or looks like one, blotted out."""
    if key and len(key) > 3:
        text = text.replace(key, "[key]")
    return _LOOKS_LIKE_A_KEY.sub("[key]", text)
