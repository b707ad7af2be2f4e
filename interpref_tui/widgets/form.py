"""The frame of a form: labelled fields, of which as many are in view as there is room for, and below them what they come to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from interpref_tui.text.output import sanitize, truncate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

    from interpref_tui.forms.form import Field


class Fields(VerticalScroll, inherit_bindings=False):
    """The fields. Where they are more than there is room for, they scroll, and the frame says how many are out of sight."""

    class Scrolled(Message):
        """Other fields are in view."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())


class FormStatus(Vertical):
    """What stands below the fields."""

    class Grown(Message):
        """It takes more lines than before, or fewer."""

    def on_resize(self) -> None:
        self.post_message(self.Grown())


class Form(Vertical):
    """A title, fields, and lines that say what they come to."""

    class Changed(Message):
        """Something else stands in the fields."""

    class Submitted(Message):
        """Enter was pressed in a field."""

    def __init__(self, title: str, fields: Sequence[Field], note: str) -> None:
        super().__init__()
        self._room = 24
        self._title, self._fields, self._note = title, tuple(fields), note

    def compose(self) -> ComposeResult:
        if self._title:
            yield Static(Text(self._title, "bold"), classes="form-title", markup=False)
        with Fields(can_focus=False):
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    known = SuggestFromList(field.known, case_sensitive=False) if field.known else None
                    yield Input(
                        field.value,
                        placeholder=field.hint,
                        id=f"field-{field.name}",
                        suggester=known,
                        select_on_focus=False,
                    )
        with FormStatus(classes="told"):
            yield Static("", classes="known", markup=False)
            yield Static("", classes="command", markup=False)
            yield Static("", classes="estimate", markup=False)
            yield Static("", classes="problem", markup=False)
            yield Static(self._note, classes="note", markup=False)

    def on_mount(self) -> None:
        self.query_one(".known").set_class(not any(one.known for one in self._fields), "-hidden")
        self.query(Input).first().focus()
        self._offer()

    # -- what stands in the fields -----------------------------------------------------------------------------------

    def values(self) -> dict[str, str]:
        """What stands in the fields, by name."""
        return {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in self._fields}

    def put(self, name: str, value: str) -> None:
        """Write something into a field."""
        self.query_one(f"#field-{name}", Input).value = value

    def focus_field(self, label: str) -> None:
        """Go to the field of a label."""
        for field in self._fields:
            if field.label == label:
                self.query_one(f"#field-{field.name}", Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())

    def on_descendant_focus(self) -> None:
        self._offer()

    # -- what stands below them --------------------------------------------------------------------------------------

    def say(self, name: str, text: str, *, lines: bool = False) -> None:
        """Write one of the lines below: command, estimate or problem. A problem marks the field whose label it begins with."""
        self.query_one(f".{name}", Static).update(Text(sanitize(text, lines=lines)))
        if name == "problem":
            for field, label in zip(self._fields, self.query(".field Label").results(Label), strict=False):
                wrong = bool(text) and text.startswith(f"{field.label}:")
                label.update(Text(f"! {field.label}" if wrong else field.label))

    def leave_out(self, *names: str) -> None:
        """Lines that this form never says."""
        for name in names:
            self.query_one(f".{name}", Static).add_class("-hidden")

    def _offer(self) -> None:
        """What could stand in the field in focus."""
        focused = self.screen.focused
        field = next((one for one in self._fields if focused is not None and focused.id == f"field-{one.name}"), None)
        text = ""
        if field is not None and field.known and isinstance(focused, Input):
            typed = focused.value.strip().lower()
            fits = [one for one in field.known if typed in one.lower() and typed != one.lower()]
            text = f"→ takes the grey rest; there are {', '.join(fits or field.known)}"
        known = self.query_one(".known", Static)
        known.update(
            Text(sanitize(truncate(text, max(20, self.screen.size.width - 6))), no_wrap=True, overflow="ellipsis")
        )

    # -- room --------------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._fit()

    @on(FormStatus.Grown)
    def _grown(self) -> None:
        self._fit()

    def fit(self, room: Size) -> None:
        """Take no more lines than there are."""
        self._room = max(5, room.height)
        self.styles.max_height = self._room
        self._fit()

    def _fit(self) -> None:
        """The fields have what the rest leaves."""
        with suppress(NoMatches):
            told = self.query_one(FormStatus).outer_size.height
            room = self._room - 2 - (1 if self._title else 0) - told  # 2 lines of the frame
            self.query_one(Fields).styles.max_height = max(1, min(len(self._fields), room))
            self.call_after_refresh(self._count)

    @on(Fields.Scrolled)
    def _count(self) -> None:
        """How many fields are out of sight stands in the frame."""
        fields = self.query_one(Fields)
        above = round(fields.scroll_y)
        below = max(0, len(self._fields) - above - fields.size.height)
        parts = [f"↑ {above} more" if above else "", f"↓ {below} more" if below else ""]
        self.border_subtitle = "  ".join(part for part in parts if part)
