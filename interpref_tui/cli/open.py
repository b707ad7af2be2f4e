"""Commands that open the screens."""

from __future__ import annotations

from pathlib import Path

import click

from interpref_tui.cli.errors import CliError
from interpref_tui.cli.options import examples

DEFAULT = Path("interpref.duckdb")
plain_option = click.option("--plain", is_flag=True, help="In lines, for screen readers, dumb terminals and pipes.")


@click.command("open", **examples("interpref my.duckdb"))
@click.argument("study", type=click.Path(path_type=Path), default=DEFAULT, required=False)
@plain_option
def open_command(study: Path, plain: bool) -> int:
    """Open the screens on STUDY, which is made when missing."""
    return show_screens(study, plain=plain or plain_wanted())


@click.command("demo", **examples("interpref demo\ninterpref demo --reset"))
@click.option("--reset", is_flag=True, help="Begin again with a fresh copy.")
@click.option("--path", is_flag=True, help="Print where the demo study is (making it if needed) and open nothing.")
@plain_option
def demo_command(reset: bool, path: bool, plain: bool) -> int:
    """Open the screens on the bundled study: preference pairs, histories, sample answers and verdicts.

    Its answers and verdicts were written by people to show the program: they are samples, not results of any model.
    """
    from interpref_tui.services.demo import demo_study

    study = demo_study(reset=reset)
    if path:
        from interpref_tui.text.output import write

        write(str(study))
        return 0
    return show_screens(study, plain=plain or plain_wanted())


def show_screens(path: Path, *, plain: bool = False) -> int:
    """Run the application on a study until it is left; with `plain`, in lines."""
    from interpref_tui.diagnostics.memory import keep_together

    if plain:
        keep_together()
        from interpref_db.study.study import Study
        from interpref_tui.line_mode.router import main_place
        from interpref_tui.line_mode.shell import Shell
        from interpref_tui.settings.model import load_settings

        with Study.open(path, create=True) as study:
            return Shell(study, load_settings()).run(lambda shell: main_place(shell, "home"))
    need_terminal()
    from interpref_tui.terminal.splash import Splash

    with Splash(path.name) as curtain:
        keep_together()
        from interpref_db.study.study import Study

        # The study is opened while the screens are loaded and drawn: the one waits for the disk, the other for the processor.
        with Study.open_in_background(path, create=True) as study:
            from interpref_tui.app.app import run_app
            from interpref_tui.settings.startup import early_settings

            return run_app(study, early_settings(), curtain=curtain)


def plain_wanted() -> bool:
    """Whether --plain stood before the command."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("plain"))


def need_terminal() -> None:
    """Raise Trouble where there is no terminal to draw on."""
    import os
    import sys

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CliError(
            "the screens need a terminal; --plain reads and annotates in lines, `interpref list` and `show` print"
        )
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        raise CliError("this terminal (TERM=dumb) cannot draw the screens; --plain does the same in lines")
