"""Goes from place to place, a line at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.lists.quick_open import quick_find
from interpref_db.study.run_status import RunStatusReader
from interpref_tui.keys import keymap
from interpref_tui.keys.actions import ACTIONS, AREAS
from interpref_tui.line_mode.key_input import parse_line, sign
from interpref_tui.line_mode.line_io import LineIO
from interpref_tui.presenters.undo_stack import UndoStack
from interpref_tui.services.child_processes import ChildProcesses

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpref_db.study.study import Study
    from interpref_tui.line_mode.view import View
    from interpref_tui.settings.model import Settings


class Shell:
    """The places that were gone through, the innermost last; one stack of what can be undone."""

    def __init__(self, study: Study, settings: Settings | None, lines: LineIO | None = None) -> None:
        self.study = study
        self.settings = settings
        self.lines = lines or LineIO()
        self.steps = UndoStack()
        self.keys = keymap.load(settings)
        self.children = ChildProcesses(study.path)
        self.watch = RunStatusReader(study.places)
        self._places: list[View] = []
        self._going = True

    def run(self, start: Callable[[Shell], View]) -> int:
        """Go on until it is left or there are no more lines; the exit code."""
        for problem in self.keys.problems:
            self.lines.say(problem)
        help_key, leave_key = self.key_of("app.help"), self.key_of("app.quit")
        self.lines.say(f"{help_key} and enter says the keys; {leave_key} and enter leaves")
        try:
            self.open(start(self))
            while self._going and self._places:
                self.report_finished_children()
                self._one_line()
        except KeyboardInterrupt:
            self.lines.say("")
            return 130
        finally:
            while self._places:
                self._places.pop().close()
        return 0

    def open(self, place: View) -> None:
        """Go into a place."""
        self._places.append(place)
        self._try(place.on_enter)

    def back(self) -> None:
        """Go back to where we came from; from a main place Home, where only leaving is left."""
        if len(self._places) > 1:
            self._places.pop().close()
            self._try(self._places[-1].on_return)
        elif self.place.ends:
            self.go_back()
        elif self.place.name != "home":
            self.open_target("home")
        else:
            self.lines.say(f"this is Home; {self.key_of('app.quit')} and enter leaves")

    def open_target(self, name: str) -> None:
        """Go to a main place, and from everywhere else."""
        from interpref_tui.line_mode.router import main_place

        place = main_place(self, name)
        while self._places:
            self._places.pop().close()
        self.open(place)

    def go_back(self) -> None:
        """Leave; with runs at work, ask what to do with them."""
        at_work = self.children.running
        if at_work:
            self.lines.say(f"{at_work} run(s) started here are still going. What is done is safe either way.")
            answer = (
                (self.lines.ask("s stops them and leaves, l leaves them running, esc stays:") or "l").strip().lower()
            )
            if answer not in ("s", "l"):
                return
            if answer == "s":
                self.children.stop_all()
        self._going = False

    def report_finished_children(self) -> None:
        """Say of what was started here how it ended, once each."""
        for child in self.children.all:
            if child.code is not None and not child.exit_reported:
                child.exit_reported = True
                self.lines.say(f"{child.title}: {child.exit_message}")

    def key_of(self, action: str) -> str:
        """The first key of an action as this user has it, as it is typed here."""
        return next((sign(key) for key in self.keys.keys_of(ACTIONS[action])), "no key")

    @property
    def place(self) -> View:
        return self._places[-1]

    def _try(self, what: Callable[[], None]) -> None:
        """Whatever is wrong is one line, and we go on."""
        try:
            what()
        except BrokenPipeError:
            raise  # nobody listens any more
        except Exception as error:
            from interpref_tui.diagnostics.crash_report import known_message

            message = known_message(error) or (str(error) if isinstance(error, ValueError) else None)
            if message is None:
                raise
            self.lines.say(" ".join(message.split()))

    def _one_line(self) -> None:
        line = self.lines.ask(f"{self.place.name}> ")
        if line is None:
            self._going = False
            return
        found = parse_line(line)
        if found is None:
            self.lines.say(f"{line.split()[0]!r} is no key here; ? says them")
            return
        if found.key == "enter" and self.lines.has_more:
            self.lines.next_page()
            return
        self.lines.stop()
        does = self._meaning(found.key)
        if does is None:
            self.lines.say(f"{sign(found.key)} does nothing here; ? says the keys")
        else:
            self._try(lambda: does(found.argument))

    def _meaning(self, key: str) -> Callable[[str], None] | None:
        """What a key does: here, then everywhere."""
        for name, does in self.place.actions().items():
            if key in self.keys.keys_of(ACTIONS[name]):
                return does
        everywhere: dict[str, Callable[[str], None]] = {
            "app.help": lambda _: self._help(),
            "app.quit": lambda _: self.go_back(),
            "app.interrupt": lambda _: self.go_back(),
            "app.palette": self._find,
        }
        for action in AREAS["go"].actions:
            if self.keys.keys_of(action):
                everywhere[action.name] = self._going_to(action.name.partition(".")[2])
        for name, does in everywhere.items():
            if name in ACTIONS and key in self.keys.keys_of(ACTIONS[name]):
                return does
        if key == "escape":
            return lambda _: self.back() if self.place.on_back() else None
        if key == "enter":
            return lambda _: self.place.on_enter_key()
        return None

    def _going_to(self, name: str) -> Callable[[str], None]:
        return lambda _: self.open_target(name)

    def _find(self, said: str) -> None:
        """Open what has an identifier."""
        from interpref_tui.line_mode.router import place_of

        if not said:
            self.lines.say(": and an identifier opens a history, item or run; : and words find some")
            return
        place = place_of(self, said)
        if place is not None:
            self.open(place)
            return
        with self.study.reading() as cursor:
            found = list(quick_find(cursor, said))
        for thing in found:
            self.lines.say(f"{thing.kind} {thing.id}: {' '.join(thing.text.split())[:200]}")
        self.lines.say(": and one of these identifiers opens it" if found else f"nothing here is {said!r} or has it")

    def _help(self) -> None:
        lines = self.place.help(self.keys)
        lines.append("esc: go back; enter: read on, or open")
        for action in (ACTIONS["app.palette"], ACTIONS["app.quit"]):
            if self.keys.keys_of(action):
                lines.append(f"{' or '.join(sign(key) for key in self.keys.keys_of(action))}: {action.help_text}")
        went = [
            f"{self.key_of(action.name)} {action.label}" for action in AREAS["go"].actions if self.keys.keys_of(action)
        ]
        lines.append(f"everywhere: {', '.join(went)}")
        self.lines.say("\n".join(lines))
