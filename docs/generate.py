"""Write the pages of the documentation that follow from the program: keys, configuration, commands.

python docs/generate.py           writes them
python docs/generate.py --check   says which are not as the program has them
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Options say what a configured name or variable would give: the pages are of a program without any.
for _name in [name for name in os.environ if name.startswith(("INTERPREF_", "OPENAI_", "COLUMNS"))]:
    del os.environ[_name]
os.environ["INTERPREF_CONFIG"] = os.devnull

import click

from interpref_themes import palettes
from interpref_tui.cli.main import COMMANDS, cli
from interpref_tui.keys import key_names, keymap
from interpref_tui.settings.example import meanings
from interpref_tui.settings.model import AnnotateSettings, ModelSettings, PriceSettings, RunSettings, Settings

if TYPE_CHECKING:
    from pydantic import BaseModel

HERE = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py from the program; change it there. -->"


def commands() -> str:
    """Every command's help."""
    lines = ["# Commands", "", MADE, "", *_paragraphs(COMMANDS_INTRO)]
    lines += ["| command | |", "| --- | --- |"]
    lines += [f"| [`{name}`](#{name}) | {about} |" for name, (_, about) in COMMANDS.items() if name != "open"]
    for name in cli.list_commands(click.Context(cli)):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        with click.Context(
            command,
            info_name=f"interpref {name}",
            terminal_width=96,
            max_content_width=96,
            help_option_names=["-h", "--help"],
        ) as context:
            text = command.get_help(context)
        lines += ["", f"## {name}", "", "```text", *(line.rstrip() for line in text.splitlines()), "```"]
    return "\n".join(lines) + "\n"


def keys() -> str:
    """Every action with its keys, by area, and what the presets change."""
    lines = [
        "# Keys",
        "",
        MADE,
        "",
        *_paragraphs(KEYS_INTRO),
        keymap.reference().replace("\n## ", "\n\n## ").strip(),
        "",
    ]
    lines += ["## Presets", "", '`keymap = "vim"` in the configuration changes these keys:', ""]
    for name in keymap.PRESETS:
        if name == "default":
            continue
        preset = keymap.preset(name)
        lines += [
            f"### {name}",
            "",
            f"{preset['about'][0].upper()}{preset['about'][1:]}.",
            "",
            "| action | keys |",
            "| --- | --- |",
        ]
        for action, given in preset["keys"].items():
            shown = " ".join(f"`{key_names.display(key)}`" for key in given.split(","))
            lines.append(f"| `{action}` | {shown} |")
        lines.append("")
    return _tidy("\n".join(lines))


def configuration() -> str:
    """Every setting with its meaning and default, and every theme."""
    lines = ["# Configuration", "", MADE, "", *_paragraphs(CONFIGURATION_INTRO)]
    lines += ["## Settings", "", *_settings(Settings, "", {"models", "run", "annotate", "prices", "keys"})]
    lines += ["## [run]", "", "How models are asked.", "", *_settings(RunSettings, "run.", set())]
    lines += ["## [annotate]", "", "How you like to annotate.", "", *_settings(AnnotateSettings, "annotate.", set())]
    lines += ["## [models.NAME]", "", *_paragraphs(MODELS_INTRO), *_settings(ModelSettings, None, set())]
    lines += ["## [[prices]]", "", *_paragraphs(PRICES_INTRO), *_settings(PriceSettings, None, set())]
    lines += ["## [keys]", "", *_paragraphs(KEYS_TABLE_INTRO)]
    lines += [
        "## Themes",
        "",
        *_paragraphs(THEMES_INTRO),
        "| theme | | lowest contrast of a text |",
        "| --- | --- | --- |",
    ]
    for one in palettes():
        lowest = "as the terminal has it" if one.terminal else f"{one.weakest()[0]:.1f}"
        lines.append(f"| `{one.name}` | {one.title} | {lowest} |")
    lines += ["", *_paragraphs(OWN_THEME)]
    return _tidy("\n".join(lines))


