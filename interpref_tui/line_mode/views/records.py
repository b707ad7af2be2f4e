"""What is read at length: a history turn by turn, an item, a judged item, part by part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.verdict_patterns import meaning_of
from interpref_core.orders import ORDERS
from interpref_core.text.lenient_json import read_json
from interpref_tui.line_mode.key_input import number
from interpref_tui.line_mode.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does
    from interpref_tui.line_mode.views.lists import ListPlace


class HistoryPlace(View):
    """A history, a turn a time."""

    name = "history"

    def __init__(
        self,
        shell: Shell,
        history: str,
        preference: str | None = None,
        other: str | None = None,
        among: ListPlace | None = None,
    ) -> None:
        super().__init__(shell)
        self._among = among
        self._load(history, preference, other)

    def _load(self, history: str, preference: str | None = None, other: str | None = None) -> None:
        from interpref_db.records.details import turns
        from interpref_db.records.evidence import evidence_of

        self._id = history
        self._turns: Sequence[Mapping[str, Any]] = turns(self.study, history)
        self._evidence = evidence_of(self.study, history, self._turns, preference, other)
        self._at = -1
        self._wanted = ""

    def on_enter(self) -> None:
        known = f", {len(self._evidence)} carry the preference" if self._evidence else ""
        self.say(f"history {self._id}: {len(self._turns)} turns{known}")

    def actions(self) -> Mapping[str, Does]:
        return {
            "pane.down": lambda said: self._go(self._at + number(said)),
            "pane.up": lambda said: self._go(self._at - number(said)),
            "text.next": lambda said: self._go(self._at + number(said)),
            "text.previous": lambda said: self._go(self._at - number(said)),
            "history.next": lambda _: self._history(1),
            "history.previous": lambda _: self._history(-1),
            "text.top": lambda _: self._go(0),
            "text.bottom": lambda _: self._go(len(self._turns) - 1),
            "text.next-user": lambda _: self._next(1, lambda n: self._turns[n]["role"] == "user", "user turn"),
            "text.previous-user": lambda _: self._next(-1, lambda n: self._turns[n]["role"] == "user", "user turn"),
            "text.next-evidence": lambda _: self._next(1, lambda n: n in self._evidence, "preference turn"),
            "text.previous-evidence": lambda _: self._next(-1, lambda n: n in self._evidence, "preference turn"),
            "side.search": self._search,
            "pane.next-hit": lambda _: self._next(1, self._has, "hit"),
            "pane.previous-hit": lambda _: self._next(-1, self._has, "hit"),
        }

    def help(self, keys: Any) -> list[str]:
        words = {"scroll one line down": "the next turn", "scroll one line up": "the turn before"}
        lines = super().help(keys)
        for old, new in words.items():
            lines = [line.replace(old, new) for line in lines]
        return lines

    def on_enter_key(self) -> None:
        self._go(self._at + 1)

    def _history(self, by: int) -> None:
        """The next history of the list that this was opened from."""
        row = self._among.neighbour(by) if self._among else None
        if row is None:
            self.say("there is no further history in the list")
            return
        self._load(row["id"])
        self.on_enter()

    def _go(self, place: int) -> None:
        if not 0 <= place < len(self._turns):
            self.say("that was the first turn" if place < 0 else "that was the last turn")
            return
        self._at = place
        turn = self._turns[place]
        evidence = f", {self._evidence[place]}" if place in self._evidence else ""
        self.say(f"{turn['role']}, turn {place + 1} of {len(self._turns)}{evidence}")
        self.lines.read(turn["content"])

    def _next(self, by: int, wanted: Callable[[int], bool], what: str) -> None:
        place = self._at + by
        while 0 <= place < len(self._turns) and not wanted(place):
            place += by
        if 0 <= place < len(self._turns):
            self._go(place)
        else:
            self.say(f"no {'later' if by > 0 else 'earlier'} {what}")

    def _has(self, place: int) -> bool:
        return bool(self._wanted) and self._wanted in self._turns[place]["content"].casefold()

    def _search(self, said: str) -> None:
        self._wanted = said.casefold()
        found = [n for n in range(len(self._turns)) if self._has(n)]
        self.say(f"{len(found)} turns have {said!r}" if said else "end of the search")
        if found:
            self._go(next((n for n in found if n > self._at), found[0]))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is read: what it is called, in a line; what it says, or what it opens."""

    title: str
    text: str = ""
    opens: Callable[[], View] | None = None


