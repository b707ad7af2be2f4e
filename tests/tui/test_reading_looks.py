"""How reading looks: Markdown, evidence, hits, four answers beside each other, a window that is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import Response, Run
from interpref_tui.app.app import InterprefApp
from interpref_tui.widgets.reader.conversation import Conversation
from tests.support.pilot import press, settled
from tests.support.studies import small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from interpref_core.records.base import Record

ANSWER = """# Supper for a quiet evening

Take **lentils**, two carrots and `cumin`; it is *done* in half an hour.

1. Soak the lentils while you cut what else goes in, and do not forget to keep the water for later.
2. 把胡萝卜切成小块，用小火慢慢炒，直到变软为止；然后加入孜然和一点盐。
3. Serve with bread 🍞, 👩\u200d👧 and 🇵🇹 would agree.

| step | minutes |
|------|---------|
| soak | 10 |
| 炒 | 15 |

```text
keep [/this] as [it] is\u200b
```
> \u202eturned\u202c round
"""


def records() -> Iterator[Record]:
    said = (
        "Could you plan supper? I would rather not have meat in the house.",
        ANSWER,
        "ميزانية صغيرة من فضلك",
        "Then soup.",
    )
    for side in ("a", "b"):
        turns = tuple(Turn(role="user" if n % 2 == 0 else "assistant", content=text) for n, text in enumerate(said))
        yield History(id=f"h{side}", turns=turns * (2 if side == "a" else 1))
    yield Preference(id="pa", text="The user keeps no meat in the house.")
    yield Preference(id="pb", text="The user grills whenever the weather allows.")
    yield Pair(id="q", a="pa", b="pb", topic="supper")
    yield Item(id="i", query="What shall I cook tonight?", pair="q", history_a="ha", history_b="hb")
    for run, word in (("one", "lentils"), ("two", "beans")):
        yield Run(id=run, name=run, model=run, paradigm="np", expected=1)
        for side, how in (("a", "no meat at all"), ("b", "grills outside")):
            text = f"{ANSWER.replace('lentils', word)}\nWith {how}."
            yield Response(id=f"{run}{side}", run=run, item="i", side="a" if side == "a" else "b", text=text)


LOOKS = {
    "history": ("2", "enter", "right_parenthesis"),
    "hits": ("2", "enter", "slash", *"the", "enter", "n"),
    "histories": ("3", "enter", "J"),
    "four": ("3", "enter", "v", "c", "d", "p"),
    "small": (),
}


async def known(pilot: Pilot[int]) -> None:
    """Wait until the turns that carry the preference are known, which comes after they are shown."""
    for _ in range(100):
        if any(block.evidence for view in pilot.app.screen.query(Conversation) for block in view.blocks):
            return
        await pilot.pause(0.1)


SIZES = [(80, 24), (120, 40), (200, 60)]
# What fits whole into the largest one, or is told only of the smallest, is looked at in the others.
CASES = [
    (look, size)
    for look in LOOKS
    for size in SIZES
    if not (look == "history" and size == SIZES[2]) and (look != "small" or size == SIZES[0])
]


@pytest.mark.parametrize(("look", "size"), CASES, ids=[f"{look}-{size[0]}x{size[1]}" for look, size in CASES])
def test_reading_looks_as_it_did(
    tmp_path: Path,
    look: str,
    size: tuple[int, int],
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    async def go(pilot: Pilot[int]) -> None:
        await settled(pilot)
        if look == "small":
            await pilot.resize_terminal(size[0] // 5, size[1] // 3)
            await settled(pilot)
        for key in LOOKS[look]:
            if key in ("right_parenthesis", "slash"):
                await known(pilot)
            await press(pilot, key)
        await settled(pilot)

    with small_study(tmp_path / "s.duckdb", records()) as study:
        assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go)