def _settings(model: type[BaseModel], prefix: str | None, leave_out: set[str]) -> list[str]:
    """A table of a class of settings. With a prefix, also the variable that sets each."""
    variable = prefix is not None
    lines = [
        "| name | default | meaning |" + (" variable |" if variable else ""),
        "| --- | --- | --- |" + (" --- |" if variable else ""),
    ]
    said = meanings(model)
    for name, field in model.model_fields.items():
        if name in leave_out:
            continue
        default: Any = None if field.is_required() else field.get_default(call_default_factory=True)
        shown = "needed" if field.is_required() else "none" if default in (None, [], {}) else f"`{json.dumps(default)}`"
        row = f"| `{name}` | {shown} | {_cell(said.get(name, ''))} |"
        if prefix is not None:
            row += f" `INTERPREF_{(prefix + name).upper().replace('.', '__')}` |"
        lines.append(row)
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _paragraphs(text: str) -> list[str]:
    return [*text.strip().splitlines(), ""]


def _tidy(text: str) -> str:
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip() + "\n"


COMMANDS_INTRO = """
`interpref STUDY` opens the screens on a study, which is made when missing; every other use is one of the commands below.
A study is one DuckDB file.

Exit codes: 0 done, 1 something failed and standard error says what, 2 wrong usage, 3 partly done (some items failed), 130
interrupted. With `--json` there is one JSON document on standard output (JSON lines for lists and for progress) and nothing
else; what is said to people goes to standard error.
"""

KEYS_INTRO = """
`?` shows the keys of the screen you are on. Every action has a name; the [configuration](configuration.md#keys) gives any of
them other keys, and a preset changes many at once. Of several keys, each does the same. In [plain lines](screens.md#in-lines) a key
is typed and enter follows; those without a sign have their names (`esc`, `tab`, `space`, `left`, `f2`, `ctrl+r`).
"""

CONFIGURATION_INTRO = """
One TOML file, `~/.config/interpref/config.toml` (or where `INTERPREF_CONFIG` says); it need not exist. A variable of the
environment comes before the file. `interpref config` says where the file is and what holds now;

```sh
interpref config --example
```

prints one to start from. Keys of services are never in it: only the name of the variable, or of a file readable by you alone,
that holds one.
"""

MODELS_INTRO = """
A name of your own for a model, an address and parameters: `--model NAME` stands for all of it.
"""

PRICES_INTRO = """
What models cost a million tokens, for `--dry-run`, for progress and for `--budget`.
"""

KEYS_TABLE_INTRO = """
Keys for actions by their names: a text with commas, a list, or `"none"`. `interpref config --keys` prints all of them as they
are now. A key that a terminal or tmux does not let through is refused with the reason, as is one that another action of the
same screen has; the rest holds.

```toml
keymap = "vim"

[keys]
"list.sort" = "o,f4"
"app.theme" = "none"
```
"""

THEMES_INTRO = """
`T` shows the themes on the screen that you are on; enter keeps one and remembers it. A terminal with sixteen colours, or none
(`NO_COLOR`), gets its own colours, and what stands out is reversed, bold or underlined. Contrast is WCAG 2's: 4.5 is enough
for text, 21 is black on white.
"""

OWN_THEME = """
A theme of your own is a file `themes/NAME.toml` beside the configuration. Three colours are enough; the others
(`muted`, `surface`, `panel`, `secondary`, `accent`, `warning`, `error`, `success`) follow from them when they are left out.
A colour that cannot be read is said in the list of themes.

```toml
title = "sea"
dark = true
foreground = "#d8e6f0"
background = "#0b1a26"
primary = "#4aa8e0"
```
"""

PAGES = {"commands.md": commands, "keys.md": keys, "configuration.md": configuration}


def main(arguments: list[str]) -> int:
    stale = []
    for name, made in PAGES.items():
        path, text = HERE / name, made()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"not as the program has them: {', '.join(stale)}; python docs/generate.py writes them\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
