"""Opening phrases that give a preference away ("Given your …", "Considering that you …"): found, counted, stripped.

The paper counts such openings (section 4.2); in the published logs most workflow answers have one, few of those without
a prompt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = 600  # characters of a response that are looked at: the cost does not grow with the response
_WITHIN = 300  # characters in which the phrase must begin to count as an opening
_SENTENCES = 6  # sentences or lines in which it may stand: often a pleasantry or a greeting comes first
_FEW = 30  # characters of an interjection before the phrase
_REPEATED = 6  # phrases in a row that are stripped

_USER = r"(?:you|your|yours|you'(?:re|ve|ll|d)|user|user's)"
_MODAL = re.compile(r"\b(?:can|could|will|would|may|might|must|should|helps?|allows?|is key|is essential)\b")
# Each opens a clause about the user; the clause ends at a comma or colon.
_FREE = re.compile(
    r"(?:considering|given|based on|in light of|in view of|tak(?:ing|e) into account|keeping in mind|bearing in mind|"
    r"recogni[sz]ing|acknowledging|drawing on|building on|in line with|with|to suit|to match|tailored to|thinking about|"
    r"knowing|understanding)\b"
)
_DIRECT = re.compile(
    rf"(?:(?:since|because|seeing|now that)\s+(?:that\s+)?{_USER}|as you(?:'re|'ve| are| have| love| like| enjoy| prefer))\b"
)
# What each of these begins with: most sentences begin otherwise, and need no closer look.
_BEGINNING = re.compile(
    r"considering|given|based on|in light of|in view of|tak(?:ing|e) into account|keeping in mind|bearing in mind|recogni[sz]ing|"
    r"acknowledging|drawing on|building on|in line with|with|to suit|to match|tailored to|thinking about|knowing|understanding|"
    r"since|because|seeing|now that|as "
)
# A whole sentence that says it: "Based on our conversations, I understand that you're …".
_RECALLED = re.compile(
    r"(?:based on|from|given) (?:our|the|your) (?:[\w-]+ ){0,3}(?:conversations?|discussions?|chats?|history|messages), "
    rf"i (?:can )?(?:understand|see|know|sense|gather|noticed?|recall|remember|believe|infer) (?:that )?{_USER}\b"
)
_AS_SOMEONE = re.compile(r"as (?:someone|somebody)\b")
_AS_ONE = re.compile(
    r"as an? (?!(?:\w+ )?(?:rule|reminder|result|example|illustration|first|second|third|next|starting|start|starter|bonus|"
    r"note|general|final|finishing|last|alternative|side|quick|ai|language|assistant|guide|guideline|tip|gift|token|treat|"
    r"surprise|whole|consequence|matter|precaution|backup|minimum|step|point|group|team|couple|family)\b)"
)
_YOU = re.compile(r"\s*you(?:r|'\w+)?\b")
_NAMED = re.compile(rf"\b{_USER}(?!\w)")
_THAT = re.compile(r"(?:\w+ ){1,4}that (?:you|you'\w+|the user)\b")
# The same at the end of a sentence or in the middle: ", considering that you …".
_TRAILING = re.compile(
    rf",\s+(?:(?:and|but|especially|particularly)\s+)?((?:considering|given)\s+(?:that\s+)?{_USER}\b)"
)
_CHINESE = re.compile(r"(?:考虑到|鉴于|根据|既然|由于|因为|知道|基于|结合|作为一[位名个])[^。！？\n，,：:]{0,120}")
_CHINESE_USER = re.compile("[您你]|用户|^作为")

_SENTENCE_END = re.compile(r"[.!?\n。！？]")
_CLAUSE_END = re.compile(r"[,:，：](?=\s|[^\d\s])|\s[—–-]\s")
_COMMA = re.compile(r"[,，—–]")
_LEAD = re.compile(r"[\W_]*")
# Words that begin a main clause, and words that go on with a list inside the phrase.
_MAIN = frozenset(
    re.findall(
        r"\S+",
        "i i'd i've i'll i'm you you'd you'll you're we we'd let let's here here's it it's this these there there's why how "
        "what consider try start perhaps maybe my",
    )
)
_GOES_ON = frozenset(
    re.findall(
        r"\S+",
        "and or but as especially particularly such like including who which where with while plus",
    )
)


def find_opening(response: str) -> str | None:
    """The phrase near the start of a response that refers to what is known of the user, or None."""
    span = _find(response)
    return response[slice(*span)] if span else None


def has_opening(response: str) -> bool:
    """Whether a response opens with a phrase that refers to the user."""
    return _find(response) is not None


def strip_opening(response: str) -> str:
    """The response without such phrases; what follows is capitalised as they were. Others come back unchanged.

    Of phrases with commas in them the end is a guess; when in doubt less is stripped, never what the response says.
    """
    for _ in range(_REPEATED):
        span = _find(response)
        if span is None:
            break
        rest = response[span[1] :].lstrip(" \t")
        if not any(character.isalnum() for character in rest[:_HEAD]):
            break
        first = rest[:1].upper() if response[span[0]].isupper() else rest[:1]
        response = response[: span[0]] + first + rest[1:]
    return response


def _find(response: str) -> tuple[int, int] | None:
    head = response[:_HEAD].replace("’", "'")
    lowered = head.lower()
    if len(lowered) != len(head):  # a letter whose small form is longer: positions must stay those of the response
        lowered = "".join(one.lower() if len(one.lower()) == 1 else one for one in head)
    for start, end in _sentences(lowered):
        cut = end == len(lowered)
        comma = _COMMA.search(lowered, start, min(end, start + _FEW))
        for begin in (start, _after(lowered, comma.end()) if comma else end):
            length = _phrase(lowered[begin:end], cut=cut)
            if length:
                return begin, begin + length
        trailing = _TRAILING.search(lowered, start, end)
        if trailing and trailing.start() < _WITHIN:
            begin = trailing.start(1)
            length = _phrase(lowered[begin:end], cut=cut)
            return (begin, begin + length) if length else (trailing.start(), end)
    return None


def _sentences(head: str) -> Iterator[tuple[int, int]]:
    """The first sentences or lines of a response: where each begins and ends."""
    place = _after(head, 0)
    for _ in range(_SENTENCES):
        if place > _WITHIN:
            return
        ending = _SENTENCE_END.search(head, place)
        yield place, ending.start() if ending else len(head)
        if ending is None:
            return
        place = _after(head, ending.end())


def _after(head: str, place: int) -> int:
    lead = _LEAD.match(head, place)
    return lead.end() if lead else place


def _phrase(sentence: str, *, cut: bool) -> int:
    """The length of the phrase that a sentence opens with, with its comma or colon; 0 when it opens with none."""
    chinese = _CHINESE.match(sentence)
    if chinese:
        end = chinese.end()
        follows = sentence[end : end + 1] and sentence[end] in "，,：:"
        return end + 1 if follows and _CHINESE_USER.search(chinese.group()) else 0
    if _RECALLED.match(sentence):
        return 0 if cut else len(sentence) + 1  # with its full stop
    if not _BEGINNING.match(sentence):
        return 0
    ends = [match.end() for match in _CLAUSE_END.finditer(sentence)]
    if not ends:
        return 0
    end = _end_of_phrase(sentence, ends, cut=cut)
    return end if _refers(sentence[: ends[0]], sentence[end:]) else 0


def _refers(clause: str, rest: str) -> bool:
    """Whether the clause that begins a sentence says what the answer makes of the user; `rest` follows the phrase."""
    if _AS_SOMEONE.match(clause):
        return True
    if _AS_ONE.match(clause):
        return bool(_YOU.match(rest))
    if _DIRECT.match(clause):
        return True
    if not _FREE.match(clause) or not _NAMED.search(clause):
        return False
    # "Knowing your audience can help you" is advice, with a verb of its own; "Knowing that you can cook" is not.
    return bool(_THAT.match(clause)) or not _MODAL.search(clause)


def _end_of_phrase(sentence: str, ends: list[int], *, cut: bool) -> int:
    """Which of the commas ends the phrase: the first, unless what follows it reads like more of a list."""
    for place, end in enumerate(ends):
        following = ends[place + 1] if place + 1 < len(ends) else len(sentence)
        part = sentence[end:following].split()
        if not part or part[0] in _MAIN:
            return end
        if part[0] in _GOES_ON:
            continue
        if len(part) > 4 or (place + 1 == len(ends) and not cut):
            return end
    return ends[0]
