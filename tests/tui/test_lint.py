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


WRITES = {
    "output.py",
    "line_io.py",
    "__main__.py",
    "main.py",
    "errors.py",
    "doctor.py",
    "config.py",
    "completion.py",
    "annotate.py",
    "app.py",
    "capabilities.py",
}


def test_nothing_is_ever_parsed_as_markup_or_as_a_terminals_sequences() -> None:
    """No parser of markup or ANSI is called or imported, and nobody asks for markup."""
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in ("rich.markup", "rich.ansi", "textual.markup"):
                names = {one.name for one in node.names}
                if names - {"escape"}:
                    wrong.append(f"{path.name}:{node.lineno}: {', '.join(names)} of {node.module}")
            if isinstance(node, ast.Attribute) and node.attr in ("from_markup", "from_ansi"):
                wrong.append(f"{path.name}:{node.lineno}: {node.attr}")
            # A name is handed on, and looked at where it comes from.
            if (
                isinstance(node, ast.keyword)
                and node.arg == "markup"
                and ast.unparse(node.value) not in ("False", "markup")
            ):
                wrong.append(f"{path.name}:{node.value.lineno}: markup={ast.unparse(node.value)}")
    assert wrong == []


def test_few_places_write_to_the_terminal_and_the_others_use_them() -> None:
    """What is printed goes through `output` (inert) or the plain lines; the rest is named here and looked at."""
    wrong = []
    for path in SOURCES:
        if path.name in WRITES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.func if isinstance(node, ast.Call) else None
            if isinstance(call, ast.Name) and call.id == "print":
                wrong.append(f"{path}:{call.lineno}: print")
            if isinstance(call, ast.Attribute) and ast.unparse(call) in (
                "sys.stdout.write", "sys.stderr.write", "click.echo", "click.secho",
            ):  # fmt: skip
                wrong.append(f"{path}:{call.lineno}: {ast.unparse(call)}")
    assert wrong == []


def test_no_source_is_longer_than_a_room() -> None:
    long = [
        f"{path}: {count}" for path in SOURCES if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []
