"""Every format that can be imported, in the order in which a file is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.importers.formats.annotation_tools import Argilla, FastChatJudge, LabelStudio, LLMComparator
from interpref_db.importers.formats.batch_results import BatchAnswers
from interpref_db.importers.formats.chat_exports import ChatGPTExport, ClaudeCodeSession, ClaudeExport, Laps
from interpref_db.importers.formats.chats import Chats
from interpref_db.importers.formats.comparisons import Comparisons, PandaLM
from interpref_db.importers.formats.interpref_paper.choices import PublishedChoices
from interpref_db.importers.formats.interpref_paper.evaluation import PublishedEvaluation
from interpref_db.importers.formats.interpref_paper.responses import PublishedHistoryMap, PublishedResponses
from interpref_db.importers.formats.native import Native
from interpref_db.importers.formats.preference_data import Preferences, Unpaired
from interpref_db.importers.formats.prefeval import PrefEval
from interpref_db.importers.report import ImportRefused

if TYPE_CHECKING:
    from interpref_db.importers.base import FileHead, Importer

IMPORTERS: tuple[Importer, ...] = (
    Native(),
    PublishedResponses(),
    PublishedEvaluation(),
    PublishedHistoryMap(),
    PrefEval(),
    ChatGPTExport(),
    ClaudeExport(),
    ClaudeCodeSession(),
    Laps(),
    Chats("ShareGPT"),
    Chats("OpenAI chat"),
    PandaLM(),
    PublishedChoices(),
    LLMComparator(),
    Argilla(),
    LabelStudio(),
    FastChatJudge(),
    BatchAnswers(),
    Preferences(),
    Unpaired(),
    Comparisons(),
)

FORMATS: tuple[str, ...] = tuple(one.name for one in IMPORTERS)


def importer_for(head: FileHead, wanted: str | None) -> Importer:
    """The importer of a file, by its content; `wanted` names one outright. Raises ImportRefused."""
    if wanted is not None:
        named = [one for one in IMPORTERS if _plain(one.name) == _plain(wanted)]
        if not named:
            raise ImportRefused(f"there is no format {wanted!r}; there are {', '.join(FORMATS)}")
        if not named[0].recognizes(head):
            raise ImportRefused(f"{head.path} is not {named[0].name}: its records look otherwise")
        return named[0]
    for one in IMPORTERS:
        if one.recognizes(head):
            return one
    raise ImportRefused(f"{head.path}: no format that interpref reads; it reads {', '.join(FORMATS)}")


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("-", "").replace("_", "")
