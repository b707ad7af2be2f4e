"""All real input: every record in, or refused with its reason; every text as it was; again nothing changes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from interpref_db.importers import import_files

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Importing

# What no format fits: answers without a model's name, tables of results, a folder of known values.
REFUSED = {
    "known_values.json",
    "llmbar_natural.dataset.json",
    "llmbar_natural.ChatGPT_Vanilla.result.json",
    "llmbar_natural.ChatGPT_Vanilla.statistics.json",
    "llmbar_natural.GPT-4_Vanilla_NoRules.result.json",
    "llmbar_natural.GPT-4_Vanilla_NoRules.statistics.json",
}


def texts_of(record: Any) -> list[str]:
    """The texts of a conversation as the file has them."""
    found = []
    for turn in record.get("conversations") or record["messages"]:
        content = turn.get("value", turn.get("content"))
        found.append("\n".join(part["value"] for part in content) if isinstance(content, list) else content)
    return found


def test_everything_goes_in_or_is_refused_and_again_nothing_changes(importing: Importing, shared_data: Path) -> None:
    copy = importing.folder / "data"
    shutil.copytree(shared_data, copy)
    report = import_files(importing.study, [copy])
    assert {(one.file.rpartition("/")[2], one.line) for one in report.rejected} == {(name, 0) for name in REFUSED}
    assert all("\n" not in one.reason for one in report.rejected)
    chats = 299 + 300 + 500 + 300 + 500 + 60
    assert report.counts["histories"] == chats + 5 + 99 + 1214 + 229 + 111
    assert report.counts["comparisons"] == 8931 + 2997
    assert report.counts["runs"] == 8
    again = import_files(importing.study, [copy])
    assert not any(again.counts.values())
    assert len(again.rejected) == len(REFUSED)


def test_every_real_chat_comes_back_byte_for_byte(importing: Importing, shared_data: Path) -> None:
    expected = []
    for file in sorted((shared_data / "sharegpt").iterdir()):
        text = file.read_text(encoding="utf-8")
        records = json.loads(text) if text.lstrip()[0] == "[" else [json.loads(line) for line in text.splitlines()]
        report = import_files(importing.study, [file])
        assert (report.counts["histories"], report.rejected) == (len(records), [])
        expected += [texts_of(record) for record in records]
    found = importing.ask("SELECT list(t.content ORDER BY position) FROM turns AS t GROUP BY history ORDER BY history")
    assert [texts for (texts,) in found] == expected
