"""Choosing the next token of one call, as the library's high-level API would, and putting its text together."""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAST = 64  # tokens that a repeat penalty looks back on, as in the high-level API
_LONGEST = 4  # bytes of one character


class Vocabulary:
    """The words of a model: pieces by token, and which tokens end an answer."""

    def __init__(self, model: Any) -> None:
        import llama_cpp

        self.pointer = llama_cpp.llama_model_get_vocab(model)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self.pointer))
        self._pieces: dict[int, bytes] = {}

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""
        import llama_cpp

        return bool(llama_cpp.llama_vocab_is_eog(self.pointer, token))

    def piece(self, token: int) -> bytes:
        """What a token writes; nothing for control tokens."""
        import llama_cpp

        found = self._pieces.get(token)
        if found is None:
            room = 64
            while True:
                buffer = ctypes.create_string_buffer(room)
                size = int(llama_cpp.llama_token_to_piece(self.pointer, token, buffer, room, 0, False))
                if size >= 0:
                    break
                room = -size
            found = self._pieces[token] = buffer.raw[:size]
        return found


class Sampler:
    """The chain of samplers of one call, in the order of the high-level API: bias, penalties, grammar, then the choice.

    Where nothing but a grammar stands before the likeliest token, that token is looked at first: only when the grammar
    refuses it are all the others held against the grammar, which in a large vocabulary takes milliseconds.
    """

    def __init__(self, vocabulary: Vocabulary, asked: Mapping[str, Any], seed: int) -> None:
        """`asked` as the library's `create_completion` has it. Raises ValueError when the grammar cannot be read."""
        import llama_cpp

        self._vocabulary = vocabulary
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        self._grammar: Any = None
        self._temperature = float(asked["temperature"])
        try:
            self._plain = not self._before(asked) and self._temperature == 0.0
            if asked.get("grammar") is not None:
                self._grammar = self._constrain(asked["grammar"])
            self._choose(asked, seed)
        except BaseException:
            self.close()
            raise

    def _add(self, sampler: Any) -> None:
        import llama_cpp

        llama_cpp.llama_sampler_chain_add(self._chain, sampler)

    def _before(self, asked: Mapping[str, Any]) -> bool:
        """Bias and penalties; whether there are any."""
        import llama_cpp

        bias = {int(token): float(value) for token, value in (asked.get("logit_bias") or {}).items()}
        if bias:
            array = (llama_cpp.llama_logit_bias * len(bias))()
            for place, (token, value) in enumerate(bias.items()):
                if not 0 <= token < self._vocabulary.size:
                    raise ValueError(f"logit_bias: there is no token {token}")
                array[place] = llama_cpp.llama_logit_bias(token=token, bias=value)
            self._add(llama_cpp.llama_sampler_init_logit_bias(self._vocabulary.size, len(bias), array))
        repeat = float(asked["repeat_penalty"])
        frequency, presence = float(asked["frequency_penalty"]), float(asked["presence_penalty"])
        if (repeat, frequency, presence) == (1.0, 0.0, 0.0):
            return bool(bias)
        self._add(llama_cpp.llama_sampler_init_penalties(self._vocabulary.size, _LAST, repeat, frequency, presence))
        return True

    def _constrain(self, grammar: Any) -> Any:
        import llama_cpp

        sampler = llama_cpp.llama_sampler_init_grammar(
            self._vocabulary.pointer, grammar._grammar.encode(), grammar._root.encode()
        )
        if not sampler:
            raise ValueError("the grammar cannot be read")
        self._add(sampler)
        return sampler

    def _choose(self, asked: Mapping[str, Any], seed: int) -> None:
        import llama_cpp

        mode = int(asked.get("mirostat_mode", 0))
        if self._temperature < 0.0:
            self._add(llama_cpp.llama_sampler_init_dist(seed))
        elif self._temperature == 0.0:
            self._add(llama_cpp.llama_sampler_init_greedy())
        elif mode in (1, 2):
            tau, eta = float(asked["mirostat_tau"]), float(asked["mirostat_eta"])
            if mode == 1:
                self._add(llama_cpp.llama_sampler_init_mirostat(self._vocabulary.size, seed, tau, eta, 100))
            else:
                self._add(llama_cpp.llama_sampler_init_mirostat_v2(seed, tau, eta))
        else:
            self._add(llama_cpp.llama_sampler_init_top_k(int(asked["top_k"])))
            self._add(llama_cpp.llama_sampler_init_typical(float(asked["typical_p"]), 1))
            self._add(llama_cpp.llama_sampler_init_top_p(float(asked["top_p"]), 1))
            self._add(llama_cpp.llama_sampler_init_min_p(float(asked["min_p"]), 1))
            self._add(llama_cpp.llama_sampler_init_temp(self._temperature))
            self._add(llama_cpp.llama_sampler_init_dist(seed))

    def sample(self, context: Any, index: int) -> int:
        """The next token, from the output at an index of the batch that was decoded last."""
        import llama_cpp

        if self._plain:
            token = int(logits(context, index, self._vocabulary.size).argmax())
            if self._grammar is None:
                return token
            if self._is_allowed(token):
                llama_cpp.llama_sampler_accept(self._chain, token)
                return token
        return int(llama_cpp.llama_sampler_sample(self._chain, context, index))

    def _is_allowed(self, token: int) -> bool:
        """Whether the grammar takes the token here."""
        import llama_cpp

        one = llama_cpp.llama_token_data(id=token, logit=1.0, p=0.0)
        array = llama_cpp.llama_token_data_array(data=ctypes.pointer(one), size=1, selected=-1, sorted=False)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return not math.isinf(float(one.logit))

    def close(self) -> None:
        """Give back what the library holds for it."""
        import llama_cpp

        if self._chain:
            llama_cpp.llama_sampler_free(self._chain)
            self._chain = None


def logits(context: Any, index: int, size: int) -> Any:
    """The logits of one output of the batch that was decoded last, as an array of `size` floats that is not ours."""
    import llama_cpp
    import numpy as np

    found = llama_cpp.llama_get_logits_ith(context, index)
    if not found:
        raise RuntimeError("the model gives no logits")
    return np.ctypeslib.as_array(found, shape=(size,))


class StreamedText:
    """The text of one answer while it grows."""

    def __init__(self, stops: list[str], most: int) -> None:
        """It ends before any of the `stops`, and after `most` tokens."""
        self._stops = [stop.encode() for stop in stops if stop]
        self._tail = max((len(stop) for stop in self._stops), default=0)
        self._most = most
        self._raw = bytearray()
        self._seen = 0  # bytes in which stops were looked for
        self.tokens = 0

    def add(self, piece: bytes) -> str | None:
        """Add a token's piece. The finish reason when it ends here: stop or length. A character is not cut in two."""
        self._raw += piece
        self.tokens += 1
        if _inside_character(self._raw) and self.tokens < self._most + _LONGEST:
            return None
        before = max(0, self._seen - self._tail)
        self._seen = len(self._raw)
        ends = [at for stop in self._stops if (at := self._raw.find(stop, before)) >= 0]
        if ends:
            del self._raw[min(ends) :]
            return "stop"
        return "length" if self.tokens >= self._most else None

    def __str__(self) -> str:
        return self._raw.decode("utf-8", "ignore")


def _inside_character(raw: bytearray) -> bool:
    """Whether the text ends within a character of several bytes."""
    for back in range(1, min(_LONGEST, len(raw)) + 1):
        byte = raw[-back]
        if byte & 0xC0 != 0x80:  # where a character begins
            length = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 1
            return length > back
    return False
