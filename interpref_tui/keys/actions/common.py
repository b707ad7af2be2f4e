"""Actions that are there everywhere, those of the widgets that screens are made of, and those of dialogs."""

from __future__ import annotations

from interpref_tui.keys.actions.action import ALWAYS, Action, Area

APP = Area(
    "app",
    "Everywhere",
    "app",
    (
        Action("app.help", "question_mark,f1", "help", "Keys", "show the keys of this screen", ALWAYS),
        Action(
            "app.palette",
            "ctrl+p,colon",
            "command_palette",
            "Find",
            "find an action, item, run, history or preference",
            4,
        ),
        Action(
            "app.redraw",
            "ctrl+l",
            "redraw",
            "Draw anew",
            "draw everything anew, for a terminal that lost it",
            priority=True,
        ),
        Action("app.suspend", "ctrl+z", "suspend_process", "Suspend", "go back to the shell; fg comes back"),
        Action("app.undo", "u", "undo", "Undo", "take back what was done last: a search, a sort, a filter, a theme"),
        Action("app.redo", "U,ctrl+r", "redo", "Redo", "do again what was taken back"),
        Action("app.theme", "T", "change_theme", "Theme", "choose the colours of the screens"),
        Action("app.messages", "M", "messages", "Messages", "read again what was said, errors with their details"),
        Action("app.picture", "P", "picture", "Picture", "write the screen as an SVG file and say where"),
        Action("app.exports", "O", "exports", "Folders", "say where exports and pictures are, and open the folder"),
        Action("app.jump", "semicolon,ctrl+o", "jump", "Jump", "put a letter on every row and pane, and go to one"),
        Action("app.quit", "q", "leave", "Quit", "leave the program", 3),
        Action("app.interrupt", "ctrl+c", "leave", "Quit", "leave the program"),
    ),
)

GO = Area(
    "go",
    "Screens",
    "app",
    tuple(
        Action(f"go.{name}", key, f"go('{name}')", label, f"go to {label}: {about}")
        for name, key, label, about in (
            ("home", "1", "Home", "counts, pass rates, leaderboard, what to do next"),
            ("histories", "2", "Histories", "every earlier conversation"),
            ("items", "3", "Items", "pairs, queries, histories and every run's answers"),
            ("runs", "4", "Runs", "start, watch, stop and go on with runs and judgings"),
            ("verdicts", "5", "Verdicts", "what judges said in the four orders"),
            ("failures", "6", "Failures", "what failed, by any two kinds of evidence"),
            ("annotate", "7", "Annotate", "label by hand"),
            ("scores", "8", "Scores", "every number, as tables and plots"),
            ("build", "0", "Build", "from conversations to items, stage by stage"),
            ("export", "9", "Export", "write files"),
            ("clusters", "f9", "Clusters", "preferences that say the same: merge, split, name, choose"),
        )
    ),
)

# What the search line takes from the screen that it is on, while it is open.
_PANES = ("histories.pane", "runs.pane", "annotate.pane")
_ENDS = ("verdicts.clear", "errors.back", "behind.back")

LIST = Area(
    "list",
    "Lists",
    "widget",
    (
        Action("list.open", "enter,l", "choose", "Open", "open the row", 8),
        Action("list.search", "slash", "search", "Search", "search or filter as you type", 7, "/"),
        Action("list.sort", "s", "sort", "Sort", "sort by the next column; after the last, as it came", 4),
        Action("list.reverse", "S", "reverse", "Reverse", "sort the other way round"),
        Action("list.columns", "vertical_line", "columns", "Columns", "choose columns, and which to sort by", 2),
        Action("list.fields", "f2", "fields", "Filters", "show what filters of this list can ask"),
        Action("list.copy", "y", "screen.copy_row", "Copy id", "copy the row's identifier", 5),
        Action("list.copy-record", "Y", "screen.copy_record", "Copy whole", "copy the whole record as JSON"),
        Action("list.down", "down,j", "move(1)", "Down", "go one row down"),
        Action("list.up", "up,k", "move(-1)", "Up", "go one row up"),
        Action("list.page-down", "pagedown,ctrl+f", "page(1)", "Page down", "go one page down"),
        Action("list.page-up", "pageup", "page(-1)", "Page up", "go one page up"),
        Action("list.first", "home,g", "first", "First row", "go to the first row"),
        Action("list.last", "end,G", "last", "Last row", "go to the last row"),
    ),
)

