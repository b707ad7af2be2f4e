"""The child process of `llama_cpp`: reads requests as JSON lines on stdin, answers on stdout, ends when stdin does.

python -m interpref_core.providers.llama_cpp.worker MODEL.gguf OPTIONS_AS_JSON
python -m interpref_core.providers.llama_cpp.worker --about

Requests have an "id" and, by what they want, "messages" (with "parameters", "schema", "choice"), "count" (messages) or
"embed" (texts); {"cancel": id} takes one back. An answer has the "id" of its request; lines without one tell how it goes.
A thread reads and tokenizes while the main one decodes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from interpref_core.providers.llama_cpp.continuous_batching import ContinuousBatcher
from interpref_core.providers.llama_cpp.embedding import Embedder
from interpref_core.providers.llama_cpp.model_loading import Log, load, model_facts
from interpref_core.providers.llama_cpp.requests import GenerationCall, RequestParser, dump, error_reply
from interpref_core.providers.llama_cpp.sampling import Vocabulary
from interpref_core.providers.llama_cpp.sequential import SequentialRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpref_core.providers.llama_cpp.model_loading import Loaded

_PULSE = 0.5  # seconds between signs of life while it works


class Output:
    """Lines for the parent, whole ones, from several threads. What the library prints goes to stderr instead."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def say(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._out.write(dump(line))
            self._out.flush()


class Input:
    """Lines of stdin, read from the beginning: when it ends, the parent is gone, and so is this process, whatever it does."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._receive: Callable[[str], None] | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def give_to(self, receive: Callable[[str], None]) -> None:
        """Have lines taken from now on, those that have come already first."""
        self._receive = receive
        self._ready.set()

    def _read(self) -> None:
        for line in sys.stdin:
            self._ready.wait()
            if self._receive:
                self._receive(line)
        os._exit(0)


class Worker:
    """Answers the requests of one parent with one model."""

    def __init__(self, loaded: Loaded, out: Output, seed: int | None) -> None:
        self._loaded = loaded
        self._out = out
        self._reader = RequestParser(loaded.chat, Vocabulary(loaded.model), loaded.n_ctx, seed)
        self._work: ContinuousBatcher | SequentialRunner = (
            ContinuousBatcher(loaded) if loaded.context else SequentialRunner(loaded)
        )
        self._coming: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._embedder: Embedder | None = None

    def run(self) -> None:
        """Answer until the process ends."""
        said = time.monotonic()
        while True:
            self._take()
            for identifier, answer in self._work.step():
                self._out.say({"id": identifier} | answer)
                said = time.monotonic()
            if time.monotonic() - said > _PULSE:
                self._out.say({"state": self._work.state})
                said = time.monotonic()

    def _take(self) -> None:
        """Whatever has come meanwhile; waits where there is nothing else to do."""
        while not self._work.busy or not self._coming.empty():
            request = self._coming.get()
            if "cancel" in request:
                self._work.cancel(request["cancel"])
            elif "embed" in request:
                self._out.say({"id": request["id"]} | self._embed(request["embed"]))
            else:
                self._work.add(request["id"], request["call"])

    def _embed(self, texts: list[str]) -> dict[str, Any]:
        try:
            if self._embedder is None:
                self._embedder = Embedder(self._loaded.model, threads=self._loaded.threads)
            return {"vectors": self._embedder.embed(texts)}
        except Exception as error:
            return error_reply(error)

    def receive(self, line: str) -> None:
        """Take one line from the parent. Called by the reading thread."""
        request = json.loads(line)
        if "messages" in request or "count" in request:
            try:
                request = self._prepare_request(request)
            except Exception as error:
                self._out.say({"id": request["id"]} | error_reply(error))
                return
        if request:
            self._coming.put(request)

    def _prepare_request(self, request: dict[str, Any]) -> dict[str, Any]:
        """A request with its call made; empty when it is answered already."""
        if "count" in request:
            tokens = self._reader.count({"messages": request["count"]})
            self._out.say({"id": request["id"], "tokens": tokens})
            return {}
        call: GenerationCall = self._reader.read(request)
        return {"id": request["id"], "call": call}


def main(arguments: list[str]) -> int:
    """Load the model, say so, then answer until there is nothing more to answer."""
    out = Output()
    if arguments == ["--about"]:
        out.say(model_facts())
        return 0
    options = json.loads(arguments[1])
    lines = Input()
    log = None
    try:
        log = Log()
        loaded = load(arguments[0], options, log)
        worker = Worker(loaded, out, options.get("seed"))
    except Exception as error:  # whatever the library raises becomes one line for the user
        reason = log.errors[0] if log and log.errors else " ".join(str(error).split())
        out.say({"error": f"the model cannot be loaded ({reason[:400]})", "kind": "load"})
        return 1
    out.say({"ready": True} | loaded.details)
    lines.give_to(worker.receive)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
