"""One call as the child process works on it: its prompt in tokens, and how its answer is made token by token."""

from __future__ import annotations

import json
import random
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from interpref_core.constrained_choice import ChoiceConstraint, choice_text, match_option
from interpref_core.providers.llama_cpp.sampling import Sampler, StreamedText, Vocabulary, logits

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANDOM = 0xFFFFFFFF  # a seed that lets the library draw one


class TooLong(ValueError):
    """The prompt has more tokens than the context."""

    def __init__(self, tokens: int, room: int) -> None:
        super().__init__(f"{tokens} tokens, and the context window has {room}")


class Decoder(Protocol):
    """What makes an answer: is shown the output after the prompt, then after each token that it gave."""

    tokens: int

    def next(self, context: Any, index: int) -> int | None:
        """The next token, from an output of the batch that was decoded last; None when the answer is whole."""
        ...

    def answer(self) -> dict[str, Any]: ...
    def close(self) -> None: ...


class GenerationCall:
    """A prompt in tokens, what makes its answer, and what it took."""

    def __init__(self, request: Mapping[str, Any], prompt: list[int], making: Decoder, most: int) -> None:
        """`most` tokens at most are generated."""
        self.request = request
        self.prompt = prompt
        self.making = making
        self.most = most
        self.cached: int | None = None
        self.began: float | None = None

    def answer(self) -> dict[str, Any]:
        """What the parent is told."""
        return self.making.answer() | {
            "prompt": len(self.prompt),
            "cached": self.cached or 0,
            "completion": self.making.tokens,
            "seconds": time.perf_counter() - (self.began or time.perf_counter()),
        }


class TextDecoder:
    """A text, sampled."""

    def __init__(self, vocabulary: Vocabulary, sampler: Sampler, text: StreamedText) -> None:
        self._vocabulary = vocabulary
        self._sampler = sampler
        self._text = text
        self._reason = "stop"
        self.tokens = 0

    def next(self, context: Any, index: int) -> int | None:
        token = self._sampler.sample(context, index)
        if self._vocabulary.ends(token):
            return None
        reason = self._text.add(self._vocabulary.piece(token))
        self.tokens = self._text.tokens
        if reason:
            self._reason = reason
            return None
        return token

    def answer(self) -> dict[str, Any]:
        return {"text": str(self._text), "finish_reason": self._reason}

    def close(self) -> None:
        self._sampler.close()


class ChoiceDecoder:
    """One of a few words, by the probabilities of the first token: nothing is generated."""

    def __init__(self, vocabulary: Vocabulary, choice: ChoiceConstraint, classes: Any) -> None:
        """`classes`: the number of the option that each token begins, or -1."""
        self._vocabulary = vocabulary
        self._choice = choice
        self._classes = classes
        self._masses: list[float] = []
        self.tokens = 0

    def next(self, context: Any, index: int) -> int | None:
        import numpy as np

        found = logits(context, index, self._vocabulary.size).astype(np.float64)
        found = np.exp(found - found.max())
        found /= found.sum()
        self._masses = [float(found[self._classes == n].sum()) for n in range(len(self._choice.options))]
        self.tokens = 1
        return None

    def answer(self) -> dict[str, Any]:
        if not sum(self._masses) > 0.0:
            options = ", ".join(self._choice.options)
            return {"error": f"no token of the model's vocabulary begins one of {options}", "kind": "refused"}
        return {"text": choice_text(self._masses, self._choice), "finish_reason": "stop"}

    def close(self) -> None:
        """Nothing to give back."""


class _Asked(Exception):
    """What the high-level API would have a completion made of."""

    def __init__(self, asked: dict[str, Any]) -> None:
        super().__init__()
        self.asked = asked


class _Recorder:
    """Stands for the high-level object: formats and tokenizes like it, but tells what it would complete instead of doing it.

    So the chat template, the stop words, the grammar and every default are those of the library itself.
    """

    def __init__(self, chat: Any) -> None:
        self._chat = chat

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    def create_completion(self, **asked: Any) -> Any:
        raise _Asked(asked)


class RequestParser:
    """Makes calls of requests. Used by one thread, while another decodes."""

    def __init__(self, chat: Any, vocabulary: Vocabulary, n_ctx: int, seed: int | None) -> None:
        self._chat = chat
        self._vocabulary = vocabulary
        self._n_ctx = n_ctx
        self._seed = seed
        self._classes = lru_cache(maxsize=8)(self._classify)

    def read(self, request: Mapping[str, Any]) -> GenerationCall:
        """The call of a request. Raises TooLong, or whatever the library raises for what it does not know."""
        asked = self._parse_fields(request)
        prompt: list[int] = asked["prompt"]
        if len(prompt) >= self._n_ctx:
            raise TooLong(len(prompt), self._n_ctx)
        if chosen := request.get("choice"):
            choice = ChoiceConstraint(chosen["name"], tuple(chosen["options"]))
            return GenerationCall(
                request, prompt, ChoiceDecoder(self._vocabulary, choice, self._classes(choice.options)), 1
            )
        room = self._n_ctx - len(prompt)
        most = asked.get("max_tokens")
        most = min(most, room) if most and most > 0 else room
        seed = asked.get("seed")
        if seed is None:
            seed = _RANDOM if self._seed is None else random.Random(self._seed).randint(0, _RANDOM)
        sampler = Sampler(self._vocabulary, asked, int(seed) & _RANDOM)
        stop = asked.get("stop") or []
        text = StreamedText([stop] if isinstance(stop, str) else list(stop), most)
        return GenerationCall(request, prompt, TextDecoder(self._vocabulary, sampler, text), most)

    def count(self, request: Mapping[str, Any]) -> int:
        """How many tokens the prompt of a request has."""
        return len(self._parse_fields({"messages": request["messages"], "parameters": {}})["prompt"])

    def _parse_fields(self, request: Mapping[str, Any]) -> dict[str, Any]:
        import llama_cpp

        recorder: Any = _Recorder(self._chat)
        try:
            llama_cpp.Llama.create_chat_completion(recorder, request["messages"], **parse_request(request))
        except _Asked as found:
            return found.asked
        raise ValueError("this chat format has no prompt")

    def _classify(self, options: tuple[str, ...]) -> Any:
        """Which option each token of the vocabulary begins."""
        import numpy as np

        vocabulary = self._vocabulary
        pieces = (vocabulary.piece(token).decode("utf-8", "replace") for token in range(vocabulary.size))
        found = (match_option(piece, options) for piece in pieces)
        return np.array([-1 if number is None else number for number in found], dtype=np.int32)


def parse_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request as the library's `create_chat_completion` takes them."""
    parameters = dict(request["parameters"])
    if request.get("schema"):
        parameters["response_format"] = {"type": "json_object", "schema": request["schema"]}
    return parameters


def error_reply(error: Exception) -> dict[str, Any]:
    """What a failed call says to the parent."""
    text = " ".join(str(error).split())
    if isinstance(error, TooLong) or "context window" in text:
        return {"error": f"the prompt is too long: {text}; give the model more with n_ctx", "kind": "too long"}
    return {"error": f"the model cannot answer this: {text or type(error).__name__}", "kind": "refused"}


def dump(line: Mapping[str, Any]) -> str:
    """One line of what the child says."""
    return json.dumps(line) + "\n"
