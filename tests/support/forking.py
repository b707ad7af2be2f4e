"""Many commands, one start: a process that has imported the program already forks for each command.

A command so run is a process of its own, with its own arguments, environment, folder, standard streams and exit code; what it
saves is the fraction of a second that Python and the imports take, hundreds of times over the tests. Tests that are about
starting (what is imported, signals, the terminal) start Python themselves.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

MOST = 1 << 20  # bytes of one request
LEFT_OUT = ("__main__", "child")  # modules that are programs


class Forking:
    """One prepared process, started at the first command; it ends with the process that asks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ours: socket.socket | None = None

    def _begin(self) -> socket.socket:
        if self._ours is None:
            self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [sys.executable, "-m", "tests.support.forking", str(theirs.fileno())]
            # In a session of its own: a Ctrl-C meant for the tests is not meant for it.
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], cwd=Path(__file__).resolve().parents[2], start_new_session=True,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            theirs.close()
        return self._ours

    def run(self, arguments: list[str], environment: dict[str, str], timeout: float) -> tuple[int, str, str]:
        """Exit code (negative: the signal), standard output and error. Raises TimeoutExpired after killing the command."""
        request = json.dumps({"arguments": arguments, "environment": environment, "cwd": str(Path.cwd())}).encode()
        came, told = os.pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
            try:
                with self._lock:
                    streams = [nothing.fileno(), out.fileno(), err.fileno(), told]
                    socket.send_fds(self._begin(), [request], streams)
            finally:
                os.close(told)
            with os.fdopen(came, "r", encoding="ascii") as answer:
                pid = int(answer.readline())
                if not select.select([answer], [], [], timeout)[0]:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(arguments, timeout)
                code = int(answer.readline())
            out.seek(0)
            err.seek(0)
            return code, out.read().decode(), err.read().decode()


def prepare() -> None:
    """Import every module of the program, so that a command finds them there."""
    for name in ("interpref_core", "interpref_db", "interpref_themes", "interpref_tui"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if module.name.rpartition(".")[2] not in LEFT_OUT:
                importlib.import_module(module.name)
    for name in ("aiohttp", "duckdb", "numpy", "scipy.optimize", "scipy.special", "scipy.stats"):
        importlib.import_module(name)


def serve(requests: socket.socket) -> dict[str, Any] | None:
    """Take requests until nobody asks any more: then None. In the process of a command: what was asked."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the watchers
    while True:
        data, streams, _, _ = socket.recv_fds(requests, MOST, 4)
        if not data:
            return None
        if os.fork():
            for stream in streams:
                os.close(stream)
            continue
        # A watcher for each command says its number, waits for it and says how it ended.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.close()
        pid = os.fork()
        if pid:
            os.write(streams[3], f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            os.write(streams[3], f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
        for number, stream in enumerate(streams[:3]):
            os.dup2(stream, number)
        for stream in streams:
            os.close(stream)
        asked: dict[str, Any] = json.loads(data)
        return asked


def become(asked: dict[str, Any]) -> None:
    """What a new process finds: its arguments, environment, folder, streams, time."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    time.tzset()
    sys.argv[:] = ["interpref", *asked["arguments"]]
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8")  # type: ignore[misc]  # as at a start
    sys.stdout = sys.__stdout__ = _writer(1, "strict")  # type: ignore[misc]  # as at a start
    sys.stderr = sys.__stderr__ = _writer(2, "backslashreplace")  # type: ignore[misc]  # as at a start


def _writer(number: int, errors: str) -> io.TextIOWrapper:
    buffer = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=number == 2)


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        prepare()
        asked = serve(requests)
    if asked is not None:
        become(asked)
        from interpref_tui.__main__ import main as program

        program()


if __name__ == "__main__":
    main()
