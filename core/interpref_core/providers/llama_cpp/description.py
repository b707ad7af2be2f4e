"""What a loaded model holds, in words: for whoever watches a run, and for `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def describe_model(facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts that the child process tells of its model, by name, one line each. Empty when there are none yet."""
    if not facts:
        return {}
    state = facts.get("state", {})
    used = f", {state['cells']} in use" if "cells" in state else ""
    now = f", {state['active']} now and {state['waiting']} waiting" if "active" in state else ""
    where = "" if facts["gpu"] else " (this build of llama.cpp runs on the CPU)"
    return {
        "layers on the GPU": f"{facts['offloaded']} of {facts['layers']}{where}",
        "model": size(facts["model_bytes"]),
        "context": f"{facts['n_ctx']} tokens, {size(facts['cache_bytes'])}{used}",
        "working memory": size(facts["compute_bytes"]),
        "decoded together": f"up to {facts['at_once']} calls{now}",
        "devices": ", ".join(device_text(one) for one in facts["devices"]) or "unknown",
    }


def device_text(device: Mapping[str, Any]) -> str:
    """A device with its free memory."""
    return f"{device['description'].strip() or device['name']} ({size(device['free'])} free of {size(device['total'])})"


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
