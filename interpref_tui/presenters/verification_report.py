"""The report of a verification as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.paper_figures import MEAN_TOKENS, PRESERVED, TABLE_5
from interpref_db.construction.verification.report import LONG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_db.clusters.categories import Count
    from interpref_db.construction.verification.report import Lengths, Verification

SHOWN = 20  # of what is lost or leaks


def report_lines(found: Verification, *, shown: int = SHOWN) -> list[str]:
    """The report for people; at most `shown` of each list."""
    return [
        *_preservation(found, shown),
        *_diversity(found),
        *_leaks(found, shown),
        *_lengths(found),
        *_split_lines(found),
        *category_lines(found.categories),
    ]


def _preservation(found: Verification, shown: int) -> Iterator[str]:
    one = found.preservation
    if one is None:
        yield "preservation   not asked yet: --model M, another one than wrote the conversations"
        return
    rate = one.kept
    by = "by a model's word" if one.by_model == rate.n else f"by words, distance up to {one.threshold:.2f}"
    yield (
        f"preservation   {_percent(rate.rate)} of {rate.n} preferences found again by {one.model} "
        f"[{_percent(rate.low)}, {_percent(rate.high)}], {by}   (paper: {_percent(PRESERVED)})"
    )
    for lost in one.lost[:shown]:
        closest = f"closest {lost.similarity:.2f}: {lost.closest}" if lost.closest else "nothing was found"
        yield f"  lost  {lost.text}   ({closest})"
    yield from _more(len(one.lost), shown)


def _diversity(found: Verification) -> Iterator[str]:
    bleu = found.self_bleu
    if bleu is None:
        yield "self-BLEU      needs two conversations that carry preferences"
        return
    others = ", ".join(f"{name} {value:.3f}" for name, value in TABLE_5.items())
    yield f"self-BLEU      {bleu.mean:.3f} over {bleu.sample} of {bleu.texts} conversations ({found.tokenizer})"
    yield f"  lower is more diverse; Table 5 (cl100k_base): {others}"


def _leaks(found: Verification, shown: int) -> Iterator[str]:
    for kind, looked in (("query", found.leaks.queries), ("history", found.leaks.histories)):
        some = found.leaks.of(kind)
        plural = "queries" if kind == "query" else "histories"
        yield f"{'leakage' if kind == 'query' else '       '}        {len(some)} of {looked} {plural} give a preference away"
        for leak in some[:shown]:
            yield f"  {leak.thing}  {leak.how}: {leak.preference}   ← {_short(leak.found)}"
        yield from _more(len(some), shown)


def _lengths(found: Verification) -> Iterator[str]:
    yield f"lengths        {_length(found.conversations, 'conversations')}   (paper: {MEAN_TOKENS} tokens)"
    histories = found.histories
    line = f"               {_length(histories, 'histories of items')}"
    if histories.n:
        line += f"; {histories.long} of {histories.n} have more than {LONG} turns"
    yield line


def _length(one: Lengths, what: str) -> str:
    if not one.n or one.turns is None:
        return f"no {what}"
    tokens = f"{one.tokens:.0f} tokens and " if one.tokens is not None else ""
    return f"{one.n} {what}: {tokens}{one.turns:.1f} turns on average ({one.fewest} to {one.most})"


def _split_lines(found: Verification) -> Iterator[str]:
    split = found.split
    if split is None:
        yield "split          none: --test-share 0.2 parts the items so that no preference is in both parts"
        return
    without = f", {split.without} new ones in neither: verify again" if split.without else ""
    yield (
        f"split          {split.train} items for training, {split.test} for the test (seed {split.seed}, wanted "
        f"{_percent(split.share)}){without}; {split.groups} groups share nothing, the largest has {split.largest} items"
    )


def category_lines(found: Sequence[Count]) -> Iterator[str]:
    """Preferences of each category and type, in numbers and per cent."""
    total = sum(one.preferences for one in found)
    if not total:
        return
    yield f"categories     {total} preferences (Figure 3's types in its order)"
    for one in found:
        name = f"{one.category} / {one.subcategory}" if one.subcategory else one.category or "uncategorised"
        yield f"  {one.preferences:>6}  {_percent(one.preferences / total):>6}  {name}"


def _more(count: int, shown: int) -> Iterator[str]:
    if count > shown:
        yield f"  … and {count - shown} more (--json has all)"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 90 else plain[:89] + "…"
