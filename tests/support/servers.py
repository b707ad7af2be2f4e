"""Real servers for tests, as processes on a free loopback port."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.fake_openai import FakeOpenAI, Reply, Script, friendly

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FakeOpenAI", "Reply", "Script", "fake_process", "free_port", "friendly", "has_llama_cpp", "llama_server"]


def has_llama_cpp(*, server: bool = False) -> bool:
    """Whether llama-cpp-python (and what its server needs) is installed."""
    needed = ("llama_cpp", "uvicorn", "fastapi", "starlette_context") if server else ("llama_cpp",)
    return all(importlib.util.find_spec(name) is not None for name in needed)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def llama_server(model: Path, *, context: int = 4096, wait: float = 60.0) -> Iterator[str]:
    """llama-cpp-python's own OpenAI-compatible server with a model; gives its base URL. `wait` in seconds."""
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(context)]
    with tempfile.TemporaryFile() as noise, subprocess.Popen(command, stdout=noise, stderr=noise) as process:
        try:
            url = f"http://127.0.0.1:{port}/v1"
            end = time.monotonic() + wait
            while not _answers(url + "/models"):
                if process.poll() is not None or time.monotonic() > end:
                    noise.seek(0)
                    raise RuntimeError("the server does not start: " + noise.read().decode("utf-8", "replace")[-2000:])
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - a loopback address of our own
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def fake_process(*, delay: float = 0.0, faults: bool = False) -> Iterator[str]:
    """The fake endpoint in a process of its own, for measuring; gives its base URL. `delay` in seconds; with `faults` every
    second question meets something else than an answer at first."""
    command = [sys.executable, "-m", "tests.support.fake_openai", "--delay", str(delay)]
    command += ["--faults"] if faults else []
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the fake server does not start")
            yield url
        finally:
            assert process.stdin is not None
            process.stdin.close()
