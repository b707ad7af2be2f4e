"""The application: its screens, one key away each, over one study."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from interpref_themes import styles
from interpref_tui.app.line_filters import ReadableDim
from interpref_tui.app.navigation import GoingApp
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.undo_stack import UndoStack
from interpref_tui.screens.home import HomeScreen
from interpref_tui.terminal.theme_choice import themes_here
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.binding import BindingType
    from textual.screen import Screen

    from interpref_db.annotation.session import AnnotationSession
    from interpref_db.errors import StudyError
    from interpref_db.study.study import Study
    from interpref_tui.services.child_processes import ChildProcesses
    from interpref_tui.settings.model import Settings
    from interpref_tui.settings.startup import StartupSettings
    from interpref_tui.terminal.capabilities import Colours
    from interpref_tui.terminal.splash import Splash

TIDIED = 15.0  # seconds between two times that memory is tidied up
_AT_ONCE = 3  # problems of the configuration that are shown in passing


class InterprefApp(GoingApp):
    """Screens over a study. `study` is read in threads; runs are child processes."""

    CSS = styles()
    TITLE = "interpref"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("go", "app")

    def __init__(
        self,
        study: Study,
        settings: Settings | StartupSettings | None = None,
        *,
        start: Callable[[], Screen[Any]] | None = None,
        colours: Colours = "many",
        kept: bool = False,
    ) -> None:
        """With `start`, that screen stands on top at first, and leaving it ends the program. `colours`: how many the
        terminal has. With `kept`, the theme that was chosen last holds also where nothing is configured."""
        super().__init__(ansi_color=True if colours == "none" else None)
        self._start = start
        self.sessions: list[AnnotationSession] = []  # those whose screens are open
        self.summaries: list[str] = []  # of those that are over
        self.steps = UndoStack()  # what can be undone
        self.steady = False  # whether it is the one application of its process
        self.refused: StudyError | None = None  # why the study could not be opened
        self.study = study
        self.study_name = study.path.name
        self._settings = settings
        self._children: ChildProcesses | None = None
        self.keys: Mapping[str, str] = {}  # what the user's key map changes, by action
        self._key_problems: tuple[str, ...] = ()
        self.themes = themes_here(settings, colours, kept=kept)
        for palette in self.themes.palettes:
            self.register_theme(palette.theme())
        self.theme = self.themes.first
        self._filters.insert(0, ReadableDim(lambda: self.themes.least(self.theme)))

    @property
    def settings(self) -> Settings | None:
        """What is configured; None where nothing is. The first to ask may wait for a library."""
        from interpref_tui.settings.startup import StartupSettings

        return self._settings.whole if isinstance(self._settings, StartupSettings) else self._settings

    @property
    def children_at_work(self) -> ChildProcesses:
        """The generations and judgings that were started here."""
        if self._children is None:
            from interpref_tui.services.child_processes import ChildProcesses

            self._children = ChildProcesses(self.study.path)
        return self._children

    async def on_mount(self) -> None:
        self._set_keys()
        self.restore_session(self.theme)
        await self.push_screen(self.keep_screen("home", HomeScreen()))
        if self._start is not None:
            await self.push_screen(self._start())
        else:
            await self.restore_last_screen()
        self._say_problems()
        self._wait_for_study()
        if self.steady:
            self.set_timer(1.5, self._settle)

    @work(thread=True, exit_on_error=False)
    def _settle(self) -> None:
        """Once the first screen stands: load what is asked for soon."""
        _ = self.settings
        # What was loaded by now stays: the collector need not look at it again, 50 ms each time.
        gc.freeze()
        gc.set_threshold(20_000, 5, 3)
        self.call_from_thread(self.set_interval, TIDIED, self._tidy)

    def _tidy(self) -> None:
        garbage = self.tidying.begin()
        if garbage is not None:
            tidy = partial(self.tidying.tidy, garbage=garbage)
            self.run_worker(tidy, thread=True, group="tidy", exclusive=True, exit_on_error=False)

    def refresh_css(self, animate: bool = True) -> None:
        """Before anything is shown, the theme's colours are only noted: the styles are about to be read for the first time."""
        if self._is_mounted:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    @work(thread=True, exit_on_error=False)
    def _wait_for_study(self) -> None:
        """The study is opened while the first screen is drawn. One that cannot be opened is nothing to show."""
        from interpref_db.errors import StudyError

        try:
            self.study.wait_until_open()
        except StudyError as error:
            self.refused = error
            self.call_from_thread(self.exit, 1)

    def _say_problems(self) -> None:
        """What is wrong with the user's own keys and themes: as much as has room in passing, and where the rest is."""
        problems = [sanitize(problem) for problem in (*self._key_problems, *self.themes.problems)]
        for problem in problems[_AT_ONCE:]:
            self.log_message(problem, "warning")
        if more := len(problems[_AT_ONCE:]):
            problems[_AT_ONCE:] = [f"and {more} more: M shows them, and `interpref doctor`"]
        for problem in problems:
            self.notify(problem, severity="warning", markup=False, timeout=10)

    def _set_keys(self) -> None:
        from interpref_tui.keys import keymap

        found = keymap.load(self._settings)
        self.keys = found.keys
        if found.keys:
            self.set_keymap(dict(found.keys))
        self._key_problems = found.problems

    # -- going about -------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        from interpref_tui.screens.dialogs.help import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    def search_themes(self) -> None:
        """Choose a theme; Textual's own command for it in the palette comes here too."""
        from interpref_tui.screens.dialogs.themes import ThemesScreen

        self.push_screen(ThemesScreen())

    def choose_theme(self, before: str, after: str) -> None:
        """Note that another theme was chosen, which can be taken back."""

        def take(name: str) -> Callable[[], None]:
            return lambda: setattr(self, "theme", name)

        if before != after:
            self.steps.done(f"theme {after}", take(before), take(after))

    def action_undo(self) -> None:
        self._say(self.steps.undo())

    def action_redo(self) -> None:
        self._say(self.steps.redo())

    def _say(self, text: str) -> None:
        """One line where the eye is; in passing, where the screen has none."""
        tell = getattr(self.screen, "tell", None)
        if tell is not None:
            tell(text)
        else:
            self.notify(sanitize(text), markup=False, timeout=3)

    def action_leave(self) -> None:
        """Leave; with runs at work, ask what to do with them."""
        at_work = self._children.running if self._children else 0
        if not at_work:
            self.exit(0)
            return
        from interpref_tui.screens.dialogs.confirm import ConfirmScreen

        def answered(answer: str | None) -> None:
            if answer == "s" and self._children:
                self._children.stop_all()
            if answer in ("s", "l"):
                self.exit(0)

        text = f"{at_work} run(s) started here are still going. What is done is safe either way."
        answers = {"s": "stop them and leave", "l": "leave them running", "escape": "stay"}
        self.push_screen(ConfirmScreen(text, answers), answered)

    def end_annotation(self, session: AnnotationSession) -> None:
        """A session is over: its journal is let go of, and what was done is said."""
        self.let_go(session)
        if self._start is not None:
            self.exit(0)
            return
        self.pop_screen()
        self.notify("\n".join(map(sanitize, session.summary().lines())), markup=False, timeout=8)

    def let_go(self, session: AnnotationSession) -> None:
        """Close the journal of a session, however its screen was left; what it came to is said at the end."""
        session.close()
        if session in self.sessions:
            self.sessions.remove(session)
            self.summaries += session.summary().lines()

    def _fatal_error(self) -> None:
        """A bug ends the program with a report without local variables, which may hold private texts."""
        from interpref_tui.diagnostics import log
        from interpref_tui.diagnostics.crash_report import write_report

        error = sys.exc_info()[1]
        if error is not None:
            log.log_error(error)
        report = write_report(error) if error else None
        self._crashed = f"; details, without texts of yours, are in {report}" if report else ""
        self._exception = error if isinstance(error, Exception) else None
        self._close_messages_no_wait()


