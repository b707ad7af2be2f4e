"""What was said to the user, which can be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message that stood on the screen for a while: when, what, how bad, and what is behind it."""

    time: str
    text: str
    severity: SeverityLevel = "information"
    details: str = ""
