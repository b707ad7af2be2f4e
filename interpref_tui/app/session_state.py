"""Where one was in a study: screen, theme, and each list's row, filter, sort and columns. Kept in the state folder."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_tui.widgets.list.list_state import ListState

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App


@dataclass(slots=True)
class SessionState:
    """Where one was in a study."""

    screen: str = "home"
    theme: str | None = None
    configured: str | None = None  # the theme that the configuration said then
    lists: dict[str, ListState] = field(default_factory=dict)


def file_of(study: Path) -> Path:
    """The file of a study's places. Two studies of one name in two folders have two."""
    from interpref_tui.settings.paths import state_folder

    whole = str(study.resolve())
    return state_folder() / "places" / f"{study.stem}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}.json"


def load(study: Path) -> SessionState:
    """What was kept; a new beginning where nothing was, or where it cannot be read."""
    from interpref_tui.settings.private_files import read_private

    try:
        return _validate(json.loads(read_private(file_of(study))))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return SessionState()


def _validate(data: Any) -> SessionState:
    """Places with the right kind of value everywhere. Raises TypeError, AttributeError or ValueError."""
    theme: object = data.get("theme")
    places = SessionState(str(data.get("screen") or "home"), theme if isinstance(theme, str) else None)
    configured: object = data.get("configured")
    places.configured = configured if isinstance(configured, str) else None
    for kind, one in data.get("lists", {}).items():
        key, texts = one.get("key"), [one.get("filter") or "", one.get("sort") or "", *(one.get("columns") or ())]
        if not (isinstance(key, int | str | None) and all(isinstance(text, str) for text in texts)):
            raise TypeError
        place = ListState(key, texts[0], texts[1] or None, bool(one.get("descending")), tuple(texts[2:]))
        places.lists[str(kind)] = place
    return places


def to_toml(places: SessionState) -> str:
    """Places as they are kept."""
    return json.dumps(asdict(places))


def save(study: Path, text: str) -> None:
    """Keep what `written` gave. A folder that cannot be written is no reason to complain."""
    from interpref_tui.settings.paths import state_folder
    from interpref_tui.settings.private_files import write_private

    with suppress(OSError):
        write_private(file_of(study), text.encode("utf-8", "replace"), root=state_folder())


def place_of(app: App[Any], kind: str) -> ListState | None:
    """What is known of a list of the study that is open."""
    known: SessionState | None = getattr(app, "places", None)
    return known.lists.get(kind) if known else None
