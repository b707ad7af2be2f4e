"""The child process of `llama_cpp`: reads requests as JSON lines on stdin, answers on stdout, ends when stdin does.

python -m interpref_core.providers.llama.worker MODEL.gguf OPTIONS_AS_JSON
python -m interpref_core.providers.llama.worker --about
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections import deque
from typing import Any

from interpref_core.providers.llama.embedding import Embedder

CONTEXT = 16384  # tokens, unless the model was trained on fewer or the configuration says otherwise
_LEVEL_ERROR = 4  # of ggml's log
_errors: deque[str] = deque(maxlen=8)


def main(arguments: list[str]) -> int:
    """Load the model, say so, then answer until there is nothing more to answer."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints must not mix with the answers

    def say(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    if arguments == ["--about"]:
        say(about())
        return 0
    requests = read_requests()
    try:
        keep_errors()
        model, details = load(arguments[0], json.loads(arguments[1]))
    except Exception as error:  # whatever the library raises becomes one line for the user
        reason = _errors[0] if _errors else " ".join(str(error).split())
        say({"error": f"the model cannot be loaded ({reason[:300]})", "kind": "load"})
        return 1
    say(details)
    embedder: Embedder | None = None
    while True:
        request = json.loads(requests.get())
        try:
            if "embed" in request:
                embedder = embedder or Embedder(model.model, threads=model.n_threads_batch)
                say({"vectors": embedder.embed(request["embed"])})
            else:
                say(answer(model, request))
        except Exception as error:
            say(failure(error))


def read_requests() -> queue.SimpleQueue[str]:
    """Lines of stdin as they come. When it ends the parent is gone, and so is this process, whatever it is doing."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def keep_errors() -> None:
    """Have the library's errors kept, and written to stderr as it is now: while it loads, the library closes it."""
    import llama_cpp

    stderr = os.dup(2)

    def note(level: int, text: bytes, _: Any) -> None:
        if level == _LEVEL_ERROR and text.strip():
            _errors.append(" ".join(text.decode("utf-8", "replace").split()))
            os.write(stderr, text)

    callback = llama_cpp.llama_log_callback(note)
    keep_errors.callback = callback  # type: ignore[attr-defined]  # the library calls it for as long as it lives
    llama_cpp.llama_log_set(callback, None)


def about() -> dict[str, Any]:
    """What this build of the library can do: its version, and whether it offloads layers to a GPU."""
    import llama_cpp

    return {
        "version": llama_cpp.__version__,
        "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
        "system": llama_cpp.llama_print_system_info().decode("utf-8", "replace"),
    }


def load(path: str, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The model, and what is known of it: context length in tokens, whether the build offloads to a GPU."""
    import llama_cpp

    if options.get("n_ctx") is None:
        probe = llama_cpp.Llama(path, vocab_only=True, verbose=False)
        family = probe.metadata.get("general.architecture", "llama")
        trained = int(probe.metadata.get(f"{family}.context_length", 0) or 0)
        probe.close()
        options = {**options, "n_ctx": min(trained or CONTEXT, CONTEXT)}
    model = llama_cpp.Llama(path, verbose=False, **options)
    return model, {
        "ready": True,
        "n_ctx": model.n_ctx(),
        "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
        "version": llama_cpp.__version__,
    }


def answer(model: Any, request: dict[str, Any]) -> dict[str, Any]:
    """One chat completion as the parent wants it."""
    parameters = dict(request["parameters"])
    if request["schema"]:
        parameters["response_format"] = {"type": "json_object", "schema": request["schema"]}
    known = model.input_ids[: model.n_tokens].tolist()
    made = model.create_chat_completion(request["messages"], **parameters)
    choice = made["choices"][0]
    now = model.input_ids[: made["usage"]["prompt_tokens"]].tolist()
    return {
        "text": choice["message"].get("content") or "",
        "finish_reason": choice["finish_reason"],
        "prompt": made["usage"]["prompt_tokens"],
        "completion": made["usage"]["completion_tokens"],
        "cached": shared(known, now),
    }


def shared(before: list[int], now: list[int]) -> int:
    """How many tokens at the start of the prompt were in the cache: the longest common prefix, less the last token."""
    count = 0
    for old, new in zip(before, now[:-1], strict=False):
        if old != new:
            break
        count += 1
    return count


def failure(error: Exception) -> dict[str, Any]:
    """What a failed call says to the parent."""
    text = " ".join(str(error).split())
    if "context window" in text:
        return {"error": f"the prompt is too long: {text}; give the model more with n_ctx", "kind": "too long"}
    return {"error": f"the model cannot answer this: {text or type(error).__name__}", "kind": "refused"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