class SectionsView(View):
    """Parts that are gone through: down and up name them, enter reads or opens."""

    # Actions of the screen that this stands for.
    down, up = "pane.down", "pane.up"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._at = 0

    def parts(self) -> Sequence[Part]:
        raise NotImplementedError

    def actions(self) -> Mapping[str, Does]:
        return {
            self.down: lambda said: self._go(self._at + number(said)),
            self.up: lambda said: self._go(self._at - number(said)),
        }

    def help(self, keys: Any) -> list[str]:
        return [*super().help(keys), "down and up go to the next part and the one before; enter reads it"]

    def _go(self, place: int) -> None:
        parts = self.parts()
        if not 0 <= place < len(parts):
            self.say("that was the first part" if place < 0 else "that was the last part")
            return
        self._at = place
        self.say(f"{place + 1} of {len(parts)}: {parts[place].title}")

    def on_enter_key(self) -> None:
        part = self.parts()[self._at]
        if part.opens is not None:
            self.shell.open(part.opens())
        else:
            self.lines.read(part.text or "nothing")


class ItemPlace(SectionsView):
    """An item: its query and preferences, both histories, every run's responses."""

    name = "item"

    def __init__(self, shell: Shell, item: str, among: ListPlace | None = None) -> None:
        super().__init__(shell)
        self._among = among
        self._load(item)

    def _load(self, item: str) -> None:
        from interpref_db.records.details import find

        found = next((one for one in find(self.study, item) if one["type"] == "item"), None)
        if found is None:
            raise ValueError(f"the item {item} is gone")
        self._record, self._at = found, 0
        self._parts = list(self._build_parts())

    def on_enter(self) -> None:
        record = self._record
        self.say(f"item {record['id']}, {len(self._parts)} parts")
        self.lines.say(f"query: {record['query']}")
        for side in ("a", "b"):
            self.say(f"{side}: {record.get(f'preference_{side}') or 'no preference'}")

    def _build_parts(self) -> list[Part]:
        record = self._record
        parts = [Part("the query", record["query"])]
        for side, other in (("a", "b"), ("b", "a")):
            wish, counterpart = record.get(f"preference_{side}"), record.get(f"preference_{other}")
            history = record.get(f"history_{side}")
            if history:
                parts.append(Part(f"history {side}, {history}", opens=self._opens(history, wish, counterpart)))
        patterns: dict[str, list[str]] = {}
        for one in record["verdicts"]:
            patterns.setdefault(one["run"], []).append(f"{one['judge']} {one['pattern']}")
        for response in record["responses"]:
            judged = ", ".join(patterns.get(response["run"], ["not judged"]))
            sample = ", a sample" if response["sample"] else ""
            parts.append(Part(f"response {response['side']} of {response['name']}{sample}, {judged}", response["text"]))
        return parts

    def _opens(self, history: str, wish: str | None, counterpart: str | None) -> Callable[[], View]:
        return lambda: HistoryPlace(self.shell, history, wish, counterpart)

    def parts(self) -> Sequence[Part]:
        return self._parts

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "item.next-run": lambda _: self._run(1),
            "item.previous-run": lambda _: self._run(-1),
            "item.next": lambda _: self._item(1),
            "item.previous": lambda _: self._item(-1),
            "side.differences": lambda _: self._differences(),
            "item.trace": lambda _: self._trace(),
        }

    def _run(self, by: int) -> None:
        """The next response that there is."""
        place = self._at + by
        while 0 <= place < len(self._parts) and not self._parts[place].title.startswith("response"):
            place += by
        self._go(place)

    def _item(self, by: int) -> None:
        row = self._among.neighbour(by) if self._among else None
        if row is None:
            self.say("there is no further item")
            return
        self._load(row["id"])
        self.on_enter()

    def _response(self) -> dict[str, Any] | None:
        """The response that we are at."""
        first = len(self._parts) - len(self._record["responses"])
        found: dict[str, Any] | None = self._record["responses"][self._at - first] if self._at >= first else None
        return found

    def _differences(self) -> None:
        here = self._response()
        other = next(
            (
                one
                for one in self._record["responses"]
                if here and one["run"] == here["run"] and one["side"] != here["side"]
            ),
            None,
        )
        if here is None or other is None:
            self.say("go to a response that has another one beside it")
        else:
            say_differences(
                self, (f"only in {here['side']}", here["text"]), (f"only in {other['side']}", other["text"])
            )

    def _trace(self) -> None:
        here = self._response()
        raw = here.get("trace") if here else None
        trace = read_json(raw) if isinstance(raw, str) else raw
        self.lines.read(json.dumps(trace, ensure_ascii=False, indent=1) if trace else "this response has no trace")


