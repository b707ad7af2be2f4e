"""What this machine has for a model: devices that llama.cpp can use, and free memory. Asked in the child process only."""

from __future__ import annotations

import ctypes
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_KINDS = ("CPU", "GPU", "integrated GPU", "accelerator")  # ggml's numbers
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Device:
    """One device as ggml knows it; `free` and `total` in bytes."""

    name: str
    description: str
    kind: str
    free: int
    total: int

    @property
    def is_gpu(self) -> bool:
        return "GPU" in self.kind

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def devices() -> list[Device]:
    """The devices of this build of the library; none where it cannot be asked."""
    import llama_cpp

    folder = Path(llama_cpp.__file__).parent / "lib"
    try:
        registry, base = _library(folder, "ggml"), _library(folder, "ggml-base")
        registry.ggml_backend_dev_get.restype = ctypes.c_void_p
        registry.ggml_backend_dev_count.restype = ctypes.c_size_t
        for name in ("name", "description"):
            getattr(base, f"ggml_backend_dev_{name}").restype = ctypes.c_char_p
        return [_device(registry, base, number) for number in range(registry.ggml_backend_dev_count())]
    except (OSError, AttributeError):
        return []


def _library(folder: Path, name: str) -> ctypes.CDLL:
    for file in (f"lib{name}.so", f"lib{name}.dylib", f"{name}.dll"):
        if (folder / file).is_file():
            return ctypes.CDLL(str(folder / file))
    raise OSError(name)


def _device(registry: Any, base: Any, number: int) -> Device:
    handle = ctypes.c_void_p(registry.ggml_backend_dev_get(ctypes.c_size_t(number)))
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    base.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    kind = int(base.ggml_backend_dev_type(handle))

    def said(what: str) -> str:
        raw: bytes | None = getattr(base, f"ggml_backend_dev_{what}")(handle)
        return (raw or b"").decode("utf-8", "replace")

    shown = _KINDS[kind] if kind < len(_KINDS) else "device"
    return Device(said("name"), said("description"), shown, free.value, total.value)


def free_memory() -> int | None:
    """Bytes that this process may still take: what the system has available, and no more than its control group allows.

    None where the system does not say.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        return None
    try:
        most = (_CGROUP / "memory.max").read_text().strip()
        if most == "max":
            return free
        stat = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        used = int((_CGROUP / "memory.current").read_text())
        files = int(stat["inactive_file"]) + int(stat["active_file"])  # given back when they are in the way
        return min(free, max(0, int(most) - used + files))
    except (OSError, ValueError, KeyError):
        return free
