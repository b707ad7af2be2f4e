"""The command `interpref`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. `--version` alone answers without importing the rest."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from interpref_core import __version__

        sys.stdout.write(f"interpref {__version__}\n")
        return
    from interpref_tui.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
