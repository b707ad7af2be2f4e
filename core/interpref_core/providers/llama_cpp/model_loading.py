"""Loading a GGUF model for the child process: its memory counted beforehand, what became of it told afterwards."""

from __future__ import annotations

import os
import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from interpref_core.providers.llama_cpp.devices import devices, free_memory

CONTEXT = 16384  # tokens, unless the model was trained on fewer or the configuration says otherwise
PARALLEL = 8  # calls decoded together on a GPU, unless the configuration says otherwise
ON_PROCESSOR = 4  # and without one, where each call also pays for the cells of the others
KEPT = 1  # finished calls whose prompt stays in the context, for those that follow and begin like it
_LEVEL_ERROR = 4  # of ggml's log
_SMALL = 32 << 20  # bytes of a model whose steps are shorter than what it takes several threads to meet
_ALL_LAYERS = 0x7FFFFFFF
_MIB = 1 << 20
_BUFFER = re.compile(r"(\S+) (model|KV|RS|compute) buffer size = *([\d.]+) MiB")
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers")


class Log:
    """What the library says: all of it while loading, its errors to stderr as it is now (it closes it while it loads)."""

    _callbacks: ClassVar[list[Any]] = []

    def __init__(self) -> None:
        import llama_cpp

        self.lines: deque[str] = deque(maxlen=2000)
        self.errors: deque[str] = deque(maxlen=8)
        stderr = os.dup(2)

        def note(level: int, text: bytes, _: Any) -> None:
            line = " ".join(text.decode("utf-8", "replace").split())
            self.lines.append(line)
            if level == _LEVEL_ERROR and line:
                self.errors.append(line)
                os.write(stderr, text)

        callback = llama_cpp.llama_log_callback(note)
        self._callbacks.append(callback)  # the library may call it for as long as the process lives
        llama_cpp.llama_log_set(callback, None)


@dataclass(slots=True)
class Loaded:
    """A model that is ready.

    `chat` is the library's own high-level object: where `context` is None it answers itself, else it knows only the
    words and the chat template, and `model` and `context` are the library's pointers to the rest.
    """

    chat: Any
    model: Any
    context: Any
    n_ctx: int
    parallel: int
    n_batch: int
    threads: int
    details: dict[str, Any]


def model_facts() -> dict[str, Any]:
    """What this build of the library can do: its version, whether it offloads layers to a GPU, and the devices."""
    import llama_cpp

    return {
        "version": llama_cpp.__version__,
        "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
        "system": llama_cpp.llama_print_system_info().decode("utf-8", "replace"),
        "devices": [one.to_json() for one in devices()],
        "free_memory": free_memory(),
    }


def load(path: str, options: dict[str, Any], log: Log) -> Loaded:
    """The model at a path. Raises ValueError, one line, when it cannot be loaded or does not fit into free memory."""
    import llama_cpp

    wanted = dict(options)
    layers = int(wanted.get("n_gpu_layers", -1))
    on_gpu = layers != 0 and llama_cpp.llama_supports_gpu_offload() and any(one.is_gpu for one in devices())
    parallel = int(wanted.pop("n_parallel", None) or (PARALLEL if on_gpu else ON_PROCESSOR))
    batching = wanted.pop("batching", None) is not False
    check = wanted.pop("check_memory", None) is not False
    chat = llama_cpp.Llama(path, vocab_only=True, verbose=False)
    log.lines.clear()
    family = chat.metadata.get("general.architecture", "llama")
    trained = _number(chat.metadata, f"{family}.context_length")
    n_ctx = int(wanted.get("n_ctx") or min(trained or CONTEXT, CONTEXT))
    size = _size(path)
    if size < _SMALL and wanted.get("n_threads") is None:
        wanted["n_threads"] = 1
    if check:
        _fits(size, cache_bytes(chat.metadata, family, n_ctx), int(wanted.get("n_gpu_layers", -1)))
    pointer = chat.model
    alone = llama_cpp.llama_model_is_recurrent(pointer) or llama_cpp.llama_model_is_hybrid(pointer)
    if alone or not batching or llama_cpp.llama_model_has_encoder(pointer):
        chat.close()  # such a model cannot share the beginning of one call with another: one by one, then
        loaded = _load_whole(path, wanted | {"n_ctx": n_ctx})
    else:
        loaded = _load_parts(chat, path, wanted, n_ctx, parallel)
    loaded.details = _details(loaded, log, chat_size=size)
    return loaded


def _load_whole(path: str, wanted: dict[str, Any]) -> Loaded:
    import llama_cpp

    whole = llama_cpp.Llama(path, verbose=False, **wanted)
    return Loaded(whole, whole.model, None, whole.n_ctx(), 1, whole.n_batch, whole.n_threads_batch, {})


