"""Verdicts read from the probabilities of the judge's first token: with how sure it is, and nothing to be generated."""

from __future__ import annotations

from interpref_core.constrained_choice import Choice, mass_of, probabilities_of
from interpref_core.judging.verdict_parsing import ParsedVerdict, parse_verdict

VERDICT_CHOICE = Choice("persona_1", ("Left", "Right", "Don't know"))


def parse_probabilities(raw: str) -> ParsedVerdict:
    """The verdict in what `choosing.choice_text` wrote; what else a judge said is read as any output is."""
    read = parse_verdict(raw)
    return read if probabilities_of(raw) is None else ParsedVerdict(read.choice, parsed_by="probabilities")


def confidence_text(raw: str | None) -> str | None:
    """The probabilities behind a verdict for people, likeliest first, and how much of all that the judge could have said
    they are; None where its output holds none."""
    found = probabilities_of(raw)
    if not found:
        return None
    shares = ", ".join(f"{option} {share:.2f}" for option, share in sorted(found.items(), key=lambda one: -one[1]))
    mass = mass_of(raw)
    return shares if mass is None else f"{shares} ({mass:.0%} of its first words)"
