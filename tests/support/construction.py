"""An endpoint that plays its part in construction: it answers each of the prompts of `build` as a careful model would.

As a process of its own: python -m tests.support.construction --delay 0.05 (prints its address, ends when its stdin does).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from typing import Any

from tests.support.fake_openai import FakeOpenAI, Reply

HOBBIES = (
    "chess",
    "pottery",
    "rowing",
    "astronomy",
    "knitting",
    "cycling",
    "origami",
    "falconry",
    "juggling",
    "botany",
)


def _pick(text: str, salt: str = "") -> str:
    """A hobby that the text decides."""
    return HOBBIES[hashlib.sha256((salt + text).encode()).digest()[0] % len(HOBBIES)]


def stage_of(body: dict[str, Any]) -> str:
    """Which prompt of construction a request has: extract, counterparts, queries, check, conversation, judge or answer."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    names = set(schema.get("properties", {}))
    for stage, name in (
        ("extract", "chunks"), ("counterparts", "counterparts"), ("queries", "queries"), ("check", "checked"),
        ("conversation", "user_1"), ("judge", "persona_1"),
    ):  # fmt: skip
        if name in names:
            return stage
    return "answer"


def builder(body: dict[str, Any], _: int) -> Reply:
    """The answer of a careful model: the same to the same messages."""
    text = body["messages"][0]["content"]
    stage = stage_of(body)
    if stage == "answer":
        return Reply(text="An answer about " + _pick(text))
    return Reply(text=json.dumps(_ANSWERS[stage](text), ensure_ascii=False))


def _extract(text: str) -> dict[str, Any]:
    """Chunks of at most six turns, each with a hobby and a wish."""
    numbers = [int(number) for number in re.findall(r"^\[Dialog (\d+)\]", text, re.MULTILINE)]
    chunks = []
    for start in range(0, len(numbers), 6):
        part = numbers[start : start + 6]
        hobby = _pick(text, str(start))
        chunks.append(
            {
                "begin_dialog_id": part[0],
                "end_dialog_id": part[-1],
                "topic": hobby,
                "personal_profile": [{"text": f"The user is fond of {hobby}.", "turns": part[:1]}],
                "response_format": [{"text": f"The user wants {len(part)} examples.", "turns": part[-1:]}],
            }
        )
    return {"chunks": chunks}


def _counterparts(text: str) -> dict[str, Any]:
    preference = re.findall(r"^preference: (.*)$", text, re.MULTILINE)[0]
    others = [hobby for hobby in HOBBIES if hobby not in preference]
    first = others.index(_pick(preference) if _pick(preference) in others else others[0])
    near, far = others[first], others[(first + 3) % len(others)]
    return {
        "counterparts": [f"The user enjoys {near}.", f"The user adores {far}.", f"The user is not {preference[12:]}"]
    }


def _queries(text: str) -> dict[str, Any]:
    number = int(hashlib.sha256(text.encode()).hexdigest()[:4], 16)
    return {
        "queries": [
            f"How could I spend a free evening in week {number}?",
            f"Which present would make me happy on day {number}?",
            f"Suggest something to read for the train at {number}.",
        ]
    }


def _check(text: str) -> dict[str, Any]:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    well = {"same_topic": True, "different": True, "gives_away": False, "both_could_ask": True}
    return {"checked": [{"number": number, "distance": number, **well} for number in numbers]}


def _conversation(text: str) -> dict[str, Any]:
    preference = text.split("This is true of the user: ")[1].split("\n")[0]
    matter = preference.removeprefix("The user ").removeprefix("用户").rstrip(".")
    return {
        "user_1": "What should I do on Sunday?",
        "assistant_1": "You could go to the market, and then to the park.",
        "user_2": f"You know, for one who {matter}, that is dull.",
        "assistant_2": f"Then let us plan the day around it: {matter}.",
    }


def _judge(text: str) -> dict[str, Any]:
    """Tells two answers apart when each is about what one persona is fond of."""
    left = text.split("response_Left:")[1].split(">>>")[0]
    persona = re.findall(r"^persona_1: (.*)$", text, re.MULTILINE)[0]
    hobby = next((hobby for hobby in HOBBIES if hobby in persona), "?")
    side = "Left" if hobby in left else "Right"
    return {"reasoning": "by the hobby", "persona_1": side, "case_label": "direct content"}


_ANSWERS = {
    "extract": _extract,
    "counterparts": _counterparts,
    "queries": _queries,
    "check": _check,
    "conversation": _conversation,
    "judge": _judge,
}


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with FakeOpenAI(builder, delay=options.delay, port=options.port) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
