"""What servers do instead of answering, and what a call that meets it is said to have failed of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.fake_openai import Reply, friendly

if TYPE_CHECKING:
    from tests.support.fake_openai import Script

LATE = 30.0  # seconds: longer than any time limit that a test sets

FAULTS: dict[str, tuple[Reply, str, str]] = {
    "429": (Reply(status=429, error="slow down"), "rate limit", "slow down"),
    "429 with Retry-After": (
        Reply(status=429, error="in a second", headers={"Retry-After": "1"}),
        "rate limit",
        "in a second",
    ),
    "500": (Reply(status=500, error="oops"), "server", "status 500: oops"),
    "503": (Reply(status=503, error="overloaded"), "server", "status 503: overloaded"),
    "reset": (Reply(drop=True), "connection", "127.0.0.1"),
    "hang": (Reply(delay=LATE), "timeout", "no answer within 1 s"),
    "drip": (Reply(text="slow", drip=0.2), "timeout", "no answer within 1 s"),
    "cut": (Reply(text="half of it", cut=True), "connection", "127.0.0.1"),
    "truncated JSON": (Reply(raw=b'{"choices": [{"message": {"con'), "reply", "not JSON"),
    "wrong content type": (Reply(raw=b"<html>sign in</html>", content_type="text/html"), "reply", "text/html"),
    "no choices": (Reply(choices=False), "reply", "no choices"),
    "content filter": (Reply(text=None, finish_reason="content_filter"), "empty", "content filter"),
    "wrong model": (Reply(status=404, error="no such model"), "model", "no such model"),
    "too long": (Reply(status=400, code="context_length_exceeded", error="17 tokens"), "too long", "17 tokens"),
}
"""Each by name: what the server does, the kind of the failure, and words of its message."""

MAY_PASS = [name for name, (_, kind, _) in FAULTS.items() if kind not in ("empty", "model", "too long")]


def meets(number: int, names: list[str]) -> str | None:
    """What question `number` meets: every second one nothing, the others each of the faults in turn."""
    return names[number // 2 % len(names)] if number % 2 else None


def faulty(names: list[str], *, times: int) -> Script:
    """A server at which questions meet these faults the first `times` times; questions end with their number and "?"."""

    def script(body: dict[str, Any], before: int) -> Reply:
        words = body["messages"][-1]["content"].split("?")[0]
        name = meets(int(words.split()[-1]), names)
        return FAULTS[name][0] if name and before < times else friendly(body, before)

    return script
