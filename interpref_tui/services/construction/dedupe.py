"""The stage `dedupe` (paper section 3.3.1): which preferences say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.clustering.events import PROGRAM
from interpref_core.clustering.lexicon import lexicon
from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, MODEL_THRESHOLD, model_vectors, offline_vectors
from interpref_core.engine import Outcome, Progress
from interpref_db.clusters.embeddings import load_embeddings
from interpref_db.clusters.workspace import OFFLINE_VECTORS, ClusterWorkspace
from interpref_tui.services.construction.embeddings import embed_missing, name_of
from interpref_tui.services.construction.stage import Plan
from interpref_tui.services.construction.word_lists import _nothing, with_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interpref_core.clustering.lexicon import Lexicon
    from interpref_core.clustering.vectors import Vectors
    from interpref_core.construction.stages import StageName
    from interpref_core.engine import ProgressDisplay
    from interpref_core.records.base import Json
    from interpref_core.records.construction import StageRun
    from interpref_db.clusters.loading import KnownPreference
    from interpref_tui.services.construction.stage import Options, StageContext
    from interpref_tui.services.models import Model


class Dedupe:
    """Puts preferences that say the same into clusters. New ones join; a new generation cuts anew; what people decided stays."""

    name: StageName = "dedupe"
    prompts: tuple[str, ...] = ()

    def settings(self, options: Options) -> Json:
        embed = options.more.get("embed") or OFFLINE_VECTORS
        usual = DEFAULT_THRESHOLD if embed == OFFLINE_VECTORS else MODEL_THRESHOLD
        threshold = options.more.get("threshold")
        return {"vectors": embed, "threshold": usual if threshold is None else threshold}

    def plan(self, work: StageContext) -> Plan:
        from interpref_db.clusters.loading import events, preferences

        there = preferences(work.study)
        placed = {
            member for event in events(work.study) for group in event.groups or () for member in group.members
        }  # fmt: skip
        fresh = work.building is None and work.study.row("cluster_last_vectors") is not None
        left = [one for one in there if fresh or one.id not in placed]

        def local(building: StageRun, display: ProgressDisplay) -> Outcome:
            del building
            total, skipped = len(there), len(there) - len(left)
            display.start(Progress(total=total, skipped=skipped))
            said = _deduplicate(work, anew=fresh, told=lambda done, of: display.update(Progress(
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


def _deduplicate(work: StageContext, *, anew: bool, told: Callable[[int, int], None]) -> list[str]:
    """Make or complete the clusters; what is to be said of them. Raises WorkError, ProviderError, StudyError."""
    wanted, threshold = work.settings["vectors"], work.settings["threshold"]
    words = lexicon(with_file(work.options.more.get("folders", ()), "same_words.toml"))
    notices: list[str] = []
    if wanted == OFFLINE_VECTORS:
        made_with, model = wanted, None
    else:
        model = work.options.more["open_embedder"](wanted)
        made_with = name_of(model)

    def vectors(known: Sequence[KnownPreference]) -> Vectors:
        if model is None:
            return offline_vectors([one.text for one in known], words)
        return _by_model(work, model, known, words, told, notices)

    desk = ClusterWorkspace(work.study, PROGRAM, vectors=vectors, made_with=made_with, threshold=threshold)
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
    work: StageContext,
    model: Model,
    known: Sequence[KnownPreference],
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
    found = load_embeddings(work.study, name_of(model), [one.text for one in shown])
    ids = {one.id for one in shown}
    nothing = [0.0] * len(next(iter(found.values()), [0.0]))
    vectors = [found[one.text] if one.id in ids else nothing for one in known]
    return model_vectors(vectors, [one.text for one in known], words)