FILTER = Area(
    "filter",
    "The search line",
    "widget",
    (
        Action("filter.complete", "tab", "complete", "Complete", "complete the field or value", 8, overrides=_PANES),
        Action("filter.end", "escape", "leave", "End", "end the search and show everything", 8, overrides=_ENDS),
        Action("filter.fields", "f2", "fields", "Filters", "show what filters of this list can ask", 7),
        Action("filter.down", "down", "down", "Down", "go one row down while typing"),
        Action("filter.up", "up", "up", "Up", "go one row up while typing"),
    ),
)

NUMBERS = Area(
    "numbers",
    "Tables of numbers",
    "widget",
    (
        Action("numbers.open", "enter", "select_cursor", "Open items", "open the items behind the number", 7),
        Action("numbers.copy", "y", "copy_number", "Copy", "copy the number"),
        Action("numbers.copy-table", "Y", "copy_table", "Copy table", "copy the table, with tabs between its columns"),
        Action("numbers.left", "h", "cursor_left", "Left", "go one column to the left"),
        Action("numbers.right", "l", "cursor_right", "Right", "go one column to the right"),
        Action("numbers.down", "j", "cursor_down", "Down", "go one row down"),
        Action("numbers.up", "k", "cursor_up", "Up", "go one row up"),
        Action("numbers.top", "g", "scroll_top", "Top", "go to the first row"),
        Action("numbers.bottom", "G", "scroll_bottom", "Bottom", "go to the last row"),
    ),
)

PLOT = Area(
    "plot",
    "Plots",
    "widget",
    (
        Action("plot.down", "j", "scroll_down", "Down", "scroll down"),
        Action("plot.up", "k", "scroll_up", "Up", "scroll up"),
    ),
)

HELP = Area(
    "help",
    "The keys",
    "dialog",
    (Action("help.close", "escape,q,question_mark,f1", "dismiss", "Close", "close the keys", ALWAYS),),
)

READING = Area(
    "reading",
    "A text over the screen",
    "dialog",
    (Action("reading.close", "escape,q,g", "dismiss", "Close", "close the text", ALWAYS),),
    child_areas=("pane",),
)

FORM = Area(
    "form",
    "Forms",
    "dialog",
    (
        Action("form.cancel", "escape", "cancel", "Cancel", "close the form, doing nothing", ALWAYS),
        Action("form.next", "down", "app.focus_next", "Next field", "go to the next field"),
        Action("form.previous", "up", "app.focus_previous", "Previous field", "go to the field before"),
    ),
)

QUALITY = Area(
    "quality",
    "Agreement",
    "dialog",
    (
        Action("quality.close", "escape,q,a", "dismiss", "Close", "close the report", ALWAYS),
        Action("quality.down", "j,down", "down", "Down", "scroll down"),
        Action("quality.up", "k,up", "up", "Up", "scroll up"),
    ),
)

JUMP = Area(
    "jump",
    "Jump mode",
    "dialog",
    (Action("jump.close", "escape", "dismiss", "Close", "go nowhere", ALWAYS),),
)

COLUMNS = Area(
    "columns",
    "Columns",
    "dialog",
    (
        Action("columns.close", "escape,q", "dismiss", "Close", "close the columns", ALWAYS),
        Action("columns.sort", "s", "sort", "Sort", "sort by the column"),
        Action("columns.reverse", "S", "reverse", "Reverse", "sort the other way round"),
    ),
)

AREAS = (APP, GO, LIST, FILTER, COLUMNS, JUMP, NUMBERS, PLOT, HELP, READING, FORM, QUALITY)
