"""Whatever people and programs do with studies and journals, what was acknowledged is there: once each, for every reader.

The machine plays several programs on one folder: sessions of annotators, runs and decisions about clusters that stay open, readers
that were opened long ago, folds by any of them, kills at points of a fold; and people, who copy, rename, restore, symlink studies
and remove, restore, copy, rename and damage journals with the tools of the system, whoever has them open.

What has to be there for a study is `there`, a set of identifiers, which changes like this and in no other way:

- What a program acknowledged is added. Folds, kills, renaming, readers that come and go and the clock change nothing.
- What a person does to a file counts as meant: after it, `there` is what the study's own tables hold (`settled`) and what the
  lines of the journals in its folder say that are of this study, read by nothing but `json.loads` here. So a journal that is
  removed while nobody writes it takes what was in it alone along, and one that comes back from an older copy brings it back;
  a study that comes back from a backup is without what was folded into it since.
- A journal that is removed, replaced or written over while a program writes it is the exception: with the next line that it
  acknowledges (or when it ends), all of what it held is back, where the file was removed or replaced; where another was
  written into the file itself, what this session wrote is.

A fold that was killed after its commit has settled what it folded, though the journals are still there.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from interpref_core.annotation.ledger import Ledger
from interpref_core.clustering.events import ClusterEvent
from interpref_core.records.runs import Response
from interpref_db.study import study as studies
from interpref_db.study import writer as writers
from interpref_db.study.study import Study
from tests.support.labels import label

ids: Any = import_module("interpref_core.ids")  # its clock is exchanged

if TYPE_CHECKING:
    from interpref_core.annotation.labels import Label
    from interpref_db.study.journal import JournalWriter

NAMES = ("a", "b", "c")
PEOPLE = ("anna", "bo")
ITEMS = ("i0", "i1", "i2")
STEPS = int(os.environ.get("INTERPREF_MODEL_STEPS", "50"))
EXAMPLES = int(os.environ.get("INTERPREF_MODEL_EXAMPLES", "4"))

names, people = st.sampled_from(NAMES), st.sampled_from(PEOPLE)
numbers = st.integers(0, 1 << 16)


class KilledError(BaseException):
    """Stands for SIGKILL: nothing in the program catches it, and what would be done afterwards is not done."""


@cache
def template() -> Path:
    """An empty study of one identity, and one of another, to copy from."""
    folder = Path(tempfile.mkdtemp(prefix="interpref-model-"))
    for name in ("one", "two"):
        Study.open(folder / f"{name}.duckdb", create=True).close()
    return folder


@dataclass
class File:
    """A study file as the model has it."""

    identity: str
    settled: set[str] = field(default_factory=set)
    there: set[str] = field(default_factory=set)


@dataclass
class Session:
    """A program with a journal open. `held` is all that the file has under its descriptor, `own` what it appended."""

    study: Study
    journal: JournalWriter
    held: set[str]
    own: set[str] = field(default_factory=set)
    seq: int = 0


class Durability(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="interpref-model-"))
        self.files: dict[str, File] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.readers: dict[str, Study] = {}
        self.backups: list[tuple[Path, File]] = []
        self.older: list[Path] = []
        self.events: dict[str, Label] = {}
        self.studies: dict[str, str] = {}
        self.count = 0
        self.stale = False

    # -- helpers -----------------------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.duckdb"

    def journals(self, name: str) -> list[Path]:
        return sorted((self.folder / f"{name}.journal").glob("*/*.jsonl"))

    def owned(self, name: str) -> list[Path]:
        """The journals in the study's folder that are lists of records at all, not what a fold kept."""
        return [path for path in self.journals(name) if path.parent.name != "torn"]

    def parse(self, path: Path, identity: str) -> set[str]:
        """The records in a journal of this study."""
        found: set[str] = set()
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1]):
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if number == 0 and told.get("type") == "journal" and self.studies[told["study"]] != identity:
                return set()
            if told.get("type") in ("label", "response", "clustering"):
                found.add(told["id"])
        return found

    def look(self) -> None:
        """Something was done to files by hand: what is there now is what should be."""
        self.stale = True
        for (name, _), session in self.sessions.items():
            if self.is_open_at(session):  # something else may have been written into it
                session.held = self.parse(session.journal.path, self.files[name].identity)
        for name, file in self.files.items():
            found = [self.parse(path, file.identity) for path in self.owned(name)]
            file.there = set(file.settled).union(*found)

    def pick(self, name: str, number: int) -> Path | None:
        found = self.owned(name)
        return found[number % len(found)] if found else None

    def is_free(self, name: str) -> bool:
        """Whether nobody has anything of the study open."""
        return name not in self.readers and not any(study == name for study, _ in self.sessions)

    def reader(self, name: str) -> Study:
        if name not in self.readers:
            self.readers[name] = Study.open(self.path(name))
        return self.readers[name]

    # -- programs ----------------------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        """Two studies that have nothing to do with each other."""
        for name, made in (("a", "one"), ("b", "two")):
            shutil.copy(template() / f"{made}.duckdb", self.path(name))
            self.files[name] = File(made)
            with Study.open(self.path(name)) as study, study.writing("begin"):
                self.studies[study.identity.study] = made

    def session(self, name: str, who: str) -> Session | None:
        if (name, who) not in self.sessions:
            if name not in self.files:
                return None
            study = Study.open(self.path(name))
            journal = study.open_run_journal(who) if who == "run" else study.open_label_journal(who)
            with study.reading() as cursor:
                row = cursor.execute("SELECT max(seq) FROM labels WHERE annotator = ?", [who]).fetchone()
            held = self.parse(journal.path, self.files[name].identity)
            self.sessions[name, who] = Session(study, journal, held, seq=(row[0] if row else 0) or 0)
        return self.sessions[name, who]

    def append(self, name: str, session: Session, record: Any) -> None:
        """Acknowledge a record; by then, what hands did to the file is mended."""
        session.journal.append([record])
        session.own.add(record.id)
        self.mend(name, session)

    def mend(self, name: str, session: Session) -> None:
        """By now, the session has written again what hands took away from it."""
        session.held |= session.own
        file = self.files[name]
        file.there |= session.held
        if session.journal.path.exists():
            session.held |= self.parse(session.journal.path, file.identity)

    def is_open_at(self, session: Session) -> bool:
        """Whether the session's file is still the one under its name."""
        try:
            return os.path.samestat(os.fstat(session.journal._descriptor), session.journal.path.stat())
        except OSError:
            return False

    @rule(name=names, who=people, item=st.sampled_from(ITEMS), answer=st.sampled_from(("a", "b", "tie")))
    def save(self, name: str, who: str, item: str, answer: str) -> None:
        session = self.session(name, who)
        if session is not None:
            session.seq += 1
            self.count += 1
            before = self.current(name, who).get(item)
            event = label(who, item, answer, session.seq, id=f"{who}{self.count}", supersedes=before)
            self.events[event.id] = event
            self.append(name, session, event)

    @rule(name=names, who=people)
    def undo(self, name: str, who: str) -> None:
        current = self.current(name, who)
        session = self.session(name, who) if current else None
        if session is not None:
            session.seq += 1
            self.count += 1
            item, undone = next(iter(current.items()))
            event = label(who, item, None, session.seq, id=f"{who}{self.count}", event="undo", undoes=undone)
            self.events[event.id] = event
            self.append(name, session, event)

    @rule(name=names, clusters=st.booleans())
    def run(self, name: str, clusters: bool) -> None:
        session = self.session(name, "run")
        if session is not None:
            self.count += 1
            key = f"r{self.count}"
            self.append(
                name,
                session,
                ClusterEvent(id=key, event="named", seq=self.count, time=ids.now(), by="anna", cluster="c", name="n")
                if clusters
                else Response(id=key, run="r", item="i", side="a", text="t" * (self.count % 900)),
            )

    @rule(name=names, who=st.sampled_from((*PEOPLE, "run")))
    def end(self, name: str, who: str) -> None:
        session = self.sessions.pop((name, who), None)
        if session is not None:
            self.close(name, session)

    def close(self, name: str, session: Session) -> None:
        session.journal.close()
        self.mend(name, session)
        session.study.close()

    @rule(name=names, long=st.booleans(), kill=st.sampled_from((None, None, None, "before", "after", "retiring")))
    def fold(self, name: str, long: bool, kill: str | None) -> None:
        """Somebody writes: a reader that has been open for long, or a program that was just begun."""
        if name not in self.files:
            return
        study = self.reader(name) if long else Study.open(self.path(name))
        file = self.files[name]
        open_now = [os.fstat(one.journal._descriptor) for one in self.sessions.values()]
        closed = [path for path in self.owned(name) if not any(os.path.samestat(path.stat(), one) for one in open_now)]
        found = set().union(*(self.parse(path, file.identity) for path in closed))
        try:
            with pytest.MonkeyPatch.context() as patch:
                self.arm(patch, kill)
                with study.writing("model"):
                    if kill == "before":
                        raise KilledError
        except KilledError:
            pass
        if kill != "before":
            file.settled |= found
        if not long:
            study.close()

    def arm(self, patch: pytest.MonkeyPatch, kill: str | None) -> None:
        """Die after the commit, or between the renaming of a journal and its removal."""

        def die(*_: object, **__: object) -> None:
            raise KilledError

        if kill == "after":
            patch.setattr(writers, "retire_journal", die)
        elif kill == "retiring":
            patch.setattr(Path, "unlink", die)

    @rule(name=names)
    def open_reader(self, name: str) -> None:
        if name in self.files:
            self.reader(name)

    @rule(name=names)
    def close_reader(self, name: str) -> None:
        if name in self.readers:
            self.readers.pop(name).close()

    @rule(name=names)
    def read_without_looking_again(self, name: str) -> None:
        """What a run does: it takes what it has, and nothing twice."""
        if name in self.readers and name in self.files:
            with self.readers[name].reading(fresh=False) as cursor:
                found = self.identifiers(cursor)
            assert len(found) == len(set(found))
            if not self.stale:
                assert set(found) <= self.files[name].there

    @rule(seconds=st.integers(-10_000_000, 10_000_000))
    def step_the_clock(self, seconds: int) -> None:
        shift = timedelta(seconds=seconds)
        real = ids.time if not isinstance(ids.time, SimpleNamespace) else ids.time.real
        ids.time = SimpleNamespace(time_ns=lambda: real.time_ns() + seconds * 10**9, real=real)
        ids.datetime = SimpleNamespace(now=lambda zone: datetime.now(zone) + shift)

    # -- people and studies ------------------------------------------------------------------------------------------

    @rule(source=names, name=names, both=st.booleans())
    def copy(self, source: str, name: str, both: bool) -> None:
        """`cp`, with its journals or without, to a name that is free and has nothing beside it."""
        if source in self.files and name not in self.files and not self.journals(name):
            shutil.copy(self.path(source), self.path(name))
            shutil.rmtree(self.folder / f"{name}.journal", ignore_errors=True)
            if both and (self.folder / f"{source}.journal").exists():
                shutil.copytree(self.folder / f"{source}.journal", self.folder / f"{name}.journal")
            file = self.files[source]
            self.files[name] = File(file.identity, set(file.settled))
            self.look()

    @rule(source=names, name=names)
    def rename(self, source: str, name: str) -> None:
        """`mv` of the file and of its journals, while nobody has it open."""
        if source in self.files and name not in self.files and self.is_free(source) and not self.journals(name):
            self.path(source).replace(self.path(name))
            shutil.rmtree(self.folder / f"{name}.journal", ignore_errors=True)
            if (self.folder / f"{source}.journal").exists():
                (self.folder / f"{source}.journal").replace(self.folder / f"{name}.journal")
            self.files[name] = self.files.pop(source)
            self.look()

    @rule(name=names)
    def remove(self, name: str) -> None:
        if name in self.files and self.is_free(name) and len(self.files) > 1:
            self.path(name).unlink()
            shutil.rmtree(self.folder / f"{name}.journal", ignore_errors=True)
            del self.files[name]

    @rule(name=names)
    def back_up(self, name: str) -> None:
        if name in self.files:
            backup = self.folder / f"backup{len(self.backups)}"
            backup.mkdir()
            shutil.copy(self.path(name), backup / "study")
            file = self.files[name]
            self.backups.append((backup / "study", File(file.identity, set(file.settled))))

    @precondition(lambda self: self.backups)
    @rule(name=names, number=numbers, over=st.booleans())
    def restore(self, name: str, number: int, over: bool) -> None:
        """A backup of this study comes back, as a new file or written into the old one, whoever has it open."""
        backup, file = self.backups[number % len(self.backups)]
        if name in self.files and self.files[name].identity == file.identity:
            if over:
                shutil.copy(backup, self.path(name))
            else:
                shutil.copy(backup, self.folder / "draft")
                (self.folder / "draft").replace(self.path(name))
            self.files[name].settled = set(file.settled)
            self.look()

    @rule(name=names)
    def read_through_a_link(self, name: str) -> None:
        if name in self.files:
            link = self.folder / "link.duckdb"
            link.unlink(missing_ok=True)
            link.symlink_to(self.path(name).name)
            with Study.open(link) as study:
                self.check(name, study)

    # -- people and journals -----------------------------------------------------------------------------------------

    @rule(name=names, number=numbers)
    def remove_journal(self, name: str, number: int) -> None:
        path = self.pick(name, number)
        if path is not None and name in self.files:
            self.keep_older(path)
            path.unlink()
            self.look()

    @rule(name=names, number=numbers)
    def keep_a_copy(self, name: str, number: int) -> None:
        path = self.pick(name, number)
        if path is not None:
            self.keep_older(path)

    def keep_older(self, path: Path) -> None:
        copy = self.folder / f"older{len(self.older)}.jsonl"
        shutil.copy(path, copy)
        self.older.append(copy)

    @precondition(lambda self: self.older)
    @rule(name=names, older=numbers, number=numbers, over=st.booleans())
    def bring_home(self, name: str, older: int, number: int, over: bool) -> None:
        """A copy of some journal comes to lie in a study's folder: in the place of one, into one, or beside the others."""
        if name not in self.files:
            return
        copy = self.older[older % len(self.older)]
        path = self.pick(name, number) if number % 3 else None
        if path is None:
            path = self.folder / f"{name}.journal" / "labels" / f"home{number % 4}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
        if over and path.exists():
            shutil.copy(copy, path)
        else:
            shutil.copy(copy, self.folder / "draft")
            (self.folder / "draft").replace(path)
        self.look()

    @rule(name=names, number=numbers)
    def rename_journal(self, name: str, number: int) -> None:
        path = self.pick(name, number)
        if path is not None and name in self.files:
            path.replace(path.with_name(f"other{number % 3}.jsonl"))
            self.look()

    @rule(
        name=names,
        number=numbers,
        kind=st.sampled_from((b'{"type":"label","id":"half', b'{"type":"mood","id":"x"}\n', b"\0" * 30)),
    )
    def damage_the_end(self, name: str, number: int, kind: bytes) -> None:
        """A crash leaves a torn line, a newer program a line of a type of its own, a power cut zeroes."""
        path = self.pick(name, number)
        if path is not None and not any(one.journal.path == path for one in self.sessions.values()):
            if not path.read_bytes().endswith(b"\n"):
                kind = b"\n" + kind
            with path.open("ab") as file:
                file.write(kind)

    # -- what has to hold --------------------------------------------------------------------------------------------

    def identifiers(self, cursor: Any) -> list[str]:
        query = "SELECT id FROM labels UNION ALL SELECT id FROM responses UNION ALL SELECT id FROM clusterings"
        return [row[0] for row in cursor.execute(query).fetchall()]

    def current(self, name: str, who: str) -> dict[str, str]:
        """By item, the label that counts, as the ledger of a session has it."""
        file = self.files.get(name)
        events = [self.events[key] for key in (file.there if file else ()) if key in self.events]
        ledger = Ledger(event for event in events if event.annotator == who)
        return {event.item: event.id for event in ledger.decisions().values()}

    def check(self, name: str, study: Study) -> None:
        with study.reading() as cursor:
            found = self.identifiers(cursor)
            current = cursor.execute("SELECT annotator, item, id FROM current_labels").fetchall()
        wanted = self.files[name].there
        assert len(found) == len(set(found)), "doubled"
        assert set(found) == wanted, f"missing {sorted(wanted - set(found))}, too many {sorted(set(found) - wanted)}"
        counting = {(who, item, key) for who in PEOPLE for item, key in self.current(name, who).items()}
        assert {tuple(row) for row in current} == counting

    @invariant()
    def everything_is_there(self) -> None:
        for name in self.files:
            if name in self.readers:
                self.check(name, self.readers[name])
        if self.files:
            name = sorted(self.files)[self.count % len(self.files)]
            with Study.open(self.path(name)) as study:
                self.check(name, study)
        self.stale = False

    def teardown(self) -> None:
        for (name, _), session in self.sessions.items():
            self.close(name, session)
        self.sessions.clear()
        self.everything_is_there()
        for reader in self.readers.values():
            reader.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_nothing_acknowledged_is_ever_missing_or_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "LINGER", 0.0)  # programs of one process do not wait for each other's files
    monkeypatch.setattr(ids, "time", ids.time)
    monkeypatch.setattr(ids, "datetime", ids.datetime)
    run_state_machine_as_test(
        Durability,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="INTERPREF_MODEL_STEPS" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
