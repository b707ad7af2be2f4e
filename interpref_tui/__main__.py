"""The command `interpref`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. `--version` alone answers without importing the rest."""
    from interpref_tui.terminal.standard_streams import hold_standard_streams

    hold_standard_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from interpref_core import __version__

        sys.stdout.write(f"interpref {__version__}\n")
        return
    import gc

    # Loading modules makes many objects and no garbage: looking for some costs a tenth of a short command. Those that go on
    # for long look for it once they have begun.
    gc.set_threshold(1_000_000)
    from interpref_tui.cli import run

    _leave(run())


def _leave(code: int) -> None:
    """End the process. Taking the interpreter down module by module costs more than reading a million comparisons, and
    there is nothing left to take down: no thread is at work, and what asked to be called at the end is called.
    """
    import atexit
    import os
    import threading

    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # whoever read our output has gone
    os._exit(code)


if __name__ == "__main__":
    main()
