"""Reading what a chat completions server says: an answer, a refusal, or something that is neither."""

from __future__ import annotations

import email.utils
import math
import re
import time
from typing import TYPE_CHECKING, Any

from interpref_core.constrained_choice import read_tokens
from interpref_core.providers.base import ProviderError, RateLimitInfo, Reply, check_length
from interpref_core.records.runs import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.constrained_choice import ChoiceConstraint

_RETRY_STATUS = {408, 409, 425, 429}
_LONGEST_WAIT = 86_400.0
_TOO_LONG = ("context_length_exceeded", "context length", "context window", "context size", "too many tokens")


def read_reply(
    data: Any,
    latency: float,
    *,
    constrained: bool,
    allowance: RateLimitInfo | None = None,
    choice: ChoiceConstraint | None = None,
) -> Reply:
    """The reply in a decoded body; `latency` in seconds. Nothing about its shape is taken for granted.

    With `choice`, the text is read from the probabilities of the first token; where none of its likeliest words is one of
    the options, it is what the model said.

    Raises ProviderError: kind "empty" (final) when there is no text, "too long" (final) when there is far too much of it,
    "reply" (worth another try) when it is no answer.
    """
    body = _mapping(data)
    if not body.get("choices") and body.get("error"):  # some gateways say so with status 200
        raise ProviderError(f"the server says: {error_message(body)}", kind="server", retryable=True)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ProviderError("the reply holds no choices", kind="reply", retryable=True)
    answer = _mapping(choices[0])
    message = _mapping(answer.get("message"))
    text = _text(message.get("content"))
    if choice is not None:
        text = read_tokens(first_tokens(answer), choice) or text
    reason = answer.get("finish_reason")
    reason = reason if isinstance(reason, str) else None
    check_length(text)
    if not text.strip():
        raise ProviderError(_why_empty(message, reason), kind="empty", retryable=False)
    usage = _mapping(body.get("usage"))
    model = body.get("model")
    return Reply(
        text=text,
        finish_reason=reason,
        tokens=Tokens(
            prompt=_count(usage.get("prompt_tokens")),
            cached=_count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
            completion=_count(usage.get("completion_tokens")),
        ),
        latency=latency,
        model=model if isinstance(model, str) else None,
        constrained=constrained,
        allowance=allowance,
    )


def first_tokens(answer: Mapping[str, Any]) -> list[tuple[str, float]]:
    """What could have been said first, each with its natural log-probability.

    Raises ProviderError (final) where the server gives none.
    """
    content = _mapping(answer.get("logprobs")).get("content")
    first = _mapping(content[0]) if isinstance(content, list) and content else {}
    likeliest = first.get("top_logprobs")
    found: dict[str, float] = {}
    for entry in (*(likeliest if isinstance(likeliest, list) else ()), first):
        token, logarithm = _mapping(entry).get("token"), _mapping(entry).get("logprob")
        if isinstance(token, str) and isinstance(logarithm, int | float) and _is_number(logarithm):
            found.setdefault(token, float(logarithm))
    if not found:
        raise ProviderError(
            "the server gives no probabilities of tokens: have verdicts read from the text instead",
            kind="logprobs",
            retryable=False,
        )
    return list(found.items())


def read_embeddings(data: Any, count: int) -> list[list[float]]:
    """The vectors in a decoded body, in the order of their texts. Raises ProviderError when there are not `count` of them,
    all equally long and made of numbers."""
    body = _mapping(data)
    if body.get("error"):
        raise ProviderError(f"the server says: {error_message(body)}", kind="server", retryable=True)
    entries = body.get("data")
    if not isinstance(entries, list) or len(entries) != count:
        raise ProviderError(f"the reply does not hold {count} embeddings", kind="reply", retryable=True)
    found: dict[int, list[float]] = {}
    for place, entry in enumerate(entries):
        index, vector = _mapping(entry).get("index", place), _mapping(entry).get("embedding")
        if not isinstance(vector, list) or not vector or not all(_is_number(value) for value in vector):
            raise ProviderError("an embedding in the reply is no list of numbers", kind="reply", retryable=True)
        found[index if isinstance(index, int) else place] = [float(value) for value in vector]
    if sorted(found) != list(range(count)) or len({len(vector) for vector in found.values()}) > 1:
        raise ProviderError("the embeddings in the reply do not fit together", kind="reply", retryable=True)
    return [found[place] for place in range(count)]


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that is too large for a float
        return False


