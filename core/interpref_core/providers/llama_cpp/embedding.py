"""Embeddings of texts from a GGUF model: one normalised vector a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.providers.llama_cpp.token_batch import TokenBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE = 2048  # tokens of a text that are read together, unless the model was trained on fewer
_SEQUENCES = 32  # texts that are read together


class Embedder:
    """A context for embeddings beside the one that answers; pools as the model was trained to, or by the mean.

    A text longer than the model reads at once is cut, and its vector is the mean of its pieces', by their lengths.
    """

    def __init__(self, model: Any, *, threads: int) -> None:
        """`model` is the library's pointer to a loaded model. Raises ValueError when it cannot embed."""
        import llama_cpp

        self._vocabulary = llama_cpp.llama_model_get_vocab(model)
        self.width = int(llama_cpp.llama_model_n_embd(model))
        piece = min(_PIECE, int(llama_cpp.llama_model_n_ctx_train(model)) or _PIECE)
        context = self._open(model, piece, threads, llama_cpp.LLAMA_POOLING_TYPE_UNSPECIFIED)
        if context and llama_cpp.llama_pooling_type(context) == llama_cpp.LLAMA_POOLING_TYPE_NONE:
            llama_cpp.llama_free(context)
            context = self._open(model, piece, threads, llama_cpp.LLAMA_POOLING_TYPE_MEAN)
        if not context:
            raise ValueError("the model cannot make embeddings")
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._batch = TokenBatch(piece)

    @staticmethod
    def _open(model: Any, piece: int, threads: int, pooling: int) -> Any:
        import llama_cpp

        wanted = llama_cpp.llama_context_default_params()
        wanted.n_ctx = wanted.n_batch = wanted.n_ubatch = piece
        wanted.n_seq_max = _SEQUENCES
        wanted.kv_unified = True
        wanted.embeddings = True
        wanted.pooling_type = pooling
        wanted.n_threads = wanted.n_threads_batch = threads
        return llama_cpp.llama_init_from_model(model, wanted)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length 1 a text, in their order. Raises RuntimeError when the library cannot."""
        import numpy as np

        sums = np.zeros((len(texts), self.width))
        waiting: list[tuple[int, list[int]]] = []
        for place, text in enumerate(texts):
            tokens = self._tokens(text)
            for start in range(0, len(tokens), self._batch.size):
                piece = tokens[start : start + self._batch.size]
                if self._batch.room < len(piece) or len(waiting) == _SEQUENCES:
                    self._take(waiting, sums)
                self._batch.add(piece, 0, len(waiting), outputs=len(piece))
                waiting.append((place, piece))
        self._take(waiting, sums)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        vectors: list[list[float]] = (sums / np.where(lengths > 0, lengths, 1.0)).tolist()
        return vectors

    def _tokens(self, text: str) -> list[int]:
        import llama_cpp

        raw = text.encode("utf-8", "replace")
        found = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self._vocabulary, raw, len(raw), found, len(found), True, False)
        return list(found[: max(0, count)])

    def _take(self, waiting: list[tuple[int, list[int]]], sums: Any) -> None:
        """Evaluate what is in the batch, and add each piece's vector to its text's sum."""
        import llama_cpp
        import numpy as np

        if waiting:
            if self._memory:
                llama_cpp.llama_memory_clear(self._memory, True)
            if code := self._batch.decode(self._context):
                raise RuntimeError(f"the model cannot embed this (llama_decode says {code})")
            for sequence, (place, piece) in enumerate(waiting):
                found = llama_cpp.llama_get_embeddings_seq(self._context, sequence)
                vector = np.ctypeslib.as_array(found, shape=(self.width,)).astype(np.float64)
                sums[place] += vector / (np.linalg.norm(vector) or 1.0) * len(piece)
        waiting.clear()
        self._batch.clear()
