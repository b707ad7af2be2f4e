"""Verdicts read from the probabilities of the judge's first token: with how sure it is, and nothing to be generated."""

from __future__ import annotations

from interpref_core.constrained_choice import ChoiceConstraint, option_mass, option_probabilities
from interpref_core.judging.verdict_parsing import ParsedVerdict, parse_verdict

VERDICT_CHOICE = ChoiceConstraint("persona_1", ("Left", "Right", "Don't know"))


def parse_probabilities(raw: str) -> ParsedVerdict:
    """The verdict in what `choosing.choice_text` wrote; what else a judge said is read as any output is."""
    read = parse_verdict(raw)
    return read if option_probabilities(raw) is None else ParsedVerdict(read.choice, parsed_by="probabilities")


def confidence_text(raw: str | None) -> str | None:
    """The probabilities behind a verdict for people, likeliest first, and how much of all that the judge could have said
    they are; None where its output holds none."""
    found = option_probabilities(raw)
    if not found:
        return None
    shares = ", ".join(f"{option} {share:.2f}" for option, share in sorted(found.items(), key=lambda one: -one[1]))
    mass = option_mass(raw)
    return shares if mass is None else f"{shares} ({mass:.0%} of its first words)"
