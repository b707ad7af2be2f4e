"""Actions of each screen over the study."""

from __future__ import annotations

from interpref_tui.keys.actions.action import ALWAYS, Action, Area

HOME = Area(
    "home",
    "Home",
    "screen",
    (
        Action("home.import", "i", "import", "Import", "take files in: chats, preferences, items, comparisons", 1),
        Action("home.pane", "tab", "app.focus_next", "Table", "go to the next table"),
    ),
    child_areas=("numbers",),
)

HISTORIES = Area(
    "histories",
    "Histories",
    "screen",
    (Action("histories.pane", "tab", "app.focus_next", "Pane", "go to the conversation and back"),),
    child_areas=("list", "text pane"),
)

HISTORY = Area(
    "history",
    "A history",
    "screen",
    (
        Action("history.back", "escape,h", "app.pop_screen", "Back", "go back to the row in the list", 8),
        Action("history.next", "right_square_bracket", "step(1)", "Next", "go to the next history of the list", 4, "]"),
        Action("history.previous", "left_square_bracket", "step(-1)", "Previous", "go to the history before", 0, "["),
        Action("history.copy", "y", "copy", "Copy turn", "copy the turn", 6),
        Action("history.copy-all", "Y", "copy_all", "Copy history", "copy the whole history as Markdown"),
        Action("history.edit", "e", "edit", "Open in editor", "open the history in $EDITOR", 5),
    ),
    child_areas=("text pane side",),
)

ITEMS = Area(
    "items",
    "Items",
    "screen",
    (),
    child_areas=("list",),
)

ITEM = Area(
    "item",
    "An item",
    "screen",
    (
        Action("item.back", "escape", "app.pop_screen", "Back", "go back to the row in the list", 8),
        Action("item.view", "v", "view", "Histories/responses", "change between histories and responses", 7),
        Action("item.next-run", "r,right", "run(1)", "Next run", "show the next run's responses", 6),
        Action("item.previous-run", "R,left", "run(-1)", "Previous run", "show the responses of the run before"),
        Action("item.beside", "c", "beside", "Two runs", "put two runs' responses beside each other", 5),
        Action("item.other", "C", "other", "Other run", "put the responses of the run after it beside this run's"),
        Action("item.next", "right_square_bracket", "item(1)", "Next item", "go to the next item of the list", 4, "]"),
        Action("item.previous", "left_square_bracket", "item(-1)", "Previous item", "go to the item before", 0, "["),
        Action("item.trace", "w", "trace", "Trace", "show what came before the answer", 3),
        Action("item.copy", "y", "copy", "Copy", "copy the text in focus"),
        Action("item.copy-all", "Y", "copy_all", "Copy item", "copy the item with its responses and verdicts as JSON"),
        Action("item.edit", "e", "edit", "Editor", "open the text in $EDITOR"),
    ),
    child_areas=("text pane side", "pane side"),
)

VERDICTS = Area(
    "verdicts",
    "Verdicts",
    "screen",
    (
        Action(
            "verdicts.filter", "f", "filter", "Only like this one", "keep rows of this run, then judge, then pattern", 6
        ),
        Action("verdicts.clear", "F,escape", "clear", "All", "show all rows again", 5),
    ),
    child_areas=("list",),
)

VERDICT = Area(
    "verdict",
    "A verdict",
    "screen",
    (
        Action("verdict.back", "escape", "app.pop_screen", "Back", "go back to the row in the list", 8),
        Action("verdict.raw", "r", "raw", "Raw output", "change between reasoning and raw output", 6),
        Action("verdict.item", "enter", "item", "Answers", "show the answers that were judged", 7),
        Action(
            "verdict.answers",
            "v",
            "answers",
            "Beside",
            "put the two answers beside the reasoning, as they were shown",
            6,
        ),
        Action("verdict.next", "right_square_bracket", "step(1)", "Next", "go to the next row of the list", 6, "]"),
        Action("verdict.previous", "left_square_bracket", "step(-1)", "Previous", "go to the row before", 0, "["),
        Action("verdict.read", "tab", "read", "Text", "go to the reasoning and the answers", 4),
        Action("verdict.copy", "y", "copy", "Copy", "copy the text in view", 5),
        Action("verdict.copy-all", "Y", "copy_all", "Copy all", "copy what was said in all four orders"),
        Action("verdict.edit", "e", "edit", "Editor", "open the text in view in $EDITOR"),
        Action("verdict.left", "left,h", "move(-1)", "Left", "go to the order on the left"),
        Action("verdict.right", "right,l", "move(1)", "Right", "go to the order on the right"),
        Action("verdict.up", "up,k", "move(-2)", "Up", "go to the order above"),
        Action("verdict.down", "down,j", "move(2)", "Down", "go to the order below"),
        Action("verdict.page-down", "pagedown,space", "scroll(1)", "Scroll", "scroll the reasoning down"),
        Action("verdict.page-up", "pageup", "scroll(-1)", "Scroll up", "scroll the reasoning up"),
    ),
    child_areas=("", "pane side"),
)

FAILURES = Area(
    "failures",
    "Failures",
    "screen",
    (
        Action("failures.rows", "r", "rows", "Rows", "count by the next facet in rows", 6),
        Action("failures.columns", "c", "columns", "Columns", "count by the next facet in columns", 6),
        Action("failures.filter", "f", "filter", "Only these", "keep only what the cell counts", 5),
        Action("failures.clear", "F,escape", "clear", "All", "count everything again", 5),
        Action("failures.run", "R", "run", "Run", "keep only the next run and judge", 4),
    ),
    child_areas=("numbers",),
)

ASSIGNMENTS = Area(
    "assignments",
    "Assignments",
    "screen",
    (
        Action("assignments.new", "n", "new", "New", "begin to label", 7),
        Action("assignments.quality", "a", "quality", "Agreement", "how people agree so far", 6),
        Action("assignments.adjudicate", "D", "adjudicate", "Adjudicate", "decide what people disagree about", 5),
    ),
    child_areas=("list",),
)

SCORES = Area(
    "scores",
    "Scores",
    "screen",
    (
        Action("scores.previous", "left_square_bracket", "turn(-1)", "Previous", "show the table before", 5, "["),
        Action("scores.next", "right_square_bracket", "turn(1)", "Next table", "show the next table", 6, "]"),
        Action("scores.plot", "v", "plot", "Plot", "plot the table, and back", 6),
        Action("scores.diversity", "d", "diversity", "Self-BLEU", "count the self-BLEU of the histories", 4),
        Action("scores.again", "r", "again", "Count again", "count everything again"),
    ),
    child_areas=("numbers", "plot"),
)

BEHIND = Area(
    "behind",
    "What a number counts",
    "screen",
    (Action("behind.back", "escape", "app.pop_screen", "Back", "go back to the number", 8),),
    child_areas=("list",),
)

EXPORT = Area(
    "export",
    "Export",
    "screen",
    (
        Action("export.home", "escape", "app.go('home')", "Home", "go Home", ALWAYS),
        Action("export.next", "down", "app.focus_next", "Next field", "go to the next field"),
        Action("export.previous", "up", "app.focus_previous", "Previous field", "go to the field before"),
    ),
)

AREAS = (
    HOME, HISTORIES, HISTORY, ITEMS, ITEM, VERDICTS, VERDICT, FAILURES, ASSIGNMENTS, SCORES, BEHIND, EXPORT,
)  # fmt: skip
