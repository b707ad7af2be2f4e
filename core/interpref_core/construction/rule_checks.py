"""What can be checked without a model: negations instead of counterparts, queries that name a preference, repetitions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interpref_core.text.words import comparison_words, stem, words_with_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

# Words that carry no preference: a query may share them with one of the two and not with the other.
_COMMON = re.findall(
    r"\S+",
    """
    a about above after again all also always am an and another any anything are as at be because been before being best
    better between both but by can could did do does doing done down during each either else ever every everything few
    find for from get give go good has have having he help her here him his how i if in into is it its itself just keep
    kind know last less let like likes look lot make many may me mean might more most much must my need needs never new
    next no not now of off often on once one only or other others our out over own part particular people please prefer
    prefers preference rather really recommend regularly same say see she should show so some someone something sometimes
    still such suggest take tell than that the their them themselves then there these they thing things think this those
    through time to together too toward try two under until up us use used user users uses using usually very want wants
    was way we well were what when where which while who whom whose why will with within without would write yes yet you
    your
    """,
)
# The same for other languages that put spaces between words: articles, pronouns, prepositions, forms of to be and to have.
_COMMON_ELSEWHERE = """
le la les l' un une des du de d' et ou à au aux en dans sur pour par avec sans que qui ce cette ces son sa ses il elle
est sont a ont ne pas plus très utilisateur utilisatrice aime préfère der die das den dem ein eine einen einem einer
und oder zu im in am an auf für von mit ohne bei dass er sie es ist sind hat haben nicht sehr nutzer nutzerin benutzer
mag bevorzugt el los las una unos unas y o del al por para con sin se su sus lo tiene no muy usuario usuaria gusta
prefiere gli i uno e di da per tra fra che si suo sua sono ha non molto utente piace preferisce os as um uma do dos na
nos nas com sem seu é são tem não muito usuário usuária utilizador gosta prefere и в во на с со по для из у к о об от
не что это он она его её пользователь пользовательница любит предпочитает
"""
COMMON_HAN = frozenset("的了是在有和与对不喜欢用户者我你他她它这那个人很更会能要想请给为以及或也都就还从到把被让一些")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|hardly|cannot|lacks?|dislikes?|avoids?|hates?|refuses?)\b|n't\b|"
    r"[不没無无未非勿莫]|讨厌|避免|拒绝",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^\s*(?:the user|users?|用户)\b", re.IGNORECASE)


_FOLDED = frozenset(form for word in (*_COMMON, *_COMMON_ELSEWHERE.split()) for form in (stem(word), word))


def content_words(text: str) -> dict[str, str]:
    """The words of a text that say something, in compared form, each with how it is spelled."""
    return {
        form: spelled
        for form, spelled in words_with_spelling(text)
        if form not in _FOLDED and not _is_common_han(form) and not (form.isascii() and len(form) < 2)
    }


def _is_common_han(form: str) -> bool:
    """Single Han characters and pairs of common ones tell nothing by themselves."""
    return all(character in COMMON_HAN for character in form) or (len(form) == 1 and not form.isascii())


def negation_reason(preference: str, counterpart: str) -> str | None:
    """Why a counterpart only negates its preference, or None: a counterpart must say something of its own."""
    count = len(_NEGATION.findall(counterpart))
    if count > 1:
        return "a double negative"
    if count <= len(_NEGATION.findall(preference)):
        return None
    own = {form for form in content_words(counterpart) if not _NEGATION.search(form)} - set(content_words(preference))
    return None if own else "a negation that adds nothing"


def same_sentence(one: str, other: str) -> bool:
    """Whether two sentences have the same words, whatever their case, marks and endings."""
    return sorted(comparison_words(one)) == sorted(comparison_words(other))


def words_naming_preference(query: str, preferences: tuple[str | None, str | None]) -> list[str]:
    """The words of a query that only one of two preferences has: they would give it away. As the query spells them."""
    in_a, in_b = (set(content_words(text)) if text else set() for text in preferences)
    telling = in_a ^ in_b
    return [spelled for form, spelled in content_words(query).items() if form in telling]


def reads_as_user_statement(query: str) -> bool:
    """Whether a query begins as a sentence about the user, which no user would write."""
    return bool(_NAMED.match(query))


def is_repeated(text: str, others: Iterable[str]) -> bool:
    """Whether one of the others says the same words."""
    return any(same_sentence(text, other) for other in others)
