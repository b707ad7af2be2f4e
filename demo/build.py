"""Make the bundled demo study from the pairs that people wrote in `pairs/`: one compressed native file.

    python demo/build.py            writes interpref_tui/demo_data/study.jsonl.gz
    python demo/build.py --check    only says whether that file is what the pairs give

Each side of each pair gets a history of five preferences: its own and four of other categories, each in two conversations
(rewrite and follow-up), as the paper's section 3.3.3 puts them together. Everything is decided by the seed.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.orders import ORDERS
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import JudgeRun, Provenance, Response, Run, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import CaseLabel, Choice, Record, Side

HERE = Path(__file__).parent
BUNDLE = HERE.parent / "interpref_tui" / "demo_data" / "study.jsonl.gz"
SEED = 7
PREFERENCES = 5  # in one history (paper section 3.3.3)
TIME = "2026-11-01T00:00:00Z"
JUDGE = "sample-judge"

# The sample "models": how each answers, and the paradigm that such answers look like.
MODELS = {"attentive": "wf", "partly": "td", "generic": "np", "swaps": "swapped"}
SIDES: tuple[Side, Side] = ("a", "b")
CHOICES: dict[str, Choice] = {"L": "Left", "R": "Right", "D": "Don't know", "U": "Unreadable"}

Source = dict[str, Any]


def sources() -> list[Source]:
    """Every pair, in order of its name."""
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / "pairs").glob("*.toml"))]


def conversations(side: Source) -> list[list[tuple[str, str]]]:
    """The two conversations that carry a preference: rewrite, follow-up; each two rounds of user and assistant."""
    return [[(one["user"], one["assistant"]) for one in side[template]] for template in ("rewrite", "follow_up")]


def history(pair: Source, side: Side, others: list[tuple[Source, Side]], chance: random.Random) -> History:
    """The history of one side: the templates take turns, and each preference's two conversations lie apart."""
    members = [(pair, side), *others]
    first, second = members[:], members[:]
    chance.shuffle(first)
    chance.shuffle(second)
    turns = []
    for number, (source, of) in enumerate([*first, *second]):
        for user, assistant in conversations(source[of])[(number + (number >= PREFERENCES)) % 2]:
            turns += [Turn(role="user", content=user), Turn(role="assistant", content=assistant)]
    return History(
        id=f"demo-history-{pair['id']}-{side}",
        turns=tuple(turns),
        source="demo",
        user=f"{pair['id']} {side}",
        language=pair["language"],
        extra={"preference": preference_id(pair, side), "carries": [preference_id(*member) for member in members]},
    )


def preference_id(pair: Source, side: Side) -> str:
    return f"demo-{pair['id']}-{side}"


def others_for(pair: Source, pairs: list[Source], chance: random.Random) -> list[tuple[Source, Side]]:
    """Four preferences of other categories than the pair's, in its language where there are enough."""
    apart = [one for one in pairs if one["a"]["category"] != pair["a"]["category"]]
    same = [one for one in apart if one["language"] == pair["language"]]
    pool = same if len({one["a"]["category"] for one in same}) >= PREFERENCES - 1 else apart
    chosen: list[Source] = []
    for one in chance.sample(pool, len(pool)):
        if all(one["a"]["category"] != other["a"]["category"] for other in chosen):
            chosen.append(one)
    return [(one, chance.choice(SIDES)) for one in chosen[: PREFERENCES - 1]]


def records() -> Iterator[Record]:
    """Every record of the demo study, what is referred to first."""
    pairs = sources()
    chance = random.Random(SEED)
    others = {pair["id"]: others_for(pair, pairs, chance) for pair in pairs}
    for pair in pairs:
        for side in SIDES:
            yield history(pair, side, others[pair["id"]], chance)
    for pair in pairs:
        for side in SIDES:
            about = pair[side]
            yield Preference(
                id=preference_id(pair, side),
                text=about["preference"],
                category=about["category"],
                subcategory=about["subcategory"],
                extra={"topic": pair["topic"]},
            )
        a, b = (preference_id(pair, side) for side in SIDES)
        yield Pair(id=f"demo-pair-{pair['id']}", a=a, b=b, topic=pair["topic"])
        yield Item(
            id=pair["id"],
            query=pair["query"],
            pair=f"demo-pair-{pair['id']}",
            history_a=f"demo-history-{pair['id']}-a",
            history_b=f"demo-history-{pair['id']}-b",
        )
    for model, paradigm in MODELS.items():
        yield from run_records(model, paradigm, pairs)


def run_records(model: str, paradigm: str, pairs: list[Source]) -> Iterator[Record]:
    """One sample model's run, and the sample judge's verdicts on it."""
    run = f"sample-{model}"
    written = Provenance(provider="sample", model=f"sample/{model}", time=TIME)
    yield Run(
        id=run, name=run, model=f"sample/{model}", paradigm=paradigm, provider="sample", expected=len(pairs),
        time=TIME, sample=True, source="written by people to show the program",
    )  # fmt: skip
    yield JudgeRun(
        id=f"{run}/{JUDGE}",
        run=run,
        judge=JUDGE,
        model=JUDGE,
        provider="sample",
        expected=len(pairs),
        time=TIME,
        sample=True,
    )
    for pair in pairs:
        answers = pair["answers"][model]
        for side in SIDES:
            trace = dict(answers.get("trace", {}).get(side, {}))
            if trace:
                trace["refined"] = answers[side].strip()
            yield Response(
                id=f"{run}/{pair['id']}/{side}",
                run=run,
                item=pair["id"],
                side=side,
                text=answers[side].strip(),
                trace=trace,
                provenance=written,
            )
        yield from verdicts(pair, model, run)


def verdicts(pair: Source, model: str, run: str) -> Iterator[Verdict]:
    """The sample judge's four verdicts on one item of one run."""
    said = pair["verdicts"][model]
    for order, letter, reasoning in zip(ORDERS, said["pattern"], said["reasonings"], strict=True):
        choice = CHOICES[letter]
        readable = choice != "Unreadable"
        label: CaseLabel = "irrelevant" if choice == "Don't know" else said["case_label"]
        output = {"reasoning": reasoning, "persona_1": choice, "case_label": label}
        yield Verdict(
            id=f"{run}/{pair['id']}/{order.number}/{JUDGE}",
            run=run,
            item=pair["id"],
            judge=JUDGE,
            order=order.number,
            choice=choice,
            reasoning=reasoning if readable else None,
            case_label=label if readable else None,
            raw=json.dumps(output, ensure_ascii=False) if readable else reasoning,
            parsed_by="json" if readable else None,
            judging=f"{run}/{JUDGE}",
        )


def bundle() -> bytes:
    """The compressed native file; the same pairs give the same bytes."""
    text = "".join(json.dumps(record.to_json(), ensure_ascii=False) + "\n" for record in records())
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def main(arguments: list[str]) -> int:
    made = bundle()
    if "--check" in arguments:
        same = BUNDLE.is_file() and gzip.decompress(BUNDLE.read_bytes()) == gzip.decompress(made)
        print("the bundle is what the pairs give" if same else "the bundle is stale: run python demo/build.py")
        return 0 if same else 1
    BUNDLE.parent.mkdir(exist_ok=True)
    BUNDLE.write_bytes(made)
    print(f"{BUNDLE}: {len(made)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
