"""The stage `categorise` (paper section 3.3.1): of which type each preference is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.categorization.llm import category_messages, read_category, schema
from interpref_core.categorization.rules import rules
from interpref_core.clustering.events import PROGRAM, CategoryAssignment, ClusterEvent
from interpref_core.construction import content_id
from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.reask import ask_until_valid
from interpref_core.engine import Outcome, Progress
from interpref_core.ids import utc_now
from interpref_core.text.lenient_json import read_object, text_of
from interpref_db.clusters.categories import by_rules, uncategorized
from interpref_db.clusters.open_workspace import open_workspace
from interpref_db.construction.stage_runs import rows
from interpref_tui.services.construction.stage import Plan, run_stage_task, stage_task
from interpref_tui.services.construction.word_lists import _nothing, with_file
from interpref_tui.services.runs.estimate import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.stages import StageName
    from interpref_core.engine import ProgressDisplay, Task, TaskContext
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageOutput, StageRun
    from interpref_db.clusters.loading import KnownPreference
    from interpref_db.clusters.workspace import ClusterWorkspace
    from interpref_tui.services.construction.stage import Options, StageContext

_ANSWER = 20  # tokens of a type


class Categorise:
    """Gives preferences that have none a category and a type: by rules, or by asking about each cluster's representative."""

    name: StageName = "categorise"
    prompts = ("build-categorise", "build-again")

    def settings(self, options: Options) -> Json:
        return {"by": options.more.get("categories") or "rules"}

    def plan(self, work: StageContext) -> Plan:
        desk, _ = open_workspace(work.study, PROGRAM)
        without = uncategorized(desk)
        if work.settings["by"] == "model":
            return _plan_questions(work, desk, without)
        total = len(desk.known)

        def local(building: StageRun, display: ProgressDisplay) -> Outcome:
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


def _plan_questions(work: StageContext, desk: ClusterWorkspace, without: Sequence[int]) -> Plan:
    """Ask about the representative of each cluster that has members without a category (and about those in no cluster)."""
    from interpref_db.construction.stage_runs import done
    from interpref_tui.services.construction.subjects import open_to

    wanted = set(without)
    subjects: dict[str, KnownPreference] = {}
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

    def tasks(building: StageRun) -> Iterator[Task]:
        for one in todo:
            yield stage_task(building, one.id, _category_of(one, building, work))

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


def _category_of(
    one: KnownPreference, building: StageRun, work: StageContext
) -> Callable[[TaskContext], Awaitable[StageOutput]]:
    prompt, again = (work.prompts[name] for name in Categorise.prompts)

    async def ask(asking: TaskContext) -> StageOutput:
        made: Json = {}
        refused: list[Json] = []
        try:
            found = await ask_until_valid(
                asking, "categorise", category_messages(prompt, one.text), schema(), read=read_category, again=again
            )
            made = {"category": found[0], "subcategory": found[1]} if found else {}
        except UnreadableAnswer as reason:
            refused = [{"text": one.text, "reason": str(reason)}]
        return run_stage_task(
            building, one.id, made, refused, asking.provenance(prompt.used), confidential=one.confidential
        )

    return ask


def _categories_made(
    connection: DuckDBPyConnection, building: StageRun, members_of: dict[str, list[str]], without: set[str]
) -> Iterable[Record]:
    """One event with what the answers give to each member of the clusters asked about; equal answers are the same event."""
    found: dict[str, CategoryAssignment] = {}
    for row in rows(connection, "build_made", building=building.id):
        told = read_object(row["made"])
        category = text_of(told.get("category"))
        if category:
            for member in members_of.get(row["subject"], [row["subject"]]):
                if member in without:
                    found[member] = CategoryAssignment(
                        preference=member, category=category, subcategory=text_of(told.get("subcategory"))
                    )
    if found:
        categories = tuple(found[key] for key in sorted(found))
        identifier = content_id("clustering", building.id, [one.to_json() for one in categories])
        yield ClusterEvent(
            id=identifier, event="category", seq=0, time=building.time or utc_now(), by=PROGRAM, categories=categories,
            program=__version__,
        )  # fmt: skip
