"""No text of others is ever parsed as markup: looked for in the source."""

from __future__ import annotations

import ast
from pathlib import Path

import interpref_tui

SOURCES = sorted(Path(interpref_tui.__file__).parent.rglob("*.py"))
TAKES_MARKUP = {"Static", "Label", "notify"}


def test_widgets_that_parse_markup_are_told_not_to() -> None:
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TAKES_MARKUP and not any(keyword.arg == "markup" for keyword in node.keywords):
                wrong.append(f"{path.name}:{node.lineno}: {name} without markup=False")
    assert wrong == []


def test_no_source_is_longer_than_a_room() -> None:
    long = [
        f"{path}: {count}" for path in SOURCES if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []
