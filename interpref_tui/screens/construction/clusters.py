"""Clusters: preferences that say the same, cut at a threshold that moves, then corrected by hand; every decision can be undone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.containers import Container
from textual.widgets import Static

from interpref_tui.forms.form import Field
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.cluster_rows import cluster_row, member_row, members_title, merges_line, threshold_line
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.services import clusters as clustering
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column
from interpref_tui.widgets.list.memory_source import MARK, HeldList, HeldListing
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.clusters.cluster_rows import ClusterRow, ClusterTable
    from interpref_db.clusters.workspace import ClusterWorkspace
    from interpref_tui.widgets.list import RowList

BESIDE = 110  # columns from which the members stand beside the clusters

CLUSTERS = (
    Column("mark", "", 1),
    Column("size", "size", 4, right=True),
    Column("title", "cluster"),
    Column("category", "category", 13),
    Column("cohesion", "coh.", 4, right=True, show=lambda value: f"{value:.2f}"),
)
MEMBERS = (Column("mark", "", 1), Column("title", "member"), Column("distance", "distance", 8, right=True))


class ClustersScreen(StudyScreen):
    """Clusters and the members of the one under the cursor. What is decided here is in the journal before it is shown."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("clusters")

    def __init__(self) -> None:
        super().__init__()
        self._desk: ClusterWorkspace | None = None
        self._view: ClusterTable | None = None
        self._lock = threading.Lock()
        self._seen: dict[str, ClusterRow] = {}
        self._wanted: float | None = None  # a threshold that is looked at
        self._would_be = 0
        self._several = False
        self._version = -1
        self._last: str | None = None  # the cluster under the cursor when the screen was left

    def compose(self) -> ComposeResult:
        yield TitleLine("Clusters")
        yield Static("reading the preferences…", id="clusters-threshold", markup=False)
        yield Static("", id="clusters-merges", markup=False)
        with Container(id="clusters-panes"):
            yield HeldListing(HeldList(CLUSTERS, id="clusters"))
            with Container(id="cluster-members"):
                yield Static("", id="members-title", classes="pane-title", markup=False)
                yield HeldListing(HeldList(MEMBERS, id="members"))
        yield NoticeLine()
        yield KeyLine()

    @property
    def clusters(self) -> HeldList:
        return self.query_one("#clusters", HeldList)

    @property
    def members(self) -> HeldList:
        return self.query_one("#members", HeldList)

    def on_mount(self) -> None:
        self.clusters.focus()
        self._version = -1
        self._open()

    def on_resize(self) -> None:
        self.query_one("#clusters-panes").set_class(self.size.width >= BESIDE, "-beside")
        self._show_threshold()

    def on_screen_resume(self) -> None:
        if self._desk is not None:
            self._open()

    # -- reading -----------------------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="desk", exit_on_error=False)
    def _open(self) -> None:
        """Make the desk, or bring it up to date with what others decided and imported."""
        from interpref_db.clusters.cluster_rows import ClusterTable
        from interpref_db.clusters.open_workspace import open_workspace
        from interpref_tui.services.annotation import whoami

        with self._lock:
            version = self.study.version()
            if self._desk is not None and version == self._version:
                return
            self._version = version
            desk, note = open_workspace(self.study, whoami())
            self._desk, self._view = desk, ClusterTable(desk)
            rows = self._view.rows()
        self.app.call_from_thread(self._show, rows, None)
        if note:
            self.app.call_from_thread(self.tell, note)

    def _show(self, rows: list[ClusterRow], at: str | None) -> None:
        self._seen = {one.cluster: one for one in rows}
        shown = [cluster_row(one) for one in rows if one.size > 1 or not self._several]
        self.clusters.show(shown, at=at or self._last)
        self._wanted = None
        self._show_threshold()
        desk = self._desk
        if desk is None:
            return
        new = len(desk.new())
        self.title_more(f"{len(rows):,} of {len(desk.known):,} preferences   {desk.made_with}")
        if new and rows:
            self.tell(f"{new:,} preferences are in no cluster yet: a takes them in")

    def _show_threshold(self) -> None:
        if self._desk is not None:
            desk, wanted = self._desk, self._wanted
            line = threshold_line(desk, self._seen, wanted, self._would_be)
            self.query_one("#clusters-threshold", Static).update(line)
            line = merges_line(desk, desk.threshold if wanted is None else wanted, self.size.width - 2)
            self.query_one("#clusters-merges", Static).update(line)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        if event.rows is self.clusters:
            self._last = str(event.key) if event.key is not None else self._last
            self._show_members()

    def _show_members(self) -> None:
        one = self._at()
        self.members.unmark()
        self.members.show([member_row(member) for member in one.members] if one else [])
        self.query_one("#members-title", Static).update(members_title(one))

    def counted(self, event: RowList.Counted) -> None:
        """The title says how many clusters there are; a list that was searched says how many it shows."""
        if event.rows is self.clusters and event.rows.asked.search:
            self.tell(f"{event.count:,} clusters have /{event.rows.asked.search}")

    def when_empty(self, rows: RowList) -> Text:
        from interpref_tui.presenters.empty_states import empty_text

        if self._desk is None:
            return Text("…")
        known = bool(self._desk.known)
        kind = "members" if rows is self.members else "to cluster" if known else "clusters"
        return empty_text(self.interpref, kind, narrowed=bool(rows.asked.search))

    def _at(self) -> ClusterRow | None:
        return self._seen.get(str(self.clusters.key))

    # -- the threshold -----------------------------------------------------------------------------------------------

    def action_threshold(self, steps: int) -> None:
        """Look at another threshold; nothing is decided yet."""
        if self._desk is None or not self._desk.known:
            return
        now = self._wanted if self._wanted is not None else self._desk.threshold
        self._wanted = clustering.shift_threshold(now, steps)
        self._count(self._wanted)

    @work(thread=True, exclusive=True, group="preview", exit_on_error=False)
    def _count(self, threshold: float) -> None:
        with self._lock:
            count = self._desk.preview(threshold) if self._desk else 0
        self.app.call_from_thread(self._show_count_at, threshold, count)

    def _show_count_at(self, threshold: float, count: int) -> None:
        if self._wanted == threshold:
            self._would_be = count
            self._show_threshold()

    def action_cut(self) -> None:
        """Make the clusters at the threshold that is looked at."""
        desk = self._desk
        if desk is None or not desk.known:
            return
        threshold = self._wanted if self._wanted is not None else desk.threshold
        self._decide(lambda at_desk: clustering.cut_at(at_desk, threshold))

    def action_take_new(self) -> None:
        """Take preferences in that are in no cluster yet."""
        self._decide(clustering.add_new)

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _decide(
        self, decision: Callable[[ClusterWorkspace], str], *, at: Callable[[ClusterWorkspace], str | None] | None = None
    ) -> None:
        """Decide in a thread: on the disk, then on the screen. `at` gives the cluster for the cursor."""
        if self._desk is not None:
            self._deciding(decision, at)

    @work(thread=True, group="deciding", exit_on_error=False)
    def _deciding(
        self, decision: Callable[[ClusterWorkspace], str], at: Callable[[ClusterWorkspace], str | None] | None
    ) -> None:
        from interpref_db.errors import StudyError

        with self._lock:
            desk, view = self._desk, self._view
            if desk is None or view is None:
                return
            try:
                desk.refresh()
                said = decision(desk)
            except StudyError as error:
                said = str(error)
            rows = view.rows()
            cursor = at(desk) if at else None
            self._version = self.study.version()
        self.app.call_from_thread(self._show_decision, rows, cursor, said)

    def _show_decision(self, rows: list[ClusterRow], at: str | None, said: str) -> None:
        self._show(rows, at)
        self.tell(said)

    def action_mark(self) -> None:
        """Mark the row under the cursor and go on to the next."""
        rows = self.members if self.members.has_focus else self.clusters
        if rows.key is not None:
            rows.mark([rows.key])
            rows.action_move(1)

    def action_merge(self) -> None:
        """Make one cluster of those that are marked (and, where only one is, of the one under the cursor)."""
        one = self._at()
        marked = [str(key) for key in self.clusters.marked]
        chosen = marked if len(marked) > 1 or one is None else [*marked, one.cluster]
        if len(set(chosen)) < 2:
            self.tell("mark the clusters with space, then m makes them one")
            return
        kept: list[str] = []

        def merge(desk: ClusterWorkspace) -> str:
            said, one = clustering.merge(desk, chosen)
            kept.extend([one] if one else [])
            return said

        self.clusters.unmark()
        self._decide(merge, at=lambda _desk: kept[0] if kept else None)

    def action_split(self) -> None:
        """Take the marked members out; where none is marked, cut where the cluster's two halves meet."""
        one = self._at()
        if one is None:
            return
        away = [int(key) for key in self.members.marked]
        self._decide(lambda desk: clustering.split_cluster(desk, one.cluster, away), at=lambda _desk: one.cluster)

    def action_name(self) -> None:
        one = self._at()
        if one is None:
            return

        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                name = values["name"]
                self._decide(lambda desk: clustering.name(desk, one.cluster, name), at=lambda _desk: one.cluster)

        fields = [Field("name", "name", one.name or "", "empty: the representative's own words")]
        self.app.push_screen(FormScreen("Name the cluster", fields, None, "enter names it"), answered)

    def action_represent(self) -> None:
        """Let the member under the cursor stand for the cluster."""
        one, key = self._at(), self.members.key
        if one is None or key is None:
            return
        if not self.members.has_focus:
            self.tell("go to the members with tab; r on one of them lets it stand for the cluster")
            return
        place = int(key)
        self._decide(lambda desk: clustering.represent(desk, one.cluster, place), at=lambda _desk: one.cluster)

    def action_category(self) -> None:
        """Choose the category of the cluster's members."""
        from interpref_tui.screens.construction.category_picker import CategoryScreen

        one = self._at()
        if one is None:
            return

        def answered(chosen: tuple[str, str | None] | None) -> None:
            if chosen is not None:
                self._decide(
                    lambda desk: clustering.categorise(desk, one.cluster, *chosen), at=lambda _desk: one.cluster
                )

        self.app.push_screen(CategoryScreen(one.title, (one.category, one.subcategory)), answered)

    def action_undo(self) -> None:
        self._decide(clustering.undo)

    def action_redo(self) -> None:
        self._decide(clustering.redo)

    # -- looking -----------------------------------------------------------------------------------------------------

    def action_several(self) -> None:
        """Only clusters of more than one, and back."""
        self._several = not self._several
        shown = [cluster_row(one) for one in self._seen.values() if one.size > 1 or not self._several]
        self.clusters.show(shown)
        self.tell(f"{len(shown):,} clusters of more than one" if self._several else f"all {len(shown):,} clusters")

    def action_pane(self) -> None:
        (self.clusters if self.members.has_focus else self.members).focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter goes to the members, and from a member to its text."""
        if event.rows is self.clusters:
            self.members.focus()
            return
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        self.app.push_screen(TextViewer("A preference", str(event.row["title"]).removeprefix(MARK)))

    def action_copy_row(self) -> None:
        """Copy the texts of the members, or of the one under the cursor."""
        one = self._at()
        row = self.members.row if self.members.has_focus else None
        if row is not None:
            self.interpref.copy_text(str(row["text"]))
        elif one is not None:
            self.interpref.copy_text("\n".join(member.text for member in one.members))

    def action_back(self) -> None:
        """Forget the threshold that is looked at, then the marks, then leave."""
        if self._wanted is not None:
            self._wanted = None
            self._show_threshold()
        elif self.clusters.marked or self.members.marked:
            self.clusters.unmark()
            self.members.unmark()
        elif self.members.has_focus:
            self.clusters.focus()
        else:
            self.interpref.call_later(self.interpref.action_go, "build")
