"""The four-order judge: what it is asked, how its output is read, and a judge that needs no model."""

from __future__ import annotations

from interpref_core.judging.judge_prompt import VERDICT_SCHEMA, judge_messages
from interpref_core.judging.overlap import OverlapJudge
from interpref_core.judging.verdict_parsing import ParsedVerdict, parse_verdict
from interpref_core.judging.verdict_probabilities import VERDICT_CHOICE, confidence_text, parse_probabilities

__all__ = [
    "VERDICT_CHOICE",
    "VERDICT_SCHEMA",
    "OverlapJudge",
    "ParsedVerdict",
    "confidence_text",
    "judge_messages",
    "parse_probabilities",
    "parse_verdict",
]
