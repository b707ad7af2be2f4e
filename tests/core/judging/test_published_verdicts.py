"""What the paper's judge really said, read again."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from interpref_core.judging import parse_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What the logs call a choice. None and "Both" are verdicts that their own reading did not find, or did not understand.
LOGGED = {"Left": "Left", "Right": "Right", "Don": "Don't know"}


def rows(shared_data: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for path in sorted((shared_data / "published" / "evaluation").glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            yield path.name, number, json.loads(line)


def test_every_published_verdict_is_read_as_its_log_has_it(shared_data: Path) -> None:
    differing = []
    for name, number, row in rows(shared_data):
        for order in range(4):
            opinion, logged = row[f"ai_opinion_{order + 1}"], row["choices"][order]
            verdict = parse_verdict(opinion)
            assert verdict.reasoning
            assert verdict.case_label
            if logged in LOGGED:
                assert verdict.choice == LOGGED[logged], (name, number, order)
            else:
                differing.append((logged, verdict.choice, "persona_1\n\n" in opinion))
    # Eight verdicts with a blank line before the answer were missed by the logs' own reading; one says "Both".
    assert Counter(differing) == {(None, "Left", True): 7, (None, "Right", True): 1, ("Both", "Unreadable", False): 1}


def test_the_five_case_labels_cover_all_spellings_of_the_logs(shared_data: Path) -> None:
    labels: Counter[str | None] = Counter()
    for _, _, row in rows(shared_data):
        labels.update(parse_verdict(row[f"ai_opinion_{order}"]).case_label for order in range(1, 5))
    assert labels == {
        "implicit content": 2119,
        "logical": 693,
        "direct content": 459,
        "format": 376,
        "irrelevant": 353,
    }


def test_earlier_opinions_in_response_logs_are_read_too_fenced_json_or_sections(shared_data: Path) -> None:
    ways: Counter[str | None] = Counter()
    for path in sorted((shared_data / "published" / "responses").glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            opinion = json.loads(line).get("ai_opinion")
            verdict = parse_verdict(opinion)
            assert verdict.choice != "Unreadable", opinion
            assert verdict.reasoning
            assert verdict.case_label
            ways[verdict.parsed_by] += 1
    assert ways["json"] == 3
    assert ways["sections"] > 1500
