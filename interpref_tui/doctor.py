"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys

from interpref_core import __version__
from interpref_tui.findings import Finding
from interpref_tui.terminal_checks import terminal_findings


def examine() -> list[Finding]:
    """Everything that decides what works here."""
    return [
        Finding("interpref", True, __version__),
        Finding("python", True, sys.version.split()[0]),
        *[_package(name) for name in ("duckdb", "textual", "aiohttp", "numpy")],
        *_local_models(),
        *terminal_findings(),
        _configuration(),
        _key(),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", "install interpref again: pipx reinstall interpref-tui")


# Asked in a child process: loading the library may print, take long, or end the process.
_PROBE = """
import json, os, sys
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(1, 2)
import llama_cpp
info = llama_cpp.llama_print_system_info().decode()
devices = []
try:
    for n in range(llama_cpp.ggml_backend_dev_count()):
        device = llama_cpp.ggml_backend_dev_get(n)
        devices.append(llama_cpp.ggml_backend_dev_description(device).decode())
except AttributeError:
    pass
answer = {"version": llama_cpp.__version__, "gpu": bool(llama_cpp.llama_supports_gpu_offload()), "info": info, "devices": devices}
os.write(out, json.dumps(answer).encode())
"""


def _local_models() -> list[Finding]:
    if importlib.util.find_spec("llama_cpp") is None:
        advice = "for local models: pip install 'interpref-tui[local]' (compiles for about ten minutes)"
        return [Finding("llama-cpp-python", False, "not installed", advice, optional=True)]
    try:
        done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, timeout=60, check=True)
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError, OSError) as error:
        return [
            Finding("llama-cpp-python", False, f"does not load ({type(error).__name__})", "reinstall it", optional=True)
        ]
    found = [Finding("llama-cpp-python", True, answer["version"])]
    cards = _cards()
    if answer["gpu"]:
        where = ", ".join(cards) or ", ".join(answer["devices"]) or "yes"
        found.append(Finding("GPU offload", True, f"the build can offload; {where}"))
    else:
        advice = (
            "reinstall with a GPU build: CMAKE_ARGS='-DGGML_CUDA=on' pip install --force-reinstall llama-cpp-python"
        )
        seen = f"; {', '.join(cards)} is here" if cards else ", and no GPU was found"
        found.append(
            Finding(
                "GPU offload",
                False,
                f"this build of llama.cpp runs on the CPU{seen}",
                advice if cards else "",
                optional=True,
            )
        )
    return found


def _cards() -> list[str]:
    """The graphics cards that nvidia-smi knows."""
    if shutil.which("nvidia-smi") is None:
        return []
    try:
        done = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def _configuration() -> Finding:
    from interpref_tui.config import ConfigError, config_file, load_settings

    try:
        load_settings()
    except ConfigError as error:
        return Finding("configuration", False, str(error), "`interpref config --example` prints one to start from")
    path = config_file()
    return Finding("configuration", True, str(path) if path.is_file() else f"none (it would be {path})")


def _key() -> Finding:
    if os.environ.get("OPENAI_API_KEY"):
        return Finding("OPENAI_API_KEY", True, "set")
    if os.environ.get("OPENAI_BASE_URL"):
        return Finding("OPENAI_BASE_URL", True, "set, no key")
    return Finding("OPENAI_API_KEY", False, "not set", "only needed for models behind OpenAI's API", optional=True)
