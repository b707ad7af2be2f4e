"""The stages `dedupe` and `categorise` (paper section 3.3.1): which preferences say the same, and of which type they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.categorization.llm import category_messages, read_category, schema
from interpref_core.categorization.rules import rules
from interpref_core.clustering.events import PROGRAM, Categorised, Clustering
from interpref_core.clustering.lexicon import lexicon
from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, MODEL_THRESHOLD, model_vectors, offline_vectors
from interpref_core.construction import made_id
from interpref_core.construction.answer_parsing import Unreadable
from interpref_core.construction.reask import ask_until
from interpref_core.engine import Outcome, Progress
from interpref_core.ids import now
from interpref_core.text.lenient_json import read_object, text_of
from interpref_db.clusters.categories import by_rules, lacking
from interpref_db.clusters.embeddings import stored
from interpref_db.clusters.open_workspace import open_desk
from interpref_db.clusters.workspace import OFFLINE_VECTORS, Desk
from interpref_db.construction.stage_runs import rows
from interpref_tui.services.construction.embeddings import embed_missing, name_of
from interpref_tui.services.construction.stage import Plan, making, making_task
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from interpref_core.clustering.lexicon import Lexicon
    from interpref_core.clustering.vectors import Vectors
    from interpref_core.construction.stages import StageName
    from interpref_core.engine import Asking, Display, Task
    from interpref_core.records.base import Building, Json, Making, Record
    from interpref_db.clusters.loading import Known
    from interpref_tui.services.construction.stage import Options, Work
    from interpref_tui.services.models import Model

_ANSWER = 20  # tokens of a type


class Dedupe:
    """Puts preferences that say the same into clusters. New ones join; a new generation cuts anew; what people decided stays."""

    name: StageName = "dedupe"
    prompts: tuple[str, ...] = ()

    def settings(self, options: Options) -> Json:
        embed = options.more.get("embed") or OFFLINE_VECTORS
        usual = DEFAULT_THRESHOLD if embed == OFFLINE_VECTORS else MODEL_THRESHOLD
        threshold = options.more.get("threshold")
        return {"vectors": embed, "threshold": usual if threshold is None else threshold}

    def plan(self, work: Work) -> Plan:
        from interpref_db.clusters.loading import events, preferences

        there = preferences(work.study)
        placed = {
            member for event in events(work.study) for group in event.groups or () for member in group.members
        }  # fmt: skip
        fresh = work.building is None and work.study.row("cluster_last_vectors") is not None
        left = [one for one in there if fresh or one.id not in placed]

        def local(building: Building, display: Display) -> Outcome:
            del building
            total, skipped = len(there), len(there) - len(left)
            display.start(Progress(total=total, skipped=skipped))
            said = _deduplicated(work, anew=fresh, told=lambda done, of: display.update(Progress(
                done=len(left) * done // (2 * of), total=total, skipped=skipped
            )))  # fmt: skip
            plan.notices.extend(said)
            outcome = Outcome(Progress(done=len(left), total=total, skipped=skipped, state="done"))
            display.finish(outcome)
            return outcome

        plan = Plan(total=len(there), skipped=len(there) - len(left), records=_nothing, local=local)
        if not there:
            plan.stopped = (
                "there are no preferences yet: `interpref build STUDY --only extract` makes some, or import them"
            )
        return plan


def _nothing(connection: DuckDBPyConnection, building: Building) -> Iterable[Record]:
    """Clusters are in their own journal already."""
    del connection, building
    return ()


def _deduplicated(work: Work, *, anew: bool, told: Callable[[int, int], None]) -> list[str]:
    """Make or complete the clusters; what is to be said of them. Raises WorkError, ProviderError, StudyError."""
    wanted, threshold = work.settings["vectors"], work.settings["threshold"]
    words = lexicon(with_file(work.options.more.get("folders", ()), "same_words.toml"))
    notices: list[str] = []
    if wanted == OFFLINE_VECTORS:
        made_with, model = wanted, None
    else:
        model = work.options.more["open_embedder"](wanted)
        made_with = name_of(model)

    def vectors(known: Sequence[Known]) -> Vectors:
        if model is None:
            return offline_vectors([one.text for one in known], words)
        return _by_model(work, model, known, words, told, notices)

    desk = Desk(work.study, PROGRAM, vectors=vectors, made_with=made_with, threshold=threshold)
    if anew:
        desk.cut(threshold)
    else:
        desk.join_new()
    sizes = [len(members) for members in desk.clusters().values()]
    several = sum(1 for size in sizes if size > 1)
    notices.append(
        f"{len(sizes)} clusters of {sum(sizes)} preferences, {several} of more than one, at threshold {desk.threshold:.2f} "
        f"({made_with}); the cluster browser shows and corrects them"
    )
    return notices


def _by_model(
    work: Work,
    model: Model,
    known: Sequence[Known],
    words: Lexicon,
    told: Callable[[int, int], None],
    notices: list[str],
) -> Vectors:
    """Vectors of a model. Confidential preferences go to no remote one: theirs are empty, so each stands alone."""
    free = work.options.allow_confidential or model.provider.local
    shown = [one for one in known if free or not one.confidential]
    if private := len(known) - len(shown):
        notices.append(
            f"{private} preferences come from confidential histories and go to no remote model: each stands alone"
        )
    embed_missing(work.study, model, [one.text for one in shown], told)
    found = stored(work.study, name_of(model), [one.text for one in shown])
    ids = {one.id for one in shown}
    nothing = [0.0] * len(next(iter(found.values()), [0.0]))
    vectors = [found[one.text] if one.id in ids else nothing for one in known]
    return model_vectors(vectors, [one.text for one in known], words)


def with_file(folders: Sequence[Path], name: str) -> Path | None:
    """The first of the user's folders that has a file."""
    return next((folder for folder in folders if (folder / name).is_file()), None)


