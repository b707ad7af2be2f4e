"""Actions of texts: of one pane, of a conversation in it, and of panes that stand beside each other."""

from __future__ import annotations

from interpref_tui.keys.actions.action import Action, Area

PANE = Area(
    "pane",
    "Texts",
    "widget",
    (
        Action("pane.down", "j", "scroll(1)", "Down", "scroll one line down", overrides=("verdict.*",)),
        Action("pane.up", "k", "scroll(-1)", "Up", "scroll one line up", overrides=("verdict.*",)),
        Action("pane.page-down", "pagedown", "page(1)", "Page down", "scroll one page down", overrides=("verdict.*",)),
        Action("pane.page-up", "pageup", "page(-1)", "Page up", "scroll one page up", overrides=("verdict.*",)),
        Action("pane.top", "home", "top", "Top", "go to the beginning"),
        Action("pane.bottom", "end", "bottom", "Bottom", "go to the end"),
        Action(
            "pane.next-hit",
            "n",
            "hit(1)",
            "Next hit",
            "go to the next place of what was searched for",
            6,
            overrides=("annotate.undecided",),
        ),
        Action("pane.previous-hit", "N", "hit(-1)", "Previous hit", "go to the place before"),
        Action("pane.markdown", "m", "markdown", "Markdown", "change between Markdown and the text as it was written"),
        Action("pane.invisible", "x", "invisible", "Hidden characters", "show characters that hide, or leave them out"),
        Action(
            "pane.later",
            "greater_than_sign",
            "window(1)",
            "Later part",
            "go on in a text that is too long to show whole",
            0,
            ">",
        ),
        Action(
            "pane.earlier",
            "less_than_sign",
            "window(-1)",
            "Earlier part",
            "go back in a text that is too long to show whole",
            0,
            "<",
        ),
    ),
)

TEXT = Area(
    "text",
    "Conversations",
    "widget",
    (
        Action("text.down", "down", "scroll(1)", "Down", "scroll one line down"),
        Action("text.up", "up", "scroll(-1)", "Up", "scroll one line up"),
        Action("text.top", "g", "top", "Top", "go to the beginning"),
        Action("text.bottom", "G", "bottom", "Bottom", "go to the end"),
        Action("text.next", "J", "turn(1)", "Next turn", "go to the next turn"),
        Action("text.previous", "K", "turn(-1)", "Previous turn", "go to the turn before"),
        Action(
            "text.next-user",
            "right_curly_bracket",
            "turn(1, 'user')",
            "User turn",
            "go to the user's next turn",
            4,
            "}",
        ),
        Action(
            "text.previous-user",
            "left_curly_bracket",
            "turn(-1, 'user')",
            "User turn before",
            "go to the user's turn before",
            0,
            "{",
        ),
        Action(
            "text.next-evidence",
            "right_parenthesis",
            "turn(1, 'evidence')",
            "Preference turn",
            "go to the next turn that carries the preference, by what the study knows or by shared words",
            4,
            ")",
        ),
        Action(
            "text.previous-evidence",
            "left_parenthesis",
            "turn(-1, 'evidence')",
            "Preference turn before",
            "go to the turn before that carries the preference",
            0,
            "(",
        ),
        Action("text.fold", "o", "fold", "Fold", "fold the turn to its first lines, or unfold it", 3),
        Action("text.fold-all", "F", "fold_all", "Fold all", "fold every turn, or unfold them all"),
    ),
)

SIDE = Area(
    "side",
    "Texts beside each other",
    "widget",
    (
        Action("side.search", "slash", "search", "Search", "search in these texts as you type", 6, "/"),
        Action("side.pane", "tab", "pane(1)", "Pane", "go to the next text", 5, overrides=("verdict.read",)),
        Action("side.pane-before", "shift+tab", "pane(-1)", "Pane before", "go to the text before"),
        Action("side.zoom", "z", "zoom", "Zoom", "give one text all the room", 4),
        Action("side.differences", "d", "differences", "Differences", "mark the words that differ", 4),
        Action("side.preferences", "p", "preferences", "Preference words", "mark the words of the preferences", 3),
        Action(
            "side.together",
            "S",
            "together",
            "Scroll together",
            "scroll together turn by turn, by how far they are, or each by itself",
        ),
    ),
)

AREAS = (PANE, TEXT, SIDE)
