"""Texts and opinions of the entries around the present one, read ahead in groups and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from interpref_core.annotation.name_masking import model_name_spans
from interpref_db.annotation.entries import EntryTexts, JudgeVerdicts, candidate_text, texts_of

if TYPE_CHECKING:
    from interpref_core.annotation.ai_opinion import Opinion
    from interpref_core.annotation.labels import Assignment, Entry
    from interpref_db.study.study import Study

KEPT = 400  # items whose texts are kept
NEAR = 30  # items that must be at hand ahead of the present one


class EntryCache:
    """Safe to use from several threads; a text that is not at hand is read with those that come next."""

    def __init__(self, study: Study, assignment: Assignment) -> None:
        self._study = study
        self._runs = list(assignment.runs)
        self._judge = assignment.judge
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._texts: OrderedDict[str, EntryTexts] = OrderedDict()
        self._verdicts: OrderedDict[str, JudgeVerdicts] = OrderedDict()
        self._candidates: dict[str, str | None] = {}
        self._named: dict[str, bool] = {}

    def texts(self, entry: Entry, around: list[str]) -> EntryTexts | None:
        """The texts of an entry's item; for a candidate query, with it as the query. None when the item is gone."""
        if entry.item not in self._texts:
            self._read_texts([entry.item, *around])
        texts = self._texts.get(entry.item)
        if texts is None or entry.subject is None:
            return texts
        if entry.key not in self._candidates:
            self._candidates[entry.key] = candidate_text(self._study, entry)
        query = self._candidates[entry.key] or texts.query
        return EntryTexts(query, texts.a, texts.b, texts.topic, texts.category, texts.responses)

    def opinion(self, entry: Entry, order: int | None, around: list[str]) -> Opinion | None:
        """What the assignment's judge makes of an entry."""
        if self._judge is None:
            return None
        found = self._verdicts.get(entry.item)
        if found is None:
            self._read_verdicts([entry.item, *around])
            found = self._verdicts[entry.item]
        return found.opinion(entry, order)

    def prefetch(self, items: list[str]) -> None:
        """Read what comes next before it is needed: all of `items` as soon as one of the first few is not at hand.

        Only one thread does so at a time; another one goes away.
        """
        if not self._reading.acquire(blocking=False):
            return
        try:
            near = items[:NEAR]
            if any(item not in self._texts for item in near):
                self._read_texts(items)
            if self._judge is not None and any(item not in self._verdicts for item in near):
                self._read_verdicts(items)
        finally:
            self._reading.release()

    # Reading takes a while, so nobody waits for a lock meanwhile; reading something twice does no harm.

    def _read_texts(self, items: list[str]) -> None:
        wanted = [item for item in dict.fromkeys(items) if item not in self._texts]
        found = texts_of(self._study, wanted, self._runs)
        with self._lock:
            self._texts |= found
            while len(self._texts) > KEPT:
                self._texts.popitem(last=False)

    def _read_verdicts(self, items: list[str]) -> None:
        wanted = [item for item in dict.fromkeys(items) if item not in self._verdicts]
        found = JudgeVerdicts(self._study, str(self._judge), wanted, self._runs)
        with self._lock:
            self._verdicts |= dict.fromkeys(wanted, found)
            while len(self._verdicts) > KEPT:
                self._verdicts.popitem(last=False)

    def names_model(self, entry: Entry, names: tuple[str, ...]) -> bool:
        """Whether a response on the screen names a model or its maker. Only what is at hand is looked at."""
        if entry.key not in self._named:
            texts = self._texts.get(entry.item)
            responses = texts.responses.items() if texts else ()
            self._named[entry.key] = any(
                run in (entry.run_a, entry.run_b) and bool(model_name_spans(text, names))
                for (run, _), text in responses
            )
        return self._named[entry.key]
