"""Clusters in lines: preferences that say the same; cut, merge, split, name them; every decision can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.taxonomy import taxonomy
from interpref_tui.forms.form import Field
from interpref_tui.line_mode.form_prompt import fill
from interpref_tui.line_mode.key_input import number
from interpref_tui.line_mode.view import View
from interpref_tui.services import clusters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_db.clusters.cluster_rows import ClusterRow, ClusterTable, Member
    from interpref_db.clusters.workspace import ClusterWorkspace
    from interpref_tui.keys.keymap import KeyMap
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does

PAGE = 10


class ClustersPlace(View):
    """Clusters, and the members of the one where we are. What is decided is in the journal before it is said."""

    name = "clusters"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._desk: ClusterWorkspace | None = None
        self._view: ClusterTable | None = None
        self._version = -1
        self._seen: list[ClusterRow] = []
        self._at = 0
        self._member: int | None = None  # where we are among the members; None outside
        self._wanted: float | None = None  # a threshold that is looked at
        self._several = False
        self._search = ""
        self._marked: set[str] = set()
        self._members: set[int] = set()

    # -- saying ------------------------------------------------------------------------------------------------------

    def on_enter(self) -> None:
        self._open()
        desk = self._desk
        if desk is None:
            return
        if not desk.known:
            self.say("no preferences yet: import some, or extract them with interpref build STUDY --until extract")
            return
        several = sum(1 for one in self._seen if one.size > 1)
        self.say(
            f"{len(self._seen):,} clusters of {len(desk.known):,} preferences at threshold {desk.threshold:.2f}, "
            f"{several:,} of more than one; {desk.made_with}"
        )
        new = len(desk.new())
        if new and self._seen:
            self.say(f"{new:,} preferences are in no cluster yet: {self.shell.key_of('clusters.new')} takes them in")
        self._say()

    def _open(self) -> None:
        """Make the desk, or bring it up to date with what others decided and imported."""
        from interpref_db.clusters.cluster_rows import ClusterTable
        from interpref_db.clusters.open_workspace import open_workspace
        from interpref_tui.services.annotation import whoami

        version = self.study.version()
        if self._desk is None or version != self._version:
            self._version = version
            self._desk, note = open_workspace(self.study, whoami())
            self._view = ClusterTable(self._desk)
            self._seen = self._view.rows()
            if note:
                self.say(note)

    @property
    def _shown(self) -> list[ClusterRow]:
        return [
            one
            for one in self._seen
            if (one.size > 1 or not self._several) and (not self._search or self._search in _text(one).casefold())
        ]

    @property
    def _one(self) -> ClusterRow | None:
        shown = self._shown
        self._at = max(0, min(self._at, len(shown) - 1))
        return shown[self._at] if shown else None

    @property
    def _members_here(self) -> Sequence[Member]:
        return self._one.members if self._one else ()

    def _say(self) -> None:
        """Where we are."""
        one = self._one
        if one is None:
            self._say_none()
        elif self._member is not None:
            self._say_member(one)
        else:
            self._say_cluster(self._at)

    def _say_none(self) -> None:
        if self._search or self._several:
            self.say("no cluster is like that")
        elif self._desk is not None and self._desk.known:
            key = self.shell.key_of("clusters.cut")
            self.say(f"no clusters yet: {key} makes them at threshold {self._desk.threshold:.2f}")

    def _say_cluster(self, place: int) -> None:
        shown = self._shown
        one = shown[place]
        marked = "marked, " if one.cluster in self._marked else ""
        size = f"{one.size} members" if one.size != 1 else "one member"
        kind = f", {one.category}{f', {one.subcategory}' if one.subcategory else ''}" if one.category else ""
        whole = ", kept whole by hand" if one.touched else ""
        alike = f", cohesion {one.cohesion:.2f}" if one.size > 1 else ""
        self.say(f"{place + 1} of {len(shown):,}: {marked}{one.title}, {size}{kind}{alike}{whole}")

    def _say_member(self, one: ClusterRow) -> None:
        self._member = max(0, min(self._member or 0, one.size - 1))
        member = one.members[self._member]
        marked = "marked, " if member.place in self._members else ""
        how = "it stands for them" if member.representative else f"distance {member.distance:.2f}"
        self.say(f"member {self._member + 1} of {one.size}: {marked}{member.text} {how}")

    # -- keys --------------------------------------------------------------------------------------------------------

    def actions(self) -> Mapping[str, Does]:
        return {
            "list.down": lambda said: self._go(number(said)),
            "list.up": lambda said: self._go(-number(said)),
            "list.page-down": lambda _: self._page(),
            "list.page-up": lambda _: self._go(-PAGE),
            "list.first": lambda _: self._go(-len(self._seen)),
            "list.last": lambda _: self._go(len(self._seen)),
            "list.search": self._look_for,
            "list.open": lambda _: self._enter(),
            "clusters.pane": lambda _: self._pane(),
            "clusters.mark": lambda _: self._mark(),
            "clusters.merge": lambda _: self._merge(),
            "clusters.split": lambda _: self._split(),
            "clusters.name": self._name,
            "clusters.represent": lambda _: self._represent(),
            "clusters.category": lambda _: self._category(),
            "clusters.undo": lambda _: self._decide(clusters.undo),
            "clusters.redo": lambda _: self._decide(clusters.redo),
            "clusters.lower": lambda said: self._move(-number(said)),
            "clusters.higher": lambda said: self._move(number(said)),
            "clusters.much-lower": lambda _: self._move(-5),
            "clusters.much-higher": lambda _: self._move(5),
            "clusters.cut": lambda _: self._cut(),
            "clusters.new": lambda _: self._decide(clusters.add_new),
            "clusters.several": lambda _: self._only_several(),
            "clusters.back": lambda _: self.shell.back() if self.on_back() else None,
        }

    def help(self, keys: KeyMap) -> list[str]:
        return [*super().help(keys), "enter goes to the members of a cluster, esc back"]

    def _go(self, by: int) -> None:
        if self._member is not None:
            place, count = self._member + by, len(self._members_here)
        else:
            place, count = self._at + by, len(self._shown)
        if not 0 <= place < count:
            self.say("that was the first" if place < 0 else "that was the last")
        place = max(0, min(place, count - 1))
        if self._member is not None:
            self._member = place
        else:
            self._at = place
            self._members.clear()
        self._say()

    def _page(self) -> None:
        if self._member is not None:
            self._go(PAGE)
            return
        end = min(len(self._shown), self._at + 1 + PAGE)
        for place in range(self._at + 1, end):
            self._say_cluster(place)
        self._at = max(self._at, end - 1)

    def _look_for(self, said: str) -> None:
        self._search, self._at, self._member = said.casefold(), 0, None
        self.say(f"{len(self._shown):,} clusters have /{said}" if said else "end of the search")
        self._say()

    def _only_several(self) -> None:
        self._several, self._at, self._member = not self._several, 0, None
        count = len(self._shown)
        self.say(f"{count:,} clusters of more than one" if self._several else f"all {count:,} clusters")
        self._say()

    def _enter(self) -> None:
        """Go to the members; from a member, read it whole."""
        if self._member is None:
            self._pane()
        elif self._one:
            self.lines.read(self._one.members[self._member].text)

    def _pane(self) -> None:
        self._member = 0 if self._member is None else None
        self._say()

    def on_back(self) -> bool:
        """Forget the threshold that is looked at, then the marks, then leave the members, the search, the place."""
        if self._wanted is not None:
            self._wanted = None
            self.say("the clusters stay as they are")
        elif self._marked or self._members:
            self._marked.clear()
            self._members.clear()
            self.say("nothing is marked")
        elif self._member is not None:
            self._pane()
        elif self._search:
            self._look_for("")
        else:
            return True
        return False

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _decide(
        self, decision: Callable[[ClusterWorkspace], str | tuple[str, str | None]], at: str | None = None
    ) -> None:
        """On the disk, then in words; `at` is the cluster where we are then, unless the decision names one."""
        self._open()
        desk, view = self._desk, self._view
        if desk is None or view is None:
            return
        desk.refresh()
        made = decision(desk)
        said, at = (made, at) if isinstance(made, str) else made
        self._seen, self._wanted = view.rows(), None
        self._version = self.study.version()
        self._stand(at)
        self.say(said)
        self._say()

    def _stand(self, cluster: str | None) -> None:
        """Be at a cluster, if it is shown."""
        self._at = next((n for n, one in enumerate(self._shown) if one.cluster == cluster), self._at)

    def _move(self, steps: int) -> None:
        """Look at another threshold; nothing is decided yet."""
        desk = self._desk
        if desk is None or not desk.known:
            return
        self._wanted = clusters.shift_threshold(self._wanted if self._wanted is not None else desk.threshold, steps)
        count = desk.preview(self._wanted)
        cut = self.shell.key_of("clusters.cut")
        self.say(
            f"threshold {self._wanted:.2f}: {len(self._seen):,} clusters would be {count:,}; {cut} cuts, esc does not"
        )

    def _cut(self) -> None:
        desk = self._desk
        if desk is not None and desk.known:
            threshold = self._wanted if self._wanted is not None else desk.threshold
            self._decide(lambda at_desk: clusters.cut_at(at_desk, threshold))

    def _mark(self) -> None:
        """Mark where we are, or unmark it, and go on to the next."""
        one = self._one
        if one is None:
            return
        if self._member is not None:
            self._members ^= {one.members[self._member].place}
        else:
            self._marked ^= {one.cluster}
        self._say()
        self.say(f"{len(self._marked)} clusters and {len(self._members)} members are marked")

    def _merge(self) -> None:
        one = self._one
        marked = [cluster.cluster for cluster in self._seen if cluster.cluster in self._marked]
        chosen = marked if len(marked) > 1 or one is None else [*marked, one.cluster]
        if len(set(chosen)) < 2:
            keys = self.shell.key_of("clusters.mark"), self.shell.key_of("clusters.merge")
            self.say("mark the clusters with {}, then {} makes them one".format(*keys))
            return
        self._marked.clear()
        self._decide(lambda desk: clusters.merge(desk, chosen))

    def _split(self) -> None:
        one, away = self._one, sorted(self._members)
        if one is not None:
            self._members.clear()
            self._decide(lambda desk: clusters.split_cluster(desk, one.cluster, away), one.cluster)

    def _name(self, said: str) -> None:
        one = self._one
        if one is None:
            return
        fields = [Field("name", "name", one.name or "", "empty: the representative's own words")]
        values = {"name": said} if said else fill(self.lines, "Name the cluster", fields)
        if values is not None:
            called = values["name"]
            self._decide(lambda desk: clusters.name(desk, one.cluster, called), one.cluster)

    def _represent(self) -> None:
        one = self._one
        if one is None or self._member is None:
            self.say("go to the members with enter; there this lets one stand for the cluster")
            return
        place = one.members[self._member].place
        self._decide(lambda desk: clusters.represent(desk, one.cluster, place), one.cluster)

    def _category(self) -> None:
        one = self._one
        if one is None:
            return
        kinds = tuple(kind for among in taxonomy().values() for kind in among)
        fields = [
            Field("category", "category", one.category or "", "? says those that there are", tuple(taxonomy())),
            Field("subcategory", "type", one.subcategory or "", "within it; may be empty", kinds),
        ]
        values = fill(self.lines, f"The category of {one.title}", fields)
        if values and values["category"]:
            kind = values["subcategory"] or None
            self._decide(lambda desk: clusters.categorise(desk, one.cluster, values["category"], kind), one.cluster)


def _text(one: ClusterRow) -> str:
    """What a search looks at: the cluster's words and its members'."""
    return " ".join([one.title, one.category or "", one.subcategory or "", *(member.text for member in one.members)])
