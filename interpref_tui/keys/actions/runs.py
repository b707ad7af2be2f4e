"""Actions of runs: starting, watching, stopping, what failed."""

from __future__ import annotations

from interpref_tui.keys.actions.action import Action, Area

RUNS = Area(
    "runs",
    "Runs",
    "screen",
    (
        Action("runs.generate", "n", "generate", "New run", "have a model answer", 7),
        Action("runs.judge", "J", "judge", "Judge", "have a judge compare the run's answers", 7),
        Action("runs.compare", "C", "compare", "Compare", "have a judge compare the run with another", 4),
        Action("runs.stop", "x", "stop", "Stop", "stop this run, whoever started it (again: at once)", 6),
        Action("runs.resume", "c", "resume", "Go on", "go on with this run: ask what is missing", 6),
        Action("runs.retry", "r", "retry", "Retry failed", "ask again what failed of this run, and nothing else", 3),
        Action("runs.errors", "E", "errors", "Errors", "list the calls of this run that failed", 5),
    ),
    child_areas=("list",),
)

RUN = Area(
    "run",
    "A run",
    "screen",
    (
        Action("run.back", "escape", "app.pop_screen", "Back", "go back to the row in the list", 8),
        Action("run.stop", "x", "stop", "Stop", "stop it, whoever started it (again: at once)", 7),
        Action("run.resume", "c", "resume", "Go on", "go on with it: ask what is missing", 6),
        Action("run.retry", "r", "retry", "Retry failed", "ask again what failed, and nothing else", 6),
        Action("run.judge", "J", "judge", "Judge", "have a judge compare its answers", 5),
        Action("run.compare", "C", "compare", "Compare", "have a judge compare it with another run", 3),
        Action("run.errors", "E", "errors", "Errors", "list its calls that failed", 5),
        Action("run.copy", "w", "copy", "Copy command", "copy the command that goes on with it", 2),
        Action("run.pane", "tab", "app.focus_next", "Pane", "go to the next table"),
    ),
    child_areas=("sheet", "numbers"),
)

SHEET = Area(
    "sheet",
    "Sheets",
    "widget",
    (
        Action("sheet.down", "j,down", "scroll_down", "Down", "scroll down"),
        Action("sheet.up", "k,up", "scroll_up", "Up", "scroll up"),
        Action("sheet.page-down", "pagedown", "page_down", "Page down", "scroll one page down"),
        Action("sheet.page-up", "pageup", "page_up", "Page up", "scroll one page up"),
    ),
)

ERRORS = Area(
    "errors",
    "Failed calls",
    "screen",
    (
        Action("errors.back", "escape", "app.pop_screen", "Back", "go back to the run", 8),
        Action(
            "errors.all", "f", "all", "All/open", "change between what is still failed and everything that ever was", 6
        ),
        Action("errors.retry", "r", "retry", "Retry item", "ask this item again, and nothing else", 7),
    ),
    child_areas=("list",),
)

ERROR = Area(
    "error",
    "A failed call",
    "screen",
    (
        Action("error.back", "escape", "app.pop_screen", "Back", "go back to the row in the list", 8),
        Action("error.retry", "r", "retry", "Retry item", "ask this item again, and nothing else", 7),
        Action("error.next", "right_square_bracket", "step(1)", "Next", "go to the next failed call", 5, "]"),
        Action("error.previous", "left_square_bracket", "step(-1)", "Previous", "go to the one before", 4, "["),
        Action("error.copy", "y", "copy", "Copy", "copy the whole sheet: error, answer, request", 5),
        Action("error.edit", "e", "edit", "Editor", "open the whole sheet in $EDITOR", 5),
    ),
    child_areas=("sheet",),
)

AREAS = (RUNS, RUN, SHEET, ERRORS, ERROR)
