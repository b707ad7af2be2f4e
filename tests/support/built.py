"""Construction as its users run it: raw conversations, the command, what it made, a person who chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import Assignment, Entry
from interpref_core.records.data import History, Turn
from interpref_db.annotation.session import AnnotationSession
from interpref_db.lists.query import ListQuery, rows
from interpref_db.study.study import Study
from tests.support.cli import Done, interpref

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_openai import FakeOpenAI

TURNS = 14


def raw(number: int, turns: int = TURNS, **more: Any) -> History:
    """A conversation as people have them: so many turns of the user, each answered."""
    texts = [
        (role, f"{role} says {n} in history {number}") for n in range(turns) for role in ("user", "assistant")
    ]  # fmt: skip
    return History(id=f"raw-{number}", turns=tuple(Turn(role=role, content=text) for role, text in texts), **more)


def study_of(path: Path, records: Any) -> Path:
    """A study file with these records."""
    with Study.open(path, create=True) as study, study.writing("test") as writer:
        writer.add(records, origin="test")
        writer.fold("test")
    return path


def build(home: Path, study: Path, server: FakeOpenAI, *arguments: object) -> Done:
    """`interpref build` with the model that the server plays."""
    return interpref(
        home, "build", study, "--model", "openai/fake", "--base-url", server.url, *arguments, OPENAI_API_KEY="k"
    )


def listed(study: Path, name: str, **where: Any) -> list[dict[str, Any]]:
    """A list of what the study holds, as `interpref list` gives it."""
    with Study.open(study) as opened, opened.reading() as cursor:
        return rows(cursor, name, ListQuery(where=where))


def accept(study: Path, wanted: int) -> None:
    """A person accepts the first candidates and refuses the others."""
    with (
        Study.open(study) as opened,
        AnnotationSession(opened, "ann", Assignment(task="query", order="fixed")) as session,
    ):
        for place, entry in enumerate(session.queue):
            assert isinstance(entry, Entry)
            assert session.texts(entry) is not None
            session.decide(entry, "right" if place < wanted else "left")