def _why_empty(message: Mapping[str, Any], reason: str | None) -> str:
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        return f"the model refused: {_one_line(message['refusal'])}"
    if reason == "content_filter":
        return "the server's content filter let nothing of the answer through"
    if reason == "length":
        return "the reply is empty: the model used all its tokens before it answered; give it more with max_tokens"
    return f"the reply is empty (finish reason {_one_line(str(reason))})"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(content: Any) -> str:
    """A message's content: a string, or a list of parts with `text`."""
    if isinstance(content, list):
        parts = (_mapping(part).get("text") for part in content)
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def parse_error(status: int, body: Any, headers: Mapping[str, str], *, model: str, key_place: str) -> ProviderError:
    """What a status other than 200 means for the run: whether to try again, and when. `key_place` says where the key is."""
    text = error_message(body)
    inner = _mapping(_mapping(body).get("error", body))
    codes = [inner.get("code"), inner.get("type")]

    def final(kind: str, message: str) -> ProviderError:
        return ProviderError(message, kind=kind, retryable=False, status=status)

    if status in (401, 403):
        return final("auth", f"the server refuses the key (status {status}): check {key_place}; it says: {text}")
    if status == 404:
        return final(
            "model", f"the server has no model {model!r}, or the base URL is wrong (status 404); it says: {text}"
        )
    if status == 429 and "insufficient_quota" in codes:
        return final("quota", f"the account has no credit left; the server says: {text}")
    if status in _RETRY_STATUS or (status >= 500 and status != 501):
        return ProviderError(
            f"status {status}: {text}",
            kind="rate limit" if status == 429 else "server",
            retryable=True,
            status=status,
            retry_after=retry_after(headers),
        )
    if 300 <= status < 400:
        place = headers.get("location", "another address")
        return final("address", f"the server sends us on to {place}: if that is right, give it as the base URL")
    lower = text.lower()
    if status in (400, 413) and ("context_length_exceeded" in codes or any(words in lower for words in _TOO_LONG)):
        return final("too long", f"the prompt is too long for the model: {text}")
    return final("refused", f"the server refuses the request (status {status}): {text}")


def error_message(body: Any) -> str:
    """The server's own words in the body of a refusal."""
    inner = _mapping(body).get("error", body)
    inner = _mapping(inner).get("error", inner)  # vLLM's batches wrap it twice
    for name in ("message", "detail"):
        value = _mapping(inner).get(name)
        if isinstance(value, str) and value.strip():
            return _one_line(value)
    return _one_line(str(inner)[:500]) if inner else "nothing more"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: retry-after-ms, or Retry-After in seconds or as an HTTP date. At most a day."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / scale
        except ValueError:
            seconds = _until(value)
        if not math.isnan(seconds):
            return min(max(0.0, seconds), _LONGEST_WAIT)
    return None


def _until(date: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return math.nan


_SPAN = re.compile(r"([0-9.]+)\s*(ms|[smhd]|$)")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def parse_rate_limit_headers(headers: Mapping[str, str]) -> RateLimitInfo | None:
    """What a server says is left of its limits (OpenAI's x-ratelimit-… headers, which others copy); None where it is silent."""
    requests = _number(headers.get("x-ratelimit-remaining-requests"))
    tokens = _number(headers.get("x-ratelimit-remaining-tokens"))
    if requests is None and tokens is None:
        return None
    return RateLimitInfo(
        requests,
        parse_duration(headers.get("x-ratelimit-reset-requests")),
        tokens,
        parse_duration(headers.get("x-ratelimit-reset-tokens")),
    )


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < 16 else None


def parse_duration(text: str | None) -> float | None:
    """Seconds of "1s", "6m0s", "20ms", "1h2m3s" or a bare number; None for anything else. At most a day."""
    if not text or not re.fullmatch(r"(?:[0-9]{1,9}(?:\.[0-9]{0,9})?(?:ms|[smhd]))+|[0-9]{1,9}(?:\.[0-9]{0,9})?", text):
        return None
    return min(_LONGEST_WAIT, sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(text)))
