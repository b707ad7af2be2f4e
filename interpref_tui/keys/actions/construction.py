"""Actions of the screens on which a benchmark is built."""

from __future__ import annotations

from interpref_tui.keys.actions.action import ALWAYS, Action, Area

CLUSTERS = Area(
    "clusters",
    "Clusters",
    "screen",
    (
        Action("clusters.merge", "m", "merge", "Merge", "make one of the marked clusters", 8),
        Action("clusters.split", "x", "split", "Split", "take the marked members out, or cut where two halves meet", 8),
        Action("clusters.mark", "space", "mark", "Mark", "mark the cluster or member", 7),
        Action("clusters.name", "n", "name", "Name", "call the cluster something", 6),
        Action("clusters.represent", "r", "represent", "Representative", "let this member stand for the cluster", 4),
        Action("clusters.category", "C", "category", "Category", "set the category of all members", 5),
        Action("clusters.undo", "u", "undo", "Undo", "take the latest decision back", 7, overrides=("app.undo",)),
        Action("clusters.redo", "U,ctrl+r", "redo", "Redo", "take the latest undo back", overrides=("app.redo",)),
        Action("clusters.lower", "minus", "threshold(-1)", "Finer", "look at a lower threshold", 6, "-"),
        Action("clusters.higher", "plus,equals_sign", "threshold(1)", "Coarser", "look at a higher threshold", 6, "+"),
        Action("clusters.much-lower", "less_than_sign", "threshold(-5)", "Much finer", "five steps lower", 0, "<"),
        Action(
            "clusters.much-higher", "greater_than_sign", "threshold(5)", "Much coarser", "five steps higher", 0, ">"
        ),
        Action("clusters.cut", "c", "cut", "Cut", "make the clusters at the threshold that is looked at", 7),
        Action("clusters.new", "a", "take_new", "Take in new", "let new preferences join their clusters", 4),
        Action("clusters.several", "f", "several", "Only > 1", "only clusters of more than one, and back", 5),
        Action("clusters.pane", "tab", "pane", "Members", "go to the members and back", 3),
        Action("clusters.back", "escape", "back", "Back", "forget the threshold, then the marks, then go back", ALWAYS),
    ),
    child_areas=("list",),
)

CATEGORY = Area(
    "category",
    "A category",
    "dialog",
    (Action("category.close", "escape", "dismiss", "Close", "close it, setting nothing", ALWAYS),),
    child_areas=("list",),
)

BUILD = Area(
    "build",
    "Build",
    "screen",
    (
        Action("build.next", "n", "next", "Next step", "do what is to be done next", 8),
        Action("build.stage", "b", "stage", "Run stage", "run the stage that makes this step", 8),
        Action("build.all", "B", "all", "Run all", "run the stages from one step to another", 7),
        Action("build.stop", "x", "stop", "Stop", "stop what was started last", 6),
        Action("build.clusters", "c", "clusters", "Clusters", "go to the cluster browser", 6),
        Action("build.refusals", "R", "refusals", "Refused", "what was refused, and why", 5),
        Action("build.report", "v", "report", "Verify report", "what the benchmark is like", 5),
    ),
    child_areas=("list",),
)

AREAS = (BUILD, CLUSTERS, CATEGORY)
