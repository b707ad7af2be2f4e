"""Nothing heavy is imported before it is used: looked at in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "openai",
    "httpx",
    "httpx2",
    "aiohttp",
    "duckdb",
    "_duckdb",
    "numpy",
    "scipy",
    "textual",
    "pydantic",
    "llama_cpp",
    "ijson",
    "rich",
}


def imported_by(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import interpref_tui.__main__", set()),
        ("import interpref_tui.cli.main", set()),
        (
            "import interpref_core.records.base, interpref_core.paradigms, interpref_core.judging, interpref_core.engine",
            set(),
        ),
        ("import interpref_core.providers.registry, interpref_core.providers.openai.provider", set()),
        (
            "import interpref_db.study.study, interpref_db.lists.query, interpref_db.exporters, interpref_db.importers",
            set(),
        ),
        ("import interpref_tui.cli.import_files, interpref_tui.cli.list, interpref_tui.cli.generate", set()),
        ("import interpref_tui.settings.model", {"pydantic"}),
        ("import interpref_tui.app.app", {"textual", "rich"}),
    ],
)
def test_a_module_imports_only_what_it_needs(code: str, allowed: set[str]) -> None:
    assert not imported_by(code) & (HEAVY - allowed)


def test_help_imports_nothing_heavy() -> None:
    code = "import interpref_tui.cli.main as g\nimport contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): g.run(['--help'])"
    assert not imported_by(code) & HEAVY


def test_listing_a_study_needs_neither_screens_nor_models(tmp_path: object) -> None:
    code = (
        "import interpref_tui.cli.main as g, contextlib, io\n"
        "from interpref_db.study.study import Study\n"
        f"Study.open({str(tmp_path)!r} + '/s.duckdb', create=True).close()\n"
        f"with contextlib.redirect_stdout(io.StringIO()): g.run(['list', {str(tmp_path)!r} + '/s.duckdb', 'items'])"
    )
    assert not imported_by(code) & {"textual", "openai", "aiohttp", "llama_cpp", "scipy", "pydantic"}
