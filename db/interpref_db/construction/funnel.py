"""The way from conversations to items, step by step: how much there is, what was refused or failed, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_db.tables import DrillDown

if TYPE_CHECKING:
    from interpref_core.construction.stages import StageName
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `stage` makes it (None for what came from outside); `note` says what the count does not; `behind` is the list
    of what is counted. `asked`, `refused` and `failed` are those of the stage's newest generation, None before there is one."""

    what: str
    count: int
    stage: StageName | None
    note: str = ""
    behind: DrillDown | None = None
    generation: int | None = None
    model: str | None = None
    time: str | None = None
    asked: int | None = None
    refused: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps in order, and what to do next: a stage to run, "annotate" where people choose queries, "import" where there is
    nothing, None where all is made. `why` says it in words."""

    steps: tuple[Step, ...]
    next: str | None
    why: str

    @property
    def most(self) -> int:
        return max((step.count for step in self.steps), default=0)


def funnel(study: Study) -> Funnel:
    """Count everything."""
    counts = study.row("funnel_counts") or {}
    stages = {row["stage"]: row for row in study.rows("funnel_stages")}
    return Funnel(tuple(_steps(counts, stages)), *_next(counts))


def _steps(n: dict[str, Any], stages: dict[str, dict[str, Any]]) -> list[Step]:
    def step(what: str, count: int, stage: StageName | None, note: str = "", behind: DrillDown | None = None) -> Step:
        of = stages.get(stage or "")
        if of is None:
            return Step(what, count, stage, note, behind)
        return Step(
            what, count, stage, note, behind, of["generation"], of["model"], of["time"], of["asked"], of["refused"],
            of["failed"],
        )  # fmt: skip

    verified = stages.get("verify")
    return [
        step(
            "histories",
            n["histories"],
            None,
            f"{n['carrying']:,} carry a preference already" if n["carrying"] else "",
            DrillDown("histories", "histories that came from files", query="behind_imported"),
        ),
        step(
            "chunks",
            n["chunks"],
            "extract",
            f"{n['ignored']:,} ignored" if n["ignored"] else "",
            DrillDown("chunks", "chunks"),
        ),
        step("preferences", n["preferences"], "extract", "", DrillDown("preferences", "preferences")),
        step("clusters", n["clusters"], "dedupe", _clusters(n)),
        step(
            "categorised",
            n["categorised"],
            "categorise",
            _uncategorized_text(n),
            DrillDown("preferences", "preferences"),
        ),
        step(
            "pairs",
            n["pairs"],
            "counterparts",
            f"{n['counterparts']:,} counterparts" if n["counterparts"] else "",
            DrillDown("pairs", "pairs"),
        ),
        step("queries", n["queries"], "queries", _queries(n), DrillDown("queries", "candidate queries")),
        step(
            "conversations",
            n["conversations"],
            "histories",
            "",
            DrillDown("histories", "conversations that carry a preference", query="behind_conversations"),
        ),
        step("items", n["items"], "items", "", DrillDown("items", "items")),
        step("verified", verified["asked"] if verified else 0, "verify"),
    ]


def _clusters(n: dict[str, Any]) -> str:
    parts = [f"{n['several']:,} of more than one"] if n["several"] else []
    if n["clusters"] and (new := n["preferences"] - n["clustered"]) > 0:
        parts.append(f"{new:,} preferences in none")
    return ", ".join(parts)


def _uncategorized_text(n: dict[str, Any]) -> str:
    without = n["all_preferences"] - n["categorised"]
    return f"{without:,} uncategorised" if without and n["categorised"] else ""


def _queries(n: dict[str, Any]) -> str:
    if not n["queries"]:
        return "the items came with theirs" if n["items"] else ""
    return f"{n['accepted']:,} accepted" + (f", {n['waiting']:,} wait for people" if n["waiting"] else "")


def _next(n: dict[str, Any]) -> tuple[str | None, str]:
    """The first thing on the way that is missing."""
    ways = (
        (not n["raw"] and not n["all_preferences"], "import", "there is nothing to begin with: import conversations"),
        (not n["all_preferences"], "extract", "no preferences yet: a model reads the histories"),
        (not n["clusters"], "dedupe", "preferences that say the same are not found yet; needs no model"),
        (n["preferences"] > n["clustered"], "dedupe", "new preferences are in no cluster yet"),
        (not n["categorised"], "categorise", "preferences have no categories yet; needs no model"),
        (
            not n["pairs"],
            "counterparts",
            "no pairs yet: a model writes counterparts (interpref pair pairs by topic, without one)",
        ),
        (not n["queries"] and not n["items"], "queries", "no queries yet: a model writes three for each pair"),
        (
            n["waiting"] and not n["accepted"] and not n["items"],
            "annotate",
            "queries wait for people to accept or refuse them",
        ),
        (not n["conversations"], "histories", "no conversations carry the preferences yet: a model writes them"),
        (not n["items"], "items", "everything is there to make items of; needs no model"),
    )
    for missing, what, why in ways:
        if missing:
            return what, why
    return "verify", "there are items: verify what they are like"
