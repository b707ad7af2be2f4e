"""Where clusters are decided about: what stands, the tree behind it, and every decision as an event in the journal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from interpref_core import __version__
from interpref_core.clustering.assignment import cluster_cohesion, cut_keeping, join
from interpref_core.clustering.dendrogram import build_dendrogram, canonical_order
from interpref_core.clustering.event_log import ClusterLog
from interpref_core.clustering.events import CategoryAssignment, ClusterEvent, ClusterMembers
from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, OFFLINE, OFFLINE_VERSION, offline_vectors
from interpref_core.ids import content_hash, utc_now, uuid7
from interpref_db.clusters.loading import events, preferences
from interpref_db.errors import StudyBusy, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from interpref_core.clustering.assignment import ClusterAssignment, Cohesion
    from interpref_core.clustering.vectors import Vectors
    from interpref_db.clusters.loading import KnownPreference
    from interpref_db.study.study import Study

JOURNAL = "clusters"
_PATIENCE = 2.0  # seconds to wait while somebody else writes an event

OFFLINE_VECTORS = f"{OFFLINE}/{OFFLINE_VERSION}"


class ClusterWorkspace:
    """The preferences of a study in canonical order, their vectors and tree, and the book of decisions.

    Everything that is decided is on the disk when the call returns. Made in a thread: it reads the study and grows the tree.
    """

    def __init__(
        self,
        study: Study,
        by: str,
        *,
        vectors: Callable[[Sequence[KnownPreference]], Vectors] | None = None,
        made_with: str = OFFLINE_VECTORS,
        threshold: float = DEFAULT_THRESHOLD,
    ) -> None:
        """`vectors` gives those of a model for the preferences in the order of the desk; without it, the offline ones.

        Raises StudyError, TooMany.
        """
        self._study, self.by, self.made_with = study, by, made_with
        there = preferences(study)
        order = canonical_order([one.text for one in there], [one.id for one in there])
        self.known = [there[place] for place in order]
        self.place = {one.id: place for place, one in enumerate(self.known)}
        self.texts = [one.text for one in self.known]
        self.vectors = vectors(self.known) if vectors else offline_vectors(self.texts)
        self.tree = build_dendrogram(self.vectors)
        self.book = ClusterLog(events(study))
        last = self.book.last_made()
        known = last is not None and last.vectors == made_with and last.threshold is not None
        self.threshold = last.threshold if known and last and last.threshold is not None else threshold

    # -- what stands -------------------------------------------------------------------------------------------------

    def clusters(self) -> dict[str, list[int]]:
        """The places of the members of each cluster, in the order of the desk."""
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.known):
            if (cluster := self.book.state.cluster_of.get(one.id)) is not None:
                found.setdefault(cluster, []).append(place)
        return found

    def new(self) -> list[int]:
        """The places of preferences that are in no cluster yet."""
        return [place for place, one in enumerate(self.known) if one.id not in self.book.state.cluster_of]

    def standing(self, cluster: str, members: Sequence[int]) -> Cohesion:
        """How a cluster holds together, with the representative that counts."""
        chosen = self.place.get(self.book.state.representatives.get(cluster, ""))
        return cluster_cohesion(self.vectors, members, self.texts, chosen if chosen in members else None)

    def category(self, place: int) -> tuple[str | None, str | None]:
        """Category and subcategory that count of a preference."""
        one = self.known[place]
        found = self.book.state.categories.get(one.id)
        return (found[0].category, found[0].subcategory) if found else (one.category, one.subcategory)

    def preview(self, threshold: float) -> int:
        """How many clusters a cut would leave, with what people decided kept."""
        kept = self._protected_members()
        if not kept:
            return self.tree.clusters(threshold)
        return len(kept) + len(cut_keeping(self.tree, self.vectors, threshold, kept).founded)

    def _protected_members(self) -> dict[str, list[int]]:
        touched = self.book.state.touched
        return {cluster: members for cluster, members in self.clusters().items() if cluster in touched}

    # -- deciding ----------------------------------------------------------------------------------------------------

    def cut(self, threshold: float) -> ClusterEvent | None:
        """Make the clusters anew at a threshold; what people decided stays. None where nothing would change."""
        kept = self._protected_members()
        placed = cut_keeping(self.tree, self.vectors, threshold, kept)
        groups = self._groups(placed)
        state = self.book.state
        same = all(state.cluster_of.get(member) == group.cluster for group in groups for member in group.members)
        if same and self.threshold == threshold and not self.new():
            return None
        self.threshold = threshold
        return self._decide("made", groups=groups, threshold=threshold, vectors=self.made_with)

    def join_new(self) -> ClusterEvent | None:
        """Preferences without a cluster join the one that they are like, or found new ones. None where there are none."""
        new = self.new()
        if not new:
            return None
        old = self.clusters()
        event = "joined" if old else "made"
        placed = (
            join(self.vectors, self.threshold, old, new)
            if old
            else cut_keeping(self.tree, self.vectors, self.threshold, {})
        )
        return self._decide(event, groups=self._groups(placed), threshold=self.threshold, vectors=self.made_with)

    def merge(self, clusters: Sequence[str]) -> ClusterEvent:
        """Make one of several; it keeps the identifier (and name) of a named one, else of the largest."""
        members = self.clusters()
        chosen = [cluster for cluster in dict.fromkeys(clusters) if cluster in members]
        if len(chosen) < 2:
            raise StudyError("merging takes two clusters or more: mark them first")
        names = self.book.state.names
        kept = min(chosen, key=lambda cluster: (not names.get(cluster), -len(members[cluster]), cluster))
        together = sorted(place for cluster in chosen for place in members[cluster])
        return self._decide("merged", groups=(self._group(kept, together),))

    def split(self, cluster: str, away: Sequence[int] = ()) -> ClusterEvent:
        """Take some members out into a cluster of their own; without them, cut the cluster where its two halves meet."""
        members = self.clusters().get(cluster, [])
        if len(members) < 2:
            raise StudyError("a cluster of one cannot be split")
        out = [place for place in members if place in set(away)] if away else self._smaller_half(members)
        rest = [place for place in members if place not in set(out)]
        if not out or not rest:
            raise StudyError("a split leaves something on both sides: mark some of the members, not all")
        return self._decide(
            "split", groups=(self._group(cluster, rest), self._group(self._identity(out, cluster), out))
        )

    def _smaller_half(self, members: Sequence[int]) -> list[int]:
        tree = build_dendrogram(self.vectors.take(members))
        last = float(tree.heights[-1])
        labels = tree.labels(last * (1 - 1e-12) - 1e-12)
        halves: dict[int, list[int]] = {}
        for place, label in zip(members, labels.tolist(), strict=True):
            halves.setdefault(label, []).append(place)
        # Several at the very same height are taken apart together: the first keeps the identifier.
        return min(halves.values(), key=lambda half: (len(half), half)) if len(halves) > 1 else [members[-1]]

    def name(self, cluster: str, name: str) -> ClusterEvent:
        """Call a cluster something; an empty name takes the name away."""
        return self._decide("named", cluster=cluster, name=" ".join(name.split()))

    def represent(self, cluster: str, place: int) -> ClusterEvent:
        """Choose who stands for a cluster."""
        return self._decide("representative", cluster=cluster, representative=self.known[place].id)

    def categorise(self, cluster: str, category: str, subcategory: str | None) -> ClusterEvent:
        """Set the category of all members of a cluster."""
        found = tuple(
            CategoryAssignment(preference=self.known[place].id, category=category, subcategory=subcategory)
            for place in self.clusters().get(cluster, ())
        )
        return self._decide("category", cluster=cluster, categories=found)

    def set_categories(self, found: Mapping[int, CategoryAssignment]) -> ClusterEvent | None:
        """Categories that the program found, by place. None where there are none."""
        return self._decide("category", categories=tuple(found[place] for place in sorted(found))) if found else None

    def undo(self) -> ClusterEvent | None:
        """Take back the latest decision of a person; what it was, or None."""
        last = self.book.to_undo()
        if last is not None:
            self._decide("undo", undoes=last.id)
            self._remember_threshold()
        return last

    def redo(self) -> ClusterEvent | None:
        """Take back the latest undo; the decision that stands again, or None."""
        undone = self.book.to_redo()
        if undone is None:
            return None
        self._decide("redo", undoes=undone.id)
        self._remember_threshold()
        return self.book.event(undone.undoes)

    def _remember_threshold(self) -> None:
        last = self.book.last_made()
        if last is not None and last.threshold is not None and last.vectors == self.made_with:
            self.threshold = last.threshold

    # -- events ------------------------------------------------------------------------------------------------------

    def _groups(self, placed: ClusterAssignment) -> tuple[ClusterMembers, ...]:
        joined = [self._group(cluster, places, chosen=False) for cluster, places in sorted(placed.joined.items())]
        return (*joined, *(self._group(self._identity(places), places) for places in placed.founded))

    def _group(self, cluster: str, places: Sequence[int], *, chosen: bool = True) -> ClusterMembers:
        members = tuple(self.known[place].id for place in places)
        representative = None
        if chosen:
            now_standing = self.book.state.representatives.get(cluster)
            kept = now_standing if cluster in self.book.state.touched and now_standing in members else None
            representative = kept or self.known[cluster_cohesion(self.vectors, places, self.texts).representative].id
        return ClusterMembers(cluster=cluster, members=members, representative=representative)

    def _identity(self, places: Iterable[int], *parts: str) -> str:
        """The same preferences make the same cluster, on every machine."""
        return "cluster-" + content_hash(sorted(self.known[place].id for place in places), *parts)[:20]

    def _decide(self, event: str, **values: object) -> ClusterEvent:
        made = ClusterEvent(
            id=uuid7(), event=event, seq=self.book.seq + 1, time=utc_now(), by=self.by, program=__version__, **values  # type: ignore[arg-type]  # fields of its event
        )  # fmt: skip
        append(self._study, [made])
        self.book.add(made)
        return made

    def refresh(self) -> bool:
        """Take in what others decided meanwhile. True if there was something."""
        there = events(self._study)
        if there and {one.id for one in there} != self.book.ids:
            self.book = ClusterLog(there)
            self._remember_threshold()
            return True
        return False


def append(study: Study, made: Sequence[ClusterEvent]) -> None:
    """Write events into the study's journal of clusters; on the disk when it returns. Raises StudyBusy, StudyError."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with study.open_label_journal(JOURNAL, "decision about clusters") as journal:
                journal.append(made)
            return
        except StudyBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        except OSError as error:
            raise StudyError(f"not saved: {study.places.label_journal(JOURNAL)}: {error.strerror or error}") from None
