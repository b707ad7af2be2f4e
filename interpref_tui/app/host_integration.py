"""What the screens hand to the world around them: texts to the clipboard and an editor, pictures and exports to folders;
and what they said, which can be read again."""

from __future__ import annotations

import atexit
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import App

from interpref_core.ids import utc_now
from interpref_tui.presenters.message_log import LoggedMessage
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from interpref_core.system.temporary_folders import Scratch

KEPT = 500  # messages


class OutsideApp(App[int]):
    """An application with a clipboard, an editor, folders and a memory for what it said."""

    study_name: str = ""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.said: deque[LoggedMessage] = deque(maxlen=KEPT)
        self.exported_to: Path | None = None
        self._opened: Scratch | None = None

    # -- what was said -----------------------------------------------------------------------------------------------

    def log_message(self, text: str, severity: SeverityLevel = "information", details: str = "") -> None:
        """Keep a message that is shown somewhere."""
        self.said.append(LoggedMessage(utc_now(), text, severity, details))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say something in passing; it is kept, and never taken as markup unless that is asked for."""
        self.log_message(message, severity)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def action_messages(self) -> None:
        from interpref_tui.screens.dialogs.messages import MessagesScreen

        self.push_screen(MessagesScreen(list(self.said)))

    # -- the clipboard -----------------------------------------------------------------------------------------------

    def copy_text(self, text: str) -> None:
        """Copy a text and say how."""
        if not text:
            self.notify("nothing to copy here", timeout=3, markup=False)
            return
        self._clipboard = text  # for pasting into fields of ours
        self._copy(text)

    def copy_to_clipboard(self, text: str) -> None:
        """What is selected by mouse goes the same ways."""
        self.copy_text(text)

    @work(thread=True, exclusive=True, group="copy", exit_on_error=False)
    def _copy(self, text: str) -> None:
        from interpref_tui.terminal.clipboard import copy

        said = copy(text, lambda sequence: self.call_from_thread(self._send, sequence))
        self.call_from_thread(self.notify, said, timeout=4)

    def _send(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

    # -- editor and folders ------------------------------------------------------------------------------------------

    def open_in_editor(self, text: str) -> None:
        """Show a text in $VISUAL, $EDITOR or $PAGER. Its file stays as long as the screens do: an editor with a window
        of its own may return before it has read it."""
        from interpref_core.system.safe_files import PRIVATE_FILE, replace_file
        from interpref_core.system.temporary_folders import Scratch
        from interpref_tui.terminal.external_editor import open_text

        if self._opened is None:
            self._opened = Scratch()
            atexit.register(self._opened.close)
        number = sum(1 for _ in self._opened.path.glob("text-*")) + 1
        path = self._opened.path / f"text-{number}.md"
        replace_file(path, text.encode("utf-8", "replace"), PRIVATE_FILE, sync=False)
        wrong = open_text(self, path)
        if wrong:
            self.notify(wrong, severity="error", markup=False)

    @property
    def pictures(self) -> Path:
        """The folder of pictures of the screen."""
        from interpref_tui.settings.paths import state_folder

        return state_folder() / "pictures"

    def action_exports(self) -> None:
        """Say where exports and pictures are; where there is a desktop, show the folder."""
        from interpref_tui.terminal.external_editor import show_folder

        folder = self.exported_to or Path.cwd()
        shown = " (opened)" if show_folder(folder) else ""
        self.notify(f"exports: {folder}{shown}\npictures of the screen: {self.pictures}", timeout=8, markup=False)

    def action_picture(self) -> None:
        """Write what is on the screen as an SVG file."""
        from interpref_tui.settings.private_files import write_private

        name = f"{Path(self.study_name).stem or 'interpref'}-{utc_now().replace(':', '').replace('.', '')}.svg"
        path = self.pictures / name
        try:
            picture = self.export_screenshot(title=sanitize(self.study_name)).encode("utf-8", "replace")
            write_private(path, picture, root=path.parent.parent)
        except OSError as error:
            self.notify(f"no picture: {path.parent}: {error.strerror or error}", severity="error", markup=False)
            return
        self.notify(f"picture: {path}", timeout=6, markup=False)

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str:
        """Textual's own command for a picture makes ours."""
        del filename, path, time_format
        self.action_picture()
        return ""
