"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_tui.diagnostics.finding import Finding
from interpref_tui.diagnostics.terminal_checks import terminal_findings
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def examine() -> list[Finding]:
    """Everything that decides what works here."""
    return [
        Finding("interpref", True, __version__),
        Finding("python", True, sys.version.split()[0]),
        *[_package(name) for name in ("duckdb", "textual", "aiohttp", "numpy")],
        *_local_models(),
        *terminal_findings(),
        *_configuration(),
        _key(),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", "install interpref again: pipx reinstall interpref-tui")


def _local_models() -> list[Finding]:
    from interpref_core.providers.llama_cpp.description import device_text
    from interpref_core.providers.llama_cpp.provider import library_info

    if importlib.util.find_spec("llama_cpp") is None:
        advice = "for local models: pip install 'interpref-tui[local]' (compiles for about ten minutes)"
        return [Finding("llama-cpp-python", False, "not installed", advice, optional=True)]
    answer = library_info(timeout=60)
    if answer is None:
        return [Finding("llama-cpp-python", False, "does not load", "reinstall it", optional=True)]
    found = [Finding("llama-cpp-python", True, answer["version"])]
    cards = _cards()
    if answer["gpu"]:
        devices = [device_text(one) for one in answer["devices"] if "GPU" in one["kind"]]
        where = ", ".join(devices or cards) or "none is here"
        return [*found, Finding("GPU offload", bool(devices), f"the build can offload; {where}", optional=True)]
    advice = "reinstall with a GPU build: CMAKE_ARGS='-DGGML_CUDA=on' pip install --force-reinstall llama-cpp-python"
    seen = f"; {', '.join(cards)} is here" if cards else ", and no GPU was found"
    said = f"this build of llama.cpp runs on the CPU{seen}"
    return [*found, Finding("GPU offload", False, said, advice if cards else "", optional=True)]


def examine_model(path: Path, options: Mapping[str, Any]) -> list[Finding]:
    """Load a model, say what it takes and where its layers are, and let go of it. `options` as the provider has them."""
    from interpref_core.providers.base import ProviderError
    from interpref_core.providers.llama_cpp.provider import LlamaCppProvider

    async def look() -> dict[str, str]:
        provider = LlamaCppProvider(path, options=options)
        try:
            await provider.prepare()
            return provider.details
        finally:
            await provider.close()

    try:
        details = asyncio.run(look())
    except ProviderError as error:
        return [Finding(path.name, False, str(error))]
    return [Finding(path.name, True, "loads"), *(Finding(f"  {name}", True, said) for name, said in details.items())]


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


def _configuration() -> list[Finding]:
    from interpref_tui.keys import keymap
    from interpref_tui.settings.model import ConfigError, load_settings
    from interpref_tui.settings.paths import config_file
    from interpref_tui.terminal.theme_choice import themes_here

    try:
        settings = load_settings()
    except ConfigError as error:
        return [Finding("configuration", False, str(error), "`interpref config --example` prints one to start from")]
    path = config_file()
    found = [Finding("configuration", True, str(path) if path.is_file() else f"none (it would be {path})")]
    keys = "`interpref config --keys` prints every action with its keys"
    found += [Finding("keys", False, problem, keys, optional=True) for problem in keymap.load(settings).problems]
    themes = themes_here(settings, "many").problems
    return found + [
        Finding("themes", False, sanitize(one), "see the page Configuration", optional=True) for one in themes
    ]


def _key() -> Finding:
    if os.environ.get("OPENAI_API_KEY"):
        return Finding("OPENAI_API_KEY", True, "set")
    if os.environ.get("OPENAI_BASE_URL"):
        return Finding("OPENAI_BASE_URL", True, "set, no key")
    return Finding("OPENAI_API_KEY", False, "not set", "only needed for models behind OpenAI's API", optional=True)
