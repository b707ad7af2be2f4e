"""Runs: start a generation or a judging, watch it, stop it, go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import Static

from interpref_tui.actions import bindings
from interpref_tui.output import inert
from interpref_tui.screens.base import StudyScreen, flag
from interpref_tui.screens.form import Field, FormScreen
from interpref_tui.widgets.keyline import KeyLine
from interpref_tui.widgets.lines import NoticeLine, TitleLine
from interpref_tui.widgets.rows import Column, Listing, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_tui.children import Child

RUNS = (
    Column("name", "run"),
    Column("model", "model", 22),
    Column("paradigm", "paradigm", 9),
    Column("answered", "answered", 8, right=True),
    Column("expected", "of", 6, right=True),
    Column("errors", "failed", 6, right=True),
    Column("sample", "sample", 6, show=flag),
)
JUDGINGS = (
    Column("run_name", "judged run"),
    Column("judge", "judge", 22),
    Column("judged", "judged", 8, right=True),
    Column("expected", "of", 6, right=True),
    Column("errors", "failed", 6, right=True),
    Column("sample", "sample", 6, show=flag),
)
EVERY = 1.0  # seconds between looks


class RunsScreen(StudyScreen):
    """The runs of the study above, their judgings below, and what was started here."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("runs")

    def compose(self) -> ComposeResult:
        yield TitleLine("Runs")
        yield Listing(RowList(self.study, "runs", RUNS, id="runs"))
        yield Listing(RowList(self.study, "judgings", JUDGINGS, id="judgings"))
        yield Static("", id="running", classes="-hidden", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._told: set[int] = set()
        self._shown = ""
        self.query_one("#runs").focus()
        self.set_interval(EVERY, self._look)

    def on_screen_resume(self) -> None:
        self._reload()

    def _reload(self) -> None:
        for rows in self.query(RowList):
            rows.reload(keep=True)

    def counted(self, event: RowList.Counted) -> None:  # noqa: ARG002 - both lists count
        counts = [len(rows.keys) for rows in self.query(RowList)]
        self.title_more(f"{counts[0]} runs, {counts[1]} judgings")

    # -- watching ----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show how the children are; the lists follow while any of them is at work."""
        if not self.is_current and not isinstance(self.app.screen, FormScreen):
            return
        children = self.interpref.children_at_work.all
        ended = [child for child in children if child.code is not None and id(child) not in self._told]
        for child in ended:
            self._told.add(id(child))
            self.tell(f"{child.title}: {_ending(child)}")
        if ended or any(child.code is None for child in children):
            self._reload()
        text = Text("\n").join(_line(child) for child in children[-7:])
        panel = self.query_one("#running", Static)
        panel.set_class(not children, "-hidden")
        if text.plain != self._shown:
            self._shown = text.plain
            panel.update(text)

    # -- starting ----------------------------------------------------------------------------------------------------

    def action_generate(self) -> None:
        settings = self.interpref.settings
        self._generate((settings.model if settings else "") or "", "td", "New run: answer both sides of the items")

    def _generate(self, model: str, paradigm: str, title: str) -> None:
        """The form of a generation, with a model and a paradigm in it."""
        fields = [
            Field("model", "model", model, "openai/NAME, llama_cpp/PATH.gguf, ..."),
            Field("paradigm", "paradigm", paradigm, "np td cot wf main prefix bare oracle swapped"),
            Field("base_url", "base URL", "", "for openai/: http://HOST:PORT/v1"),
            Field("limit", "items", "", "all"),
            Field("concurrency", "at once", "", "as configured"),
        ]

        def command(values: dict[str, str]) -> list[str]:
            if not values["model"]:
                raise ValueError("a model is needed")
            if not values["paradigm"]:
                raise ValueError("a paradigm is needed")
            return ["generate", str(self.study.path), *_options(values)]

        self._ask(title, fields, command)

    def action_judge(self) -> None:
        row = self.query_one("#runs", RowList).row
        settings = self.interpref.settings
        fields = [
            Field("run", "run", row["name"] if row else "", "whose answers are judged"),
            Field("model", "judge", (settings.judge if settings else "") or "overlap", "overlap, openai/NAME, ..."),
            Field("base_url", "base URL", "", "for openai/: http://HOST:PORT/v1"),
            Field("limit", "items", "", "all"),
            Field("concurrency", "at once", "", "as configured"),
        ]

        def command(values: dict[str, str]) -> list[str]:
            for name in ("run", "model"):
                if not values[name]:
                    raise ValueError(f"a {'judge' if name == 'model' else name} is needed")
            return ["judge", str(self.study.path), *_options(values)]

        self._ask("Judge a run in four orders", fields, command, "overlap judges without a model, at once")

    def _ask(self, title: str, fields: list[Field], command: Any, note: str = "") -> None:
        def answered(values: dict[str, str] | None) -> None:
            if values is not None:
                self._start(command(values))

        self.app.push_screen(FormScreen(title, fields, command, note), answered)

    def _start(self, arguments: list[str]) -> None:
        try:
            child = self.interpref.children_at_work.start(arguments)
        except OSError as error:
            self.tell(f"cannot be started: {error.strerror or error}")
            return
        self.tell(f"started: {child.title}")
        self._look()

    def action_stop(self) -> None:
        """Stop what was started last and is still going; twice stops it at once."""
        going = [child for child in self.interpref.children_at_work.all if child.code is None]
        if not going:
            self.tell("nothing that was started here is going; a run of another terminal is stopped there with Ctrl-C")
            return
        self.interpref.children_at_work.stop(going[-1])
        self.tell(f"stopping {going[-1].title}; what is done is safe")

    def action_resume(self) -> None:
        """Go on with what was stopped or failed: started here, by the same command; else by a form filled from the run."""
        ended = [child for child in self.interpref.children_at_work.all if child.code]
        row = self.query_one("#runs", RowList).row
        if ended:
            self._start(ended[-1].arguments)
        elif row and row["provider"] in ("openai", "llama_cpp", "replay") and row["answered"] < row["expected"]:
            title = f"Go on with {inert(row['name'])}: the same model, paradigm and parameters find the run again"
            self._generate(f"{row['provider']}/{row['model']}", row["paradigm"], title)
        else:
            self.tell("this run has nothing left to ask; choose one that is not finished")

    def action_errors(self) -> None:
        row = self.query_one("#runs", RowList).row
        self.app.push_screen(ErrorsScreen(row["name"] if row else None))


class ErrorsScreen(StudyScreen):
    """Calls that failed, with their errors."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("errors")
    _COLUMNS = (
        Column("run", "run", 20),
        Column("item", "item", 16),
        Column("side", "side", 4),
        Column("order", "order", 5),
        Column("error", "error", 11),
        Column("message", "message"),
    )

    def __init__(self, run: str | None) -> None:
        super().__init__()
        self._run = run

    def compose(self) -> ComposeResult:
        yield TitleLine("Errors")
        yield Listing(RowList(self.study, "errors", self._COLUMNS))
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        from interpref_db import lists

        rows = self.query_one(RowList)
        if self._run:
            rows.ask(lists.Asked(where={"run": self._run}))
        rows.focus()

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        if event.row:
            self.tell(event.row["message"])


def _options(values: dict[str, str]) -> list[str]:
    """The fields of a form as options; numbers are checked."""
    found = []
    for name, value in values.items():
        if not value:
            continue
        if name in ("limit", "concurrency") and not (value.isdigit() and int(value) > 0):
            raise ValueError(f"{name} is a number from 1 on")
        found += [f"--{name.replace('_', '-')}", value]
    return found


def _line(child: Child) -> Text:
    """One child as one line."""
    from interpref_core.engine.progress import Progress
    from interpref_tui.work.displays import rest

    text = Text(no_wrap=True, overflow="ellipsis")
    mark = "▶" if child.code is None else "✓" if child.code == 0 else "■"
    text.append(f"{mark} {inert(child.title)}  ", "bold")
    known = Progress.__dataclass_fields__
    progress = Progress(**{name: value for name, value in child.progress.items() if name in known})
    if child.progress:
        text.append(f"{progress.skipped + progress.done}/{progress.total}  {inert(rest(progress))}")
    elif child.code is None:
        text.append("starting")
    if child.stopping and child.code is None:
        text.append("  stopping", "bold")
    if child.code:
        text.append(f"  {inert(_ending(child))}")
    return text


def _ending(child: Child) -> str:
    """How a child ended, in its own last words."""
    if child.code == 0:
        return "done"
    return child.said[-1].removeprefix("interpref: ") if child.said else f"ended with code {child.code}"
