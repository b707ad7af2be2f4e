"""Actions of the annotation screen. Those that decide have keys that no terminal changes on the way."""

from __future__ import annotations

from interpref_tui.keys.actions.action import Action, Area

ANNOTATE = Area(
    "annotate",
    "Annotation",
    "screen",
    (
        Action("annotate.left", "left,h", "vote('left')", "Left", "the left one", 8, decides=True),
        Action("annotate.right", "right,l", "vote('right')", "Right", "the right one", 8, decides=True),
        Action(
            "annotate.tie",
            "up,t",
            "vote('tie')",
            "Tie",
            "neither more than the other",
            8,
            decides=True,
        ),
        Action("annotate.both-bad", "down,b", "vote('both bad')", "Both bad", "neither is any good", 8, decides=True),
        Action("annotate.skip", "s", "vote('skip')", "Skip", "leave this entry undecided", 7, decides=True),
        Action("annotate.undo", "u", "undo", "Undo", "take the last label back", 7, overrides=("app.undo",)),
        Action("annotate.redo", "U,ctrl+r", "redo", "Redo", "give again what was taken back", overrides=("app.redo",)),
        Action("annotate.previous", "left_square_bracket", "go(-1)", "Previous", "go to the entry before", 6, "["),
        Action("annotate.next", "right_square_bracket", "go(1)", "Next", "go to the next entry", 6, "]"),
        Action("annotate.undecided", "n", "undecided", "Next undecided", "go to the next entry without a label"),
        Action("annotate.opinion", "o", "opinion", "Opinion", "open or close the AI's opinion", 3),
        Action("annotate.flag", "f", "flag", "Flag", "flag the entry", 4),
        Action("annotate.comment", "c", "comment", "Comment", "write a comment", 3),
        *(
            Action(
                f"annotate.digit-{digit}",
                str(digit),
                f"digit({digit})",
                f"Score or confidence {digit}",
                f"score {digit}, category {digit}, or how sure you are",
                decides=True,
                overrides=("go.*",),
            )
            for digit in range(1, 6)
        ),
        Action("annotate.confirm", "space", "confirm", "Confirm", "confirm the answer", decides=True),
        Action("annotate.filter", "v", "filter", "Which entries", "choose which entries [ and ] go to"),
        Action("annotate.facts", "i", "facts", "Query in full", "read the query and preferences whole"),
        Action("annotate.guidelines", "g", "guidelines", "Guidelines", "read the guidelines", 2),
        Action("annotate.quality", "a", "quality", "Agreement", "how people agree so far", 2),
        Action("annotate.copy", "y", "copy", "Copy", "copy the answer"),
        Action("annotate.edit", "e", "edit", "Editor", "open the answer in $EDITOR"),
        Action("annotate.leave", "escape", "done", "Leave", "leave; everything is saved", 5),
    ),
    child_areas=("pane side",),
)

AREAS = (ANNOTATE,)
