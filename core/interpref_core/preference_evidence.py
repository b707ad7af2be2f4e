"""Which turns of a history show what its user prefers, as far as words can tell: a hint for the eye, not a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.clustering.lexicon import lexicon
from interpref_core.construction.rule_checks import COMMON_HAN, content_words
from interpref_core.judging.overlap import OverlapJudge
from interpref_core.text.words import words_with_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 5  # turns that are pointed at
# Han characters that are parts of so many words that one of them, or two beside each other, tells nothing by itself.
_LIGHT_HAN = frozenset(
    "一二三四五六七八九十百千万两几多少半第次个位名种些样类件条大小中上下左右前后里外内间边旁新老高低长短好坏真正全各每"
    "来去出进入回过起开到走说讲看见听问答做作成变得打放拿带用使叫当像如然而且但因所其之于此今明昨年月日时天点分刚正才已再又"
    "只最太非常特别可能应该必须觉知道想要愿意希望没无什么怎哪谁呢吗吧啊哦嗯嘛们自己本身同相互共并或者即则若虽被把给让使由"
    "从向往对比跟按以为关于着了过的地得子儿头面方法事物东西情况般定性化式家人生活完主公成"
)


def turns_sharing_words(
    turns: Sequence[tuple[str, str]], preference: str, other: str | None = None, *, most: int = MOST
) -> dict[int, list[str]]:
    """The user's turns that share most with a preference, by the measure of the overlap judge: words of the preference, not
    of the other one, each weighed by how few turns of this history have it.

    `turns` are (role, text) in order. Gives, by number from 0, the words as they are spelled there, heaviest first; turns
    whose words weigh nothing are left out.
    """
    judge = OverlapJudge.from_texts(text for _, text in turns)
    wanted = telling_words(preference) - {form for form, _ in words_with_spelling(other or "")}
    found: list[tuple[float, int, list[str]]] = []
    for number, (role, text) in enumerate(turns):
        if role != "user":
            continue
        shared = {form: spelled for form, spelled in reversed(words_with_spelling(text)) if form in wanted}
        weights = {form: judge.weight(form) for form in shared}
        total = sum(weights.values())
        if total > 0:
            heaviest = sorted(shared, key=lambda form: (-weights[form], shared[form]))
            found.append((total, number, _whole([shared[form] for form in heaviest])))
    found.sort(key=lambda one: (-one[0], one[1]))
    return {number: spelled for _, number, spelled in sorted(found[:most], key=lambda one: one[1])}


def _whole(spelled: list[str]) -> list[str]:
    """Words without the single characters that another one of them holds."""
    return [one for one in spelled if len(one) > 1 or not any(one in other for other in spelled if len(other) > 1)]


def telling_words(preference: str) -> set[str]:
    """The words of a preference, in compared form, that say what it is about: none that any sentence may have."""
    known = lexicon()
    words = set(content_words(preference))
    words |= {form for form, _ in words_with_spelling(preference) if len(form) == 1 and not form.isascii()}
    return {form for form in words if known.tells(form) and not _is_light(form)}


def _is_light(form: str) -> bool:
    """Whether Han characters tell nothing: a particle is among them, or all are parts of too many words."""
    return not COMMON_HAN.isdisjoint(form) or _LIGHT_HAN.issuperset(form)
