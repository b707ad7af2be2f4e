"""What was done is taken back and done again, by name."""

from __future__ import annotations

from interpref_tui.undo import Steps


def test_steps_go_back_and_forth_by_name() -> None:
    steps, place = Steps(), [0]

    def go(to: int) -> None:
        before = place[0]
        place[0] = to
        steps.done(f"go to {to}", lambda: go(before), lambda: go(to))

    go(1)
    go(2)
    assert steps.undo() == "undone: go to 2"
    assert place == [1]
    assert steps.undo() == "undone: go to 1"
    assert steps.undo() == "nothing to undo"
    assert place == [0]
    assert steps.redo() == "done again: go to 1"
    go(5)
    assert steps.redo() == "nothing to redo"
    assert steps.undo() == "undone: go to 5"
    assert place == [1]
