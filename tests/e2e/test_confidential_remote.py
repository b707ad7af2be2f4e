"""One rule for what leaves: what no export holds goes to no remote model either, in whatever paradigm, nor into a batch for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cli import interpref
from tests.support.confidential import CANARY, lines

if TYPE_CHECKING:
    from pathlib import Path

REMOTE = ("--model", "openai/m", "--base-url", "http://192.0.2.1:9/v1")
KEY: Any = {"OPENAI_API_KEY": "sk-test-0123456789"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remote")
    (folder / "in.jsonl").write_text(lines(), encoding="utf-8")
    assert interpref(folder, "import", folder / "s.duckdb", folder / "in.jsonl").code == 0
    return folder / "s.duckdb"


@pytest.mark.parametrize(
    "command",
    [
        ("generate", "--paradigm", "np"),
        ("generate", "--paradigm", "bare"),
        ("generate", "--paradigm", "oracle"),
        ("generate", "--paradigm", "swapped"),
        ("judge", "--run", "one"),
        ("compare", "--runs", "one", "two"),
    ],
    ids=" ".join,
)
def test_no_batch_for_a_remote_model_has_it(tmp_path: Path, study: Path, command: tuple[str, ...]) -> None:
    verb, *options = command
    done = interpref(tmp_path, verb, study, *options, *REMOTE, "--batch-out", tmp_path / "closed.jsonl", **KEY)
    assert done.code == 0, done.err
    assert "confidential" in done.err
    closed = (tmp_path / "closed.jsonl").read_text()
    assert CANARY not in closed
    whole = ("--batch-out", tmp_path / "open.jsonl", "--allow-confidential")
    assert interpref(tmp_path, verb, study, *options, *REMOTE, *whole, **KEY).code == 0
    assert CANARY in (tmp_path / "open.jsonl").read_text()
    here = ("--model", "openai/m", "--base-url", "http://127.0.0.1:9/v1", "--batch-out", tmp_path / "local.jsonl")
    assert interpref(tmp_path, verb, study, *options, *here).code == 0
    assert CANARY in (tmp_path / "local.jsonl").read_text(), "a model on this machine sees all"


def test_the_command_says_what_it_left_out_by_kind(tmp_path: Path, study: Path) -> None:
    done = interpref(tmp_path, "export", study, "study", "-o", tmp_path / "s.jsonl", "--json")
    assert done.json["left_out_why"]["confidential responses"] == 4
    assert "4 confidential responses" in done.err
    assert "--include-confidential" in done.err
