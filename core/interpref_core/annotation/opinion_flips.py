"""What seeing an opinion did: how many changed their answer, how many of those towards it, and who agreed with it when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.metrics.rate_intervals import Rate, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class OpinionVote:
    """One current label beside an opinion: the blind answer (None when the opinion stood there first), the final one."""

    first: str | None
    final: str
    says: str | None
    seen: bool
    mode: str
    gold: str | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """Rates are shares with Wilson intervals. `taken_when_wrong` looks only at entries with a gold answer."""

    seen: int
    flipped: Rate
    towards: Rate
    agreed_before: Rate
    agreed_after: Rate
    taken_when_wrong: Rate
    shown_first: int

    def to_json(self) -> dict[str, Any]:
        def rate(one: Rate) -> dict[str, Any]:
            return {"n": one.n, "count": one.count, "rate": one.rate, "low": one.low, "high": one.high}

        return {
            "opinions_seen": self.seen,
            "flipped": rate(self.flipped),
            "flipped_towards_opinion": rate(self.towards),
            "agreed_before": rate(self.agreed_before),
            "agreed_after": rate(self.agreed_after),
            "taken_when_wrong": rate(self.taken_when_wrong),
            "opinion_first": self.shown_first,
        }


def count_flips(votes: Iterable[OpinionVote]) -> Flips:
    """Count over current labels. An answer flipped when it differs from the first; towards the opinion when it then is
    what the opinion says."""
    all_votes = list(votes)
    with_first = [vote for vote in all_votes if vote.first is not None and vote.says is not None]
    changed = [vote for vote in with_first if vote.final != vote.first and vote.seen]
    wrong = [vote for vote in all_votes if vote.gold is not None and vote.says not in (None, vote.gold) and vote.seen]
    seen = [vote for vote in all_votes if vote.seen]
    seen_with_first = [vote for vote in with_first if vote.seen]
    return Flips(
        seen=len(seen),
        flipped=wilson_interval(len(changed), len(seen_with_first)),
        towards=wilson_interval(sum(vote.final == vote.says for vote in changed), len(changed)),
        agreed_before=wilson_interval(sum(vote.first == vote.says for vote in with_first), len(with_first)),
        agreed_after=wilson_interval(sum(vote.final == vote.says for vote in with_first), len(with_first)),
        taken_when_wrong=wilson_interval(sum(vote.final == vote.says for vote in wrong), len(wrong)),
        shown_first=sum(vote.mode == "before" for vote in seen),
    )
