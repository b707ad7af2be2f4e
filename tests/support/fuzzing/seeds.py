"""A small valid file of every format that can be imported, and of what else is read from files and from models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Seed:
    """A valid file; `name` matters where a format reads something from it. `one_each`: each record becomes one of `counts`,
    so that what went in, what was there and what was refused add up to the number of records."""

    name: str
    data: bytes
    one_each: tuple[str, ...] = ()


RECORDS: dict[str, Any] = {
    "sharegpt": {"id": "a", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "x": 1},
    "openai": {"messages": [{"role": "user", "content": [{"type": "text", "text": "t"}], "tool_calls": [{"a": 1}]}]},
    "chatgpt": {
        "conversation_id": "c",
        "current_node": "n",
        "mapping": {
            "r": {"parent": None, "message": None, "children": ["n"]},
            "n": {
                "parent": "r",
                "children": [],
                "message": {
                    "author": {"role": "user"},
                    "create_time": 1.5,
                    "recipient": "all",
                    "metadata": {},
                    "content": {"content_type": "text", "parts": ["hi", {"text": "x"}]},
                },
            },
        },
    },
    "claude": {
        "uuid": "u",
        "name": "n",
        "chat_messages": [{"sender": "human", "text": "t", "content": [{"text": "t"}]}],
    },
    "code": {
        "type": "user",
        "sessionId": "s",
        "timestamp": "t",
        "message": {"content": [{"type": "text", "text": "t"}]},
    },
    "laps": {"worker_id": 1, "topic": "t", "sessions": [{"dialogue": [{"role": "User", "message": "m"}], "p": 1}]},
    "prefeval": {"preference": "p", "question": "q", "conversation": {"0": {"user": "u", "assistant": "a"}}},
    "choice": {
        "preference": "p",
        "question": "q",
        "conversation": {
            "query": "q",
            "assistant_options": ["x"],
            "user_selection": "x",
            "assistant_acknowledgment": "k",
        },
    },
    "pandalm": {"idx": 0, "cmp_key": "a_b", "annotator1": 0, "annotator2": 1, "annotator3": 2, "instruction": "i"},
    "battle": {"model_a": "A", "model_b": "B", "winner": "tie", "judge": "j", "question_id": 5},
    "flags": {"model_a": "A", "model_b": "B", "winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0},
    "responses": {
        "history_idx": 4,
        "persona_left": "p",
        "persona_right": "q",
        "ai_opinion": "o",
        "response_left": [["q", "a"]],
        "response_right": [["q", "b"]],
    },
    "evaluation": {**{f"ai_opinion_{n}": "# reasoning" for n in range(1, 5)}, "choices": ["Left"] * 4},
    "history": {"type": "history", "id": "h", "turns": [{"role": "user", "content": "c"}], "extra": {}},
    "item": {"type": "item", "id": "i", "query": "q", "a": "p", "b": "q", "history_a": "h"},
    "verdict": {"type": "verdict", "id": "v", "run": "r", "judge": "j", "choice": "Left", "order": 1, "provenance": {}},
    "run": {"type": "run", "id": "r", "name": "n", "model": "m", "paradigm": "np", "seed": 1, "parameters": {}},
    "map": [["user", "assistant"]],
}
_ONE_HISTORY = ("histories",)


def _lines(*records: Any) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def _array(*records: Any) -> bytes:
    return json.dumps(records, ensure_ascii=False).encode()


def _numbered(record: dict[str, Any], count: int, **differing: str) -> list[dict[str, Any]]:
    """A record several times, with a number in some of its texts."""
    return [{**record, **{name: f"{text} {n}" for name, text in differing.items()}} for n in range(count)]


@cache
def file_seeds() -> dict[str, Seed]:
    """The files, by what they are."""
    record = RECORDS
    said = "Boil the water first, then add a spoon of honey"
    answered = {**record["responses"], "response_left": [["q", said]]}
    quoted = {**record["evaluation"], "ai_opinion_1": f'# reasoning\n"{said}" fits\n# persona_1\nLeft'}
    kto = [{"prompt": "p", "completion": f"c{n}", "label": not n} for n in (0, 1)]
    return {
        "sharegpt lines": Seed("s.jsonl", _lines(*_numbered(record["sharegpt"], 3, id="s")), _ONE_HISTORY),
        "sharegpt array": Seed("s.json", _array(*_numbered(record["sharegpt"], 3, id="t")), _ONE_HISTORY),
        "openai lines": Seed("o.jsonl", _lines(*_openai()), _ONE_HISTORY),
        "chatgpt": Seed("conversations.json", _array(record["chatgpt"], {**record["chatgpt"], "current_node": None})),
        "claude": Seed("claude.json", _array(record["claude"]), _ONE_HISTORY),
        "claude code": Seed("session.jsonl", _lines(record["code"], {**record["code"], "type": "assistant"})),
        "laps": Seed("laps.json", _array(record["laps"]), _ONE_HISTORY),
        "prefeval": Seed("travel.json", _array(record["prefeval"], record["choice"], *_explicit())),
        "published responses": Seed("None_gpt-4o_2.jsonl", _lines(answered, {**answered, "history_idx": 5})),
        "published evaluation": Seed("None_gpt-4o_3.jsonl", _lines(quoted, record["evaluation"])),
        "history map": Seed("map.jsonl", json.dumps({"p": record["map"], "None": record["map"] * 2}).encode()),
        "published annotations": Seed("dana.jsonl", _lines(*_choices())),
        "pandalm": Seed("pandalm.json", _array(record["pandalm"], {**record["pandalm"], "idx": 1})),
        "battles lines": Seed("b.jsonl", _lines(record["battle"], record["flags"]), ("comparisons",)),
        "battles csv": Seed("b.csv", b'model_a,model_b,winner,note\nA,B,model_a,"x, ""y""\nz"\nB,A,tie,\n', ("comparisons",)),
        "battles tsv": Seed("b.tsv", b"left\tright\twinner\tworker\r\nA\tB\tleft\tw1\r\nB\tC\tboth_bad\tw2\r\n", ("comparisons",)),
        "own csv": Seed("own.csv", _own_csv()),
        "alpaca": Seed("a.json", _array({"generator_1": "A", "generator_2": "B", "preference": 1.3, "instruction": "i"})),
        "trl": Seed("trl.jsonl", _lines(*_trl())),
        "openai preference": Seed("op.jsonl", _lines(_openai_preference())),
        "kto": Seed("kto.jsonl", _lines(*kto)),
        "llm comparator": Seed("llm.json", json.dumps(_comparator()).encode()),
        "argilla": Seed("argilla.json", _array(_argilla())),
        "label studio": Seed("ls.json", _array(_label_studio())),
        "fastchat": Seed("fc.jsonl", _lines(_fastchat())),
        "batch": Seed("batch.jsonl", _lines(*_batch())),
        "native": Seed("native.jsonl", _lines(*_native())),
    }  # fmt: skip


def _explicit() -> list[dict[str, Any]]:
    return [{"preference": "p", "question": "another", "explanation": "e"}, {"preference": "o", "question": "q", "response_to_pref": "r"}]  # fmt: skip


def _openai() -> list[dict[str, Any]]:
    """Three conversations that differ: one without identifier is known by what is said in it."""
    said = [{"messages": [{"role": "user", "content": text}]} for text in ("x", "y")]
    return [RECORDS["openai"], {**said[0], "id": "o1", "user": "u"}, {**said[1], "id": 2}]


def _choices() -> list[dict[str, Any]]:
    return [
        {"id": n, "choice": said, "model_left": "o1", "model_right": "qwen"} for n, said in enumerate(("Left", "Tie"))
    ]


def _own_csv() -> bytes:
    head = "id,annotator,model_a,model_b,winner,item,run_a,run_b,left,time,kind,extra,opinion"
    return f'{head}\nk1,me,A,B,a,i0,,,a,,imported,"{{""x"": 1}}",\nk2,me,A,B,tie,i1,,,b,,imported,,\n'.encode()


def _trl() -> list[dict[str, Any]]:
    said = [[{"role": "user", "content": "q"}, {"role": "assistant", "content": text}] for text in ("good", "bad")]
    return [
        {"prompt": "q", "chosen": "good", "rejected": "bad"},
        {"chosen": said[0], "rejected": said[1], "chosen_model": "m"},
    ]


def _openai_preference() -> dict[str, Any]:
    answers = {name: [{"role": "assistant", "content": name}] for name in ("preferred_output", "non_preferred_output")}
    return {"input": {"messages": [{"role": "user", "content": "q"}]}, **answers}


def _comparator() -> dict[str, Any]:
    rating = {"score": 1.5, "is_flipped": False, "rater": "r", "rationale": "because"}
    texts = {"input_text": "q", "output_text_a": "a", "output_text_b": "b"}
    return {
        "models": [{"name": "A"}, {"name": "B"}],
        "examples": [{**texts, "score": 0.5, "individual_rater_scores": [rating]}],
    }


def _argilla() -> dict[str, Any]:
    ranking = [{"value": "first", "rank": 1}, {"value": "second", "rank": 2}]
    response = {"value": ranking, "user_id": "u", "status": "submitted"}
    fields = {"query": "q", "first": "a", "second": "b"}
    return {
        "id": "r",
        "fields": fields,
        "metadata": {"model_a": "A", "model_b": "B"},
        "responses": {"better": [response]},
    }


def _label_studio() -> dict[str, Any]:
    result = [{"type": "pairwise", "value": {"selected": "left"}}]
    annotation = {
        "id": 1,
        "completed_by": {"email": "kim@example.org"},
        "result": result,
        "created_at": "2026-01-01T00:00:00Z",
    }
    data = {"query": "q", "left": "a", "right": "b", "left_model": "A", "right_model": "B", "item": "i"}
    return {"id": 7, "data": data, "annotations": [annotation]}


def _fastchat() -> dict[str, Any]:
    games = {"g1_winner": "model_1", "g2_winner": "tie"}
    return {"question_id": 81, "model_1": "A", "model_2": "B", "judge": ["gpt-4", "pair"], "turn": 1, **games}


def reply(content: Any = "Left") -> dict[str, Any]:
    """The body of a chat completions server's answer, with the probabilities of its first token."""
    first = {"token": "Left", "logprob": -0.1, "top_logprobs": [{"token": "Right", "logprob": -2.5}]}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "finish_reason": "stop",
        "logprobs": {"content": [first]},
    }
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}
    return {"id": "c", "created": 1_760_000_000, "model": "m", "choices": [choice], "usage": usage}  # fmt: skip


