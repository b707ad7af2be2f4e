"""A batch of tokens for llama.cpp, each with its position and sequence, in arrays that are filled a stretch at a time."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class TokenBatch:
    """Room for `size` tokens, each of one sequence. Lives as long as the arrays that the library reads."""

    def __init__(self, size: int) -> None:
        import llama_cpp
        import numpy as np

        self.size = size
        self.count = 0
        self._tokens = np.zeros(size, dtype=np.int32)
        self._positions = np.zeros(size, dtype=np.int32)
        self._ones = np.ones(size, dtype=np.int32)
        self._sequences = np.zeros(size, dtype=np.int32)
        first, step = self._sequences.ctypes.data, self._sequences.itemsize
        self._pointers = np.arange(first, first + size * step, step, dtype=np.uintp)
        self._outputs = np.zeros(size, dtype=np.int8)
        kinds: dict[str, Any] = {name: kind for name, kind, *_ in llama_cpp.llama_batch._fields_}

        def at(array: Any, name: str) -> Any:
            return ctypes.cast(array.ctypes.data, kinds[name])

        self._batch = llama_cpp.llama_batch(
            n_tokens=0,
            token=at(self._tokens, "token"),
            pos=at(self._positions, "pos"),
            n_seq_id=at(self._ones, "n_seq_id"),
            seq_id=at(self._pointers, "seq_id"),
            logits=at(self._outputs, "logits"),
        )

    @property
    def room(self) -> int:
        """Tokens that still go in."""
        return self.size - self.count

    def clear(self) -> None:
        """Begin a new batch."""
        self.count = 0

    def add(self, tokens: Sequence[int], position: int, sequence: int, *, outputs: int) -> int:
        """Add a stretch of one sequence that begins at a position; the last `outputs` tokens give an output.

        Returns the index of its last token in the batch, by which its output is asked for.
        """
        start, end = self.count, self.count + len(tokens)
        self._tokens[start:end] = tokens
        self._positions[start:end] = range(position, position + len(tokens))
        self._sequences[start:end] = sequence
        self._outputs[start:end] = 0
        self._outputs[max(start, end - outputs) : end] = 1
        self.count = end
        return end - 1

    def decode(self, context: Any) -> int:
        """Evaluate it; 0 when all went well, 1 when the context has no room for it, else what the library says."""
        import llama_cpp

        self._batch.n_tokens = self.count
        return int(llama_cpp.llama_decode(context, self._batch))