class Categorise:
    """Gives preferences that have none a category and a type: by rules, or by asking about each cluster's representative."""

    name: StageName = "categorise"
    prompts = ("build-categorise", "build-again")

    def settings(self, options: Options) -> Json:
        return {"by": options.more.get("categories") or "rules"}

    def plan(self, work: Work) -> Plan:
        desk, _ = open_desk(work.study, PROGRAM)
        without = lacking(desk)
        if work.settings["by"] == "model":
            return _asked(work, desk, without)
        total = len(desk.known)

        def local(building: Building, display: Display) -> Outcome:
            del building
            display.start(Progress(total=total, skipped=total - len(without)))
            folders = work.options.more.get("folders", ())
            found = by_rules(desk, rules(with_file(folders, "categories.toml")))
            desk.set_categories(found)
            if missing := len(without) - len(found):
                plan.notices.append(
                    f"{missing} preferences stay uncategorised: nothing speaks for a type (--categories model asks about them, "
                    "C in the cluster browser sets one)"
                )
            outcome = Outcome(Progress(done=len(without), total=total, skipped=total - len(without), state="done"))
            display.finish(outcome)
            return outcome

        plan = Plan(total=total, skipped=total - len(without), records=_nothing, local=local)
        return plan


def _asked(work: Work, desk: Desk, without: Sequence[int]) -> Plan:
    """Ask about the representative of each cluster that has members without a category (and about those in no cluster)."""
    from interpref_db.construction.stage_runs import done
    from interpref_tui.services.construction.counterparts import open_to

    wanted = set(without)
    subjects: dict[str, Known] = {}
    alone = [place for place in without if desk.known[place].id not in desk.book.state.cluster_of]
    for cluster, members in desk.clusters().items():
        if wanted.intersection(members):
            one = desk.known[desk.standing(cluster, members).representative]
            subjects[one.id] = one
    subjects |= {desk.known[place].id: desk.known[place] for place in alone}
    finished = {subject for subject, _ in done(work.study, work.building)}
    todo = [one for identifier, one in subjects.items() if identifier not in finished]
    todo, notices = open_to(work, todo, "preferences")
    prompt = work.prompts["build-categorise"]

    def tasks(building: Building) -> Iterator[Task]:
        for one in todo:
            yield making_task(building, one.id, _category_of(one, building, work))

    members_of = {
        desk.known[desk.standing(cluster, members).representative].id: [desk.known[place].id for place in members]
        for cluster, members in desk.clusters().items()
    }
    open_ids = {desk.known[place].id for place in without}
    return Plan(
        total=len(todo) + len(finished),
        skipped=len(finished),
        records=lambda connection, building: _categories_made(connection, building, members_of, open_ids),
        tasks=tasks,
        notices=notices,
        calls=len(todo),
        prompt_tokens=sum(tokens_of(prompt.text) + 150 + tokens_of(one.text) for one in todo),
        completion_tokens=_ANSWER * len(todo),
    )


def _category_of(one: Known, building: Building, work: Work) -> Callable[[Asking], Awaitable[Making]]:
    prompt, again = (work.prompts[name] for name in Categorise.prompts)

    async def ask(asking: Asking) -> Making:
        made: Json = {}
        refused: list[Json] = []
        try:
            found = await ask_until(
                asking, "categorise", category_messages(prompt, one.text), schema(), read=read_category, again=again
            )
            made = {"category": found[0], "subcategory": found[1]} if found else {}
        except Unreadable as reason:
            refused = [{"text": one.text, "reason": str(reason)}]
        return making(building, one.id, made, refused, asking.provenance(prompt.used), confidential=one.confidential)

    return ask


def _categories_made(
    connection: DuckDBPyConnection, building: Building, members_of: dict[str, list[str]], without: set[str]
) -> Iterable[Record]:
    """One event with what the answers give to each member of the clusters asked about; equal answers are the same event."""
    found: dict[str, Categorised] = {}
    for row in rows(connection, "build_made", building=building.id):
        told = read_object(row["made"])
        category = text_of(told.get("category"))
        if category:
            for member in members_of.get(row["subject"], [row["subject"]]):
                if member in without:
                    found[member] = Categorised(
                        preference=member, category=category, subcategory=text_of(told.get("subcategory"))
                    )
    if found:
        categories = tuple(found[key] for key in sorted(found))
        identifier = made_id("clustering", building.id, [one.to_json() for one in categories])
        yield Clustering(
            id=identifier, event="category", seq=0, time=building.time or now(), by=PROGRAM, categories=categories,
            program=__version__,
        )  # fmt: skip
