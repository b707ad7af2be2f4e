"""Commands that open the screens."""

from __future__ import annotations

from pathlib import Path

import click

from interpref_tui.cli.group import Trouble
from interpref_tui.cli.options import examples

DEFAULT = Path("interpref.duckdb")


@click.command("open", **examples("interpref my.duckdb"))
@click.argument("study", type=click.Path(path_type=Path), default=DEFAULT, required=False)
def open_command(study: Path) -> int:
    """Open the screens on STUDY, which is made when missing."""
    return show_screens(study)


@click.command("demo", **examples("interpref demo\ninterpref demo --reset"))
@click.option("--reset", is_flag=True, help="Begin again with a fresh copy.")
@click.option("--path", is_flag=True, help="Print where the demo study is (making it if needed) and open nothing.")
def demo_command(reset: bool, path: bool) -> int:
    """Open the screens on the bundled study: preference pairs, histories, sample answers and verdicts.

    Its answers and verdicts were written by people to show the program: they are samples, not results of any model.
    """
    from interpref_tui.demo import demo_study

    study = demo_study(reset=reset)
    if path:
        from interpref_tui.output import write

        write(str(study))
        return 0
    return show_screens(study)


def show_screens(path: Path) -> int:
    """Run the application on a study until it is left."""
    need_terminal()
    from interpref_db.study import Study
    from interpref_tui.app import run_app
    from interpref_tui.config import load_settings

    settings = load_settings()
    with Study.open(path, create=True) as study:
        return run_app(study, settings)


def need_terminal() -> None:
    """Raise Trouble where there is no terminal to draw on."""
    import sys

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Trouble("the screens need a terminal; `interpref list` and `interpref show` read a study without one")
