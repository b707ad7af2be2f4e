"""The top of the command line: finds commands without importing them, turns errors into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from interpref_core import __version__
from interpref_tui.cli.errors import FAILED, INTERRUPTED, _Gone

if TYPE_CHECKING:
    from collections.abc import Sequence

# Command: (module, what --help says of it). Modules are imported only when their command is called.
COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("open", "Open the screens on a study (what `interpref STUDY` does)."),
    "demo": ("open", "Open the screens on a bundled study, ready at once."),
    "import": ("import_files", "Import files into a study."),
    "export": ("export", "Export from a study."),
    "copy": ("copy", "Copy a study, whole, while others go on with it."),
    "list": ("list", "List what a study holds."),
    "show": ("show", "Show one thing, whole."),
    "pair": ("pair", "Pair preferences by topic, without a model."),
    "build": ("build", "Build items from raw conversations, stage by stage."),
    "generate": ("generate", "Have a model answer the items of a study."),
    "judge": ("judge", "Have a judge compare a run's answers in four orders."),
    "compare": ("compare", "Have a judge say which of two runs shows more regard for the preferences."),
    "annotate": ("annotate", "Label by hand: compare, match, query, score, failure."),
    "score": ("score", "Every number: pass rates, win rates, Bradley-Terry, agreement."),
    "rank": ("rank", "A Bradley-Terry leaderboard straight from a file of comparisons."),
    "reproduce": ("reproduce", "The paper's numbers computed again, beside what it prints."),
    "doctor": ("doctor", "What is installed, what is missing, what would help."),
    "config": ("config", "Where the configuration is and what it says."),
    "completion": ("completion", "Shell completion for bash, zsh or fish."),
}


# What stands behind an option in --help, where its type alone would not say it.
_BEHIND = {
    "--model": "MODEL", "--base-url": "URL", "--known-as": "URL", "--api-key-env": "VARIABLE", "--run": "RUN",
    "--judge": "JUDGE", "--format": "FORMAT", "--topic": "TOPIC", "--sort": "COLUMN", "--search": "TEXT", "--among": "NAMES",
    "--timeout": "SECONDS", "--budget": "MONEY", "--max-tokens": "TOKENS", "--budget-tokens": "TOKENS", "--n-ctx": "TOKENS",
    "--n-gpu-layers": "LAYERS", "--window": "TURNS", "--overlap": "N", "--window-characters": "CHARACTERS",
}  # fmt: skip
_CLEARER = {
    "is not a valid integer range": "is no whole number",
    "is not a valid integer": "is no whole number",
    "is not a valid float range": "is no number",
    "is not a valid float": "is no number",
    "Invalid value for ": "",
    "Invalid value: ": "",
}


def _stands_behind(option: click.Option) -> str | None:
    """The metavariable of an option; None where its type says it."""
    if isinstance(option.type, click.Choice | click.Path):
        return None
    if isinstance(option.type, click.types.IntParamType):
        otherwise = "N"
    else:
        otherwise = "NUMBER" if isinstance(option.type, click.types.FloatParamType) else "NAME"
    return next((_BEHIND[name] for name in option.opts if name in _BEHIND), otherwise)


class Commands(click.Group):
    """Commands by name, imported when called. What is no command is a study to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if name != "open"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"interpref_tui.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        for option in command.params:
            if isinstance(option, click.Option) and option.metavar is None and not option.is_flag:
                option.metavar = _stands_behind(option)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _Gone from None  # click would make a failure of it

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            if "." not in args[0] and os.sep not in args[0] and not os.path.exists(args[0]):  # noqa: PTH110 - no pathlib yet
                from interpref_core.text.suggestions import did_you_mean

                near = did_you_mean(args[0], COMMANDS)
                near = f"; {near}" if near.startswith("do") else ""
                ctx.fail(
                    f"{args[0]!r} is no command, and no study of that name is here (a new one is NAME.duckdb){near}"
                )
            args = ["open", *args]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nExamples:\n"
    "  interpref demo\n"
    "  interpref import my.duckdb conversations.json\n"
    "  interpref generate my.duckdb --model openai/gpt-4o-mini --paradigm td\n"
    "  interpref judge my.duckdb --run gpt-4o-mini-td --model overlap\n"
    "  interpref score my.duckdb\n"
    "\n\b\nExit codes:\n"
    "  0 done, 1 failed, 2 wrong usage, 3 partly done (some failed or were refused),\n"
    "  130 interrupted\n",
)
@click.version_option(__version__, "-V", "--version", message="interpref %(version)s")
@click.option("--no-color", is_flag=True, help="No colours (as NO_COLOR does).")
@click.option("--plain", is_flag=True, help="The screens in lines, for screen readers, dumb terminals and pipes.")
@click.pass_context
def cli(context: click.Context, no_color: bool, plain: bool) -> None:  # noqa: ARG001 - the commands look it up
    """Does a language model notice what a user prefers, from their earlier conversations alone?

    `interpref STUDY` opens the screens on a study (interpref.duckdb here when none is named); the commands below do the
    rest. A study is one DuckDB file.
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if context.invoked_subcommand is None:
        command = cli.get_command(context, "open")
        if command is not None:
            context.invoke(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code. No traceback reaches the user."""
    from interpref_tui.text.output import flush

    try:
        result = cli.main(
            args=list(arguments) if arguments is not None else None, prog_name="interpref", standalone_mode=False
        )
        flush()
    except click.UsageError as error:
        return _wrong_usage(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interpref: interrupted", err=True)
        return INTERRUPTED
    except (_Gone, BrokenPipeError):
        # Whoever read our output has gone (`| head`): end quietly, and keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _report_error(error)
    return result if isinstance(result, int) else 0


def _wrong_usage(error: click.UsageError) -> int:
    """What is wrong with a command line, in one line with the way out."""
    from interpref_tui.text.output import sanitize

    message = " ".join(error.format_message().split()).rstrip(".")
    for said, clearer in _CLEARER.items():
        message = message.replace(said, clearer)
    context = error.ctx
    command = context.command_path if context is not None else "interpref"
    if "unexpected extra argument" in message and context is not None:
        pairs = [option for option in context.command.params if isinstance(option, click.Option) and option.nargs == 2]
        message += "".join(f"; {option.opts[0]} takes two names" for option in pairs)
    click.echo(f"interpref: {sanitize(_lowercase_first(message))} (`{command} --help` says more)", err=True)
    return error.exit_code


def _lowercase_first(message: str) -> str:
    """A sentence as the rest of a line; names in capitals stay."""
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def _report_error(error: Exception) -> int:
    """Any other error in one line: those that we know by their own words, a bug by its name and a report."""
    from interpref_tui.diagnostics.crash_report import known_message, write_report
    from interpref_tui.text.output import sanitize

    message = known_message(error)
    if message is None:
        report = write_report(error)
        where = f"; details, without texts of yours, in {report}" if report else ""
        message = f"something went wrong inside ({type(error).__name__}){where}"
    click.echo(f"interpref: {sanitize(message)}", err=True)
    return FAILED
