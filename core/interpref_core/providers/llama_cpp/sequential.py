"""One call after the other through the library's high-level API: for models whose sequences cannot share a beginning."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from interpref_core.providers.llama_cpp.requests import ChoiceDecoder, error_reply, parse_request

if TYPE_CHECKING:
    from interpref_core.providers.llama_cpp.model_loading import Loaded
    from interpref_core.providers.llama_cpp.requests import GenerationCall


class SequentialRunner:
    """Works on calls in the order of their coming. Has the shape of Batching. Not for several threads."""

    def __init__(self, loaded: Loaded) -> None:
        self._model = loaded.chat
        self._waiting: deque[tuple[int, GenerationCall]] = deque()

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    @property
    def state(self) -> dict[str, int]:
        """For whoever watches: calls under way and waiting, and cells of the context that are in use."""
        return {"active": 0, "waiting": len(self._waiting), "cells": int(self._model.n_tokens)}

    def add(self, identifier: int, call: GenerationCall) -> None:
        """Work on a call when those before it are done."""
        self._waiting.append((identifier, call))

    def cancel(self, identifier: int) -> None:
        """Forget a call that waits."""
        for entry in list(self._waiting):
            if entry[0] == identifier:
                self._waiting.remove(entry)
                entry[1].making.close()

    def step(self) -> list[tuple[int, dict[str, Any]]]:
        """Answer one call, whole."""
        if not self._waiting:
            return []
        identifier, call = self._waiting.popleft()
        call.began = time.perf_counter()
        try:
            made = self._choose(call) if isinstance(call.making, ChoiceDecoder) else self._write(call)
        except Exception as error:  # concerns this call alone
            made = error_reply(error)
        finally:
            call.making.close()
        return [(identifier, made)]

    def _choose(self, call: GenerationCall) -> dict[str, Any]:
        model = self._model
        model.reset()
        model.eval(call.prompt)
        call.making.next(model.ctx, -1)
        return call.answer()

    def _write(self, call: GenerationCall) -> dict[str, Any]:
        model = self._model
        known = model.input_ids[: model.n_tokens].tolist()
        made = model.create_chat_completion(call.request["messages"], **parse_request(call.request))
        choice, usage = made["choices"][0], made["usage"]
        call.cached = cached_prefix_length(known, model.input_ids[: usage["prompt_tokens"]].tolist())
        return call.answer() | {
            "text": choice["message"].get("content") or "",
            "finish_reason": choice["finish_reason"],
            "completion": usage["completion_tokens"],
        }


def cached_prefix_length(before: list[int], now: list[int]) -> int:
    """How many tokens at the start of the prompt were in the cache: the longest common prefix, less the last token."""
    count = 0
    for old, new in zip(before, now[:-1], strict=False):
        if old != new:
            break
        count += 1
    return count