def _load_parts(chat: Any, path: str, wanted: dict[str, Any], n_ctx: int, parallel: int) -> Loaded:
    """Model and context with many sequences in one cache. Everything else as the high-level object has it."""
    import llama_cpp

    how = llama_cpp.llama_model_default_params()
    layers = int(wanted.get("n_gpu_layers", -1))
    how.n_gpu_layers = _ALL_LAYERS if layers < 0 else layers
    model = llama_cpp.llama_model_load_from_file(path.encode(), how)
    if not model:
        raise ValueError("the file cannot be read as a model")
    with_context = llama_cpp.llama_context_default_params()
    with_context.n_ctx = n_ctx
    with_context.n_batch = with_context.n_ubatch = min(n_ctx, int(wanted.get("n_batch") or 512))
    with_context.n_seq_max = min(parallel + KEPT, int(llama_cpp.llama_max_parallel_sequences()))
    with_context.kv_unified = True
    with_context.n_threads = int(wanted.get("n_threads") or max(_cores() // 2, 1))
    with_context.n_threads_batch = int(wanted.get("n_threads") or _cores())
    flash = wanted.get("flash_attn")
    if flash is None and layers != 0 and llama_cpp.llama_supports_gpu_offload():
        kind = "AUTO"  # passes over the cells of other sequences
    else:  # on a processor it adds up in 16 bits, in the order of the cells: answers would depend on their neighbours
        kind = "ENABLED" if flash else "DISABLED"
    with_context.flash_attn_type = getattr(llama_cpp, f"LLAMA_FLASH_ATTN_TYPE_{kind}")
    context = llama_cpp.llama_init_from_model(model, with_context)
    if not context:
        llama_cpp.llama_model_free(model)
        raise ValueError(f"there is no room for a context of {n_ctx} tokens; give it a smaller n_ctx")
    return Loaded(
        chat,
        model,
        context,
        int(llama_cpp.llama_n_ctx(context)),
        parallel,
        int(llama_cpp.llama_n_batch(context)),
        int(with_context.n_threads_batch),
        {},
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2


def _details(loaded: Loaded, log: Log, *, chat_size: int) -> dict[str, Any]:
    """What a person wants to know of a loaded model: sizes in bytes, layers on a GPU of all, the devices that hold them."""
    import llama_cpp

    sizes: dict[str, float] = {}
    places: dict[str, float] = {}
    layers = int(llama_cpp.llama_model_n_layer(loaded.model)) + 1  # with the output
    offloaded = 0
    for line in log.lines:
        if found := _OFFLOADED.search(line):
            offloaded, layers = int(found[1]), int(found[2])
        if found := _BUFFER.search(line):
            sizes[found[2]] = sizes.get(found[2], 0.0) + float(found[3])
            places[found[1]] = places.get(found[1], 0.0) + float(found[3])
    return {
        "version": llama_cpp.__version__,
        "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
        "n_ctx": loaded.n_ctx,
        "at_once": loaded.parallel,
        "model_bytes": int(llama_cpp.llama_model_size(loaded.model)) or chat_size,
        "cache_bytes": round((sizes.get("KV", 0.0) + sizes.get("RS", 0.0)) * _MIB),
        "compute_bytes": round(sizes.get("compute", 0.0) * _MIB),
        "layers": layers,
        "offloaded": offloaded,
        "buffers": {name: round(size * _MIB) for name, size in places.items()},
        "devices": [one.to_json() for one in devices()],
    }


def _number(metadata: dict[str, str], name: str) -> int:
    try:
        return int(metadata.get(name, 0) or 0)
    except ValueError:
        return 0


def _size(path: str) -> int:
    """Bytes of a model file, with the other parts of one that is split (NAME-00001-of-00003.gguf)."""
    file = Path(path)
    split = re.fullmatch(r"(.*-)\d{5}(-of-\d{5}\.gguf)", file.name)
    parts = file.parent.glob(f"{_literal(split[1])}?????{_literal(split[2])}") if split else [file]
    return sum(part.stat().st_size for part in parts)


def _literal(text: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", text)


def cache_bytes(metadata: dict[str, str], family: str, n_ctx: int) -> int:
    """About what the cache of so many tokens takes: two bytes a value; 0 where the model does not say."""
    layers = _number(metadata, f"{family}.block_count")
    heads = _number(metadata, f"{family}.attention.head_count")
    shared = _number(metadata, f"{family}.attention.head_count_kv") or heads
    width = _number(metadata, f"{family}.embedding_length")
    usual = width // heads if heads else 0
    key = _number(metadata, f"{family}.attention.key_length") or usual
    value = _number(metadata, f"{family}.attention.value_length") or usual
    return 2 * n_ctx * layers * shared * (key + value)


def _fits(model: int, cache: int, layers: int) -> None:
    """Raise ValueError when model and cache are larger than what is free: on the GPU if they go there whole, else here."""
    import llama_cpp

    cards = [one for one in devices() if one.is_gpu] if llama_cpp.llama_supports_gpu_offload() else []
    here = free_memory()
    if layers != 0 and cards:
        free = sum(card.free for card in cards) + (here or 0)  # what the cards do not take stays with the processor
    elif here is not None:
        free = here
    else:
        return
    if model + cache > free:
        raise ValueError(
            f"it does not fit: it takes about {model / 1e9:.1f} GB and its context {cache / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB are free; end what else is loaded, or give it a smaller n_ctx "
            "(check_memory = false loads it all the same)"
        )