def _batch() -> list[dict[str, Any]]:
    good = {"custom_id": "0" * 64, "response": {"status_code": 200, "body": reply()}, "error": None}
    return [good, {**good, "custom_id": "1" * 64, "error": {"message": "no"}}]


def _native() -> list[dict[str, Any]]:
    """A line of many types, each naming the others."""
    return [
        RECORDS["history"],
        {"type": "preference", "id": "p", "text": "Tea.", "category": "Lifestyle", "topic": "drinks", "extra": {"a": [1]}},
        {"type": "preference", "id": "q", "text": "Rum."},
        {"type": "pair", "id": "pq", "a": "p", "b": "q", "topic": "drinks"},
        {**RECORDS["item"], "pair": "pq"},
        RECORDS["run"],
        {"type": "judging", "id": "r/j", "run": "r", "judge": "j", "model": "m", "prompt": {"name": "judge"}},
        {"type": "response", "id": "ra", "run": "r", "item": "i", "side": "a", "text": "Tea", "trace": {"extracted": ["x"]},
         "provenance": {"tokens": {"prompt": 5}, "call": "c"}},
        {"type": "response", "id": "rb", "run": "r", "item": "i", "side": "b", "text": "Rum"},
        {**RECORDS["verdict"], "item": "i", "judging": "r/j", "case_label": "format"},
        {"type": "call", "id": "c", "hash": "x", "stage": "extract", "text": "t", "run": "r", "provenance": {"latency": 1.5}},
        {"type": "error", "id": "e", "run": "r", "item": "i", "error": "timeout", "message": "none", "attempts": 3, "order": 1},
        {"type": "comparison", "id": "k", "annotator": "me", "model_a": "m", "model_b": "n", "winner": "both bad", "item": "i",
         "left": "b", "extra": {"opinion": {"winner": "a"}}},
        {"type": "assignment", "id": "as", "task": "compare", "runs": ["r"], "order": "fixed", "gold_rate": 0.1},
        {"type": "label", "id": "l1", "task": "compare", "event": "label", "seq": 1, "annotator": "me", "item": "i",
         "answer": "a", "decided_at": "2026-01-01T00:00:00Z", "run_a": "r", "run_b": "r", "opinion": {"winner": "a"},
         "active": 1.5, "confidence": 3, "flags": ["x"]},
        {"type": "building", "id": "b", "stage": "extract", "generation": 1, "settings": {"window": 3}, "prompts": [{"name": "x"}]},
        {"type": "making", "id": "m", "building": "b", "stage": "extract", "subject": "h", "part": 1, "made": {"chunks": []},
         "refused": [{"reason": "no", "text": "x"}]},
        {"type": "chunk", "id": "u", "history": "h", "number": 1, "first_turn": 1, "last_turn": 1, "queries": 1, "building": "b"},
        {"type": "query", "id": "y", "pair": "pq", "number": 1, "text": "What now?", "building": "b", "extra": {"note": "x"}},
        {"type": "link", "id": "l", "kind": "preference", "thing": "p", "source_kind": "chunk", "source": "u", "turns": [1, 3]},
        {"type": "superseded", "id": "s", "kind": "preference", "thing": "old", "building": "b"},
        {"type": "clustering", "id": "z", "event": "made", "seq": 1, "time": "2026-01-01T00:00:00Z", "by": "program",
         "threshold": 0.5, "groups": [{"cluster": "c", "members": ["p", "q"], "representative": "p"}],
         "categories": [{"preference": "p", "category": "Food", "confidence": 0.25}]},
        {"type": "split", "id": "sp", "seed": 3, "share": 0.5, "time": "2026-01-01T00:00:00Z", "train": ["i"], "test": []},
    ]  # fmt: skip
