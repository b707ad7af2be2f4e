"""Where DuckDB puts what does not fit into memory: a private folder of this process, which goes with it.

Texts of histories land there. So it is a scratch folder: of a name that nobody can guess, open to this user alone, and removed by
the next one where its process was killed.
"""

from __future__ import annotations

import atexit
import itertools
import os
from typing import TYPE_CHECKING

from interpref_core.system.temporary_folders import Scratch

if TYPE_CHECKING:
    from pathlib import Path

_numbers = itertools.count(1)
_own: tuple[int, Scratch] | None = None  # with the process that made it: a fork must not use its parent's


def choose_folder() -> Path | None:
    """Choose where one connection spills to: a name in this process's folder, for DuckDB to make when it needs it.

    None where there is no temporary folder that can be written to: then nothing is spilled.
    """
    global _own
    if _own is None or _own[0] != os.getpid() or not _own[1].path.is_dir():
        try:
            scratch = Scratch()
        except OSError:
            return None
        _own = os.getpid(), scratch
        atexit.register(_remove, *_own)
    # One name a connection: older versions of DuckDB call their files the same in each.
    return _own[1].path / str(next(_numbers))


def _remove(process: int, scratch: Scratch) -> None:
    """Remove this process's folder at its end; a forked child leaves its parent's alone."""
    if process == os.getpid():
        scratch.close()
