"""Answers that are one of a few words, read from the probabilities of what a model would say first.

One token, or none, has to be generated, and the answer comes with how sure the model is of it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_AROUND = " \t\r\n\"'*_`#:-([{▁Ġ"  # what may stand before an answer without being part of it
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, slots=True)
class ChoiceConstraint:
    """One of `options` is asked for; `name` is what the answer is called in the text that stands for it."""

    name: str
    options: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "options": list(self.options)}


def match_option(token: str, options: tuple[str, ...]) -> int | None:
    """Which option a first token begins (or is, or says and goes on from), by its number; None when none or several.

    " Left", "left", "Le" and "Left," begin Left; "L" begins it unless another option begins with L, too.
    """
    said = token.translate(_APOSTROPHES).strip(_AROUND).casefold()
    if not said:
        return None
    found = [number for number, option in enumerate(options) if _begins(said, option.casefold())]
    return found[0] if len(found) == 1 else None


def _begins(said: str, option: str) -> bool:
    return option.startswith(said) or (said.startswith(option) and not said[len(option)].isalnum())


def read_tokens(tokens: Iterable[tuple[str, float]], choice: ChoiceConstraint) -> str | None:
    """The answer from first tokens with their natural log-probabilities; None when none of them begins an option."""
    masses = [0.0] * len(choice.options)
    for token, logarithm in tokens:
        number = match_option(token, choice.options)
        if number is not None:
            masses[number] += math.exp(min(0.0, logarithm))
    return choice_text(masses, choice) if sum(masses) > 0 else None


def choice_text(masses: list[float], choice: ChoiceConstraint) -> str:
    """The text that stands for an answer: the likeliest option, the probability of each, and what they have of the whole.

    `masses` are the options' own probabilities among all that the model could have said; those in the text are scaled
    to sum up to 1, and `mass` is their sum before: far below 1, the model would rather have said something else.
    """
    whole = sum(masses)
    shares = [mass / whole for mass in masses]
    best = max(range(len(shares)), key=shares.__getitem__)
    return json.dumps(
        {
            choice.name: choice.options[best],
            "probabilities": {option: round(share, 6) for option, share in zip(choice.options, shares, strict=True)},
            "mass": round(min(whole, 1.0), 6),
        },
        ensure_ascii=False,
    )


def option_mass(raw: str | None) -> float | None:
    """What the options had of all that the model could have said, in a text made by `choice_text`; None for any other."""
    if option_probabilities(raw) is None:
        return None
    found = json.loads(raw or "").get("mass")
    return _finite(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _finite(number: float) -> float | None:
    """A number as a float; None for one that is none, endless, or too large to be one."""
    try:
        return float(number) if math.isfinite(number) else None
    except OverflowError:
        return None


def option_probabilities(raw: str | None) -> Mapping[str, float] | None:
    """The probability of each option in a text made by `choice_text`; None for any other text."""
    if not raw or '"probabilities"' not in raw:
        return None
    try:
        said = json.loads(raw)
        found = said["probabilities"]
        return {str(option): float(share) for option, share in found.items()}
    except (ValueError, OverflowError, TypeError, KeyError, AttributeError, RecursionError):
        return None