def run_app(
    study: Study,
    settings: Settings | StartupSettings | None = None,
    *,
    start: Callable[[], Screen[Any]] | None = None,
    curtain: Splash | None = None,
) -> int:
    """Run the screens until they are left; the exit code. What was annotated is said at the end.

    `curtain` is what stands on the terminal by now. Raises StudyError when the study turns out not to be one that can be
    opened.
    """
    from interpref_core.system.temporary_folders import remove_left_behind
    from interpref_tui.diagnostics import log
    from interpref_tui.terminal.capabilities import (
        colours,
        describe,
        guarded_stderr,
        set_color_system,
        tolerate_invalid_utf8,
    )

    tolerate_invalid_utf8()
    for name in ("COLUMNS", "LINES"):
        # Exported by some shells, believed by Python before the terminal: the screens would never hear of another size.
        os.environ.pop(name, None)
    has = colours()
    set_color_system(has)
    log.start()
    remove_left_behind()
    log.note(f"screens open in {describe(has)}")
    app = InterprefApp(study, settings, start=start, colours=has, kept=True)
    app.steady = app.remembers = True
    if curtain is not None:
        curtain.lift()
    with guarded_stderr():
        code = app.run()
    log.note("screens closed")
    for session in list(app.sessions):
        app.let_go(session)
    with suppress(OSError):  # there may be no terminal any more to say it on
        sys.stderr.write("".join(f"{sanitize(line)}\n" for line in app.summaries))
        sys.stderr.flush()
    if app.refused is not None:
        raise app.refused
    report = getattr(app, "_crashed", None)
    if report is not None:
        sys.stderr.write(f"interpref: something went wrong inside{report}\n")
        return 1
    return code or 0
