"""Subjects of the stages that ask for counterparts and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from interpref_tui.services.construction.stage import StageContext

_ANSWER, _CHECK = 120, 80  # tokens of usual answers


class _Traced(Protocol):
    """What is known to come from confidential histories or not."""

    @property
    def confidential(self) -> bool: ...


Subject = TypeVar("Subject", bound=_Traced)


def open_to(work: StageContext, todo: list[Subject], what: str) -> tuple[list[Subject], list[str]]:
    """The subjects that the model may see, and a notice about the others."""
    private = sum(one.confidential for one in todo)
    if not work.withheld(private):
        return todo, []
    why = "come from confidential histories and go to no remote model (--allow-confidential sends them)"
    return [one for one in todo if not one.confidential], [f"{private} {what} {why}"]