def say_differences(place: View, one: tuple[str, str], other: tuple[str, str]) -> None:
    """The words that two texts do not share, each under what its text is called."""
    from interpref_core.text.word_diff import word_diff

    for (name, text), spans in zip((one, other), word_diff(one[1], other[1]), strict=True):
        words = dict.fromkeys(text[a:b] for a, b in spans)
        place.say(f"{name}: {', '.join(words) or 'nothing'}")


class VerdictPlace(SectionsView):
    """A judged item: its four orders, each with what was said, whether it is right, and why."""

    name = "verdict"
    down, up = "verdict.down", "verdict.up"

    def __init__(self, shell: Shell, row: Mapping[str, Any], among: ListPlace | None = None) -> None:
        super().__init__(shell)
        self._among = among
        self._load(row)

    def _load(self, row: Mapping[str, Any]) -> None:
        # A row of what failed or passed names its run in its key.
        row = {"run_id": str(row["key"]).partition("\x1f")[0], **row}
        self._row, self._at = row, 0
        found = self.study.rows("show_verdicts", run=row["run_id"], item=row["item"], judge=row["judge"])
        self._verdicts = {one["order"]: one for one in found}

    def on_enter(self) -> None:
        row = self._row
        self.say(f"{row['item']}, {row['run']} by {row['judge']}: {row['pattern']}, {meaning_of(row['pattern'])}")
        for name in ("query", "a", "b"):
            self.say(f"{name}: {row[name] or 'no preference'}")

    def parts(self) -> Sequence[Part]:
        found = []
        for order in ORDERS:
            verdict = self._verdicts.get(order.number)
            shown = f"personas {','.join(order.preferences)}, left {order.responses[0]}, right {order.responses[1]}"
            if verdict is None:
                found.append(Part(f"order, {shown}: not judged"))
                continue
            right = "right" if verdict["choice"] == order.right else f"wrong, {order.right} is right"
            label = f", {verdict['case_label']}" if verdict["case_label"] else ""
            title = f"order, {shown}: {verdict['choice']}, {right}{label}"
            found.append(Part(title, verdict["reasoning"] or verdict["raw"] or ""))
        return found

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "verdict.raw": lambda _: self.lines.read((self._verdicts.get(self._at + 1) or {}).get("raw") or "nothing"),
            "verdict.next": lambda _: self._verdict(1),
            "verdict.previous": lambda _: self._verdict(-1),
            "verdict.answers": lambda _: self.shell.open(ItemPlace(self.shell, self._row["item"])),
        }

    def _verdict(self, by: int) -> None:
        """The next one of the list that this was opened from."""
        row = self._among.neighbour(by) if self._among else None
        if row is None:
            self.say("there is no further one in the list")
            return
        self._load(row)
        self.on_enter()
