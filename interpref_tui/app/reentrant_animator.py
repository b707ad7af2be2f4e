"""Animations that may end each other, or themselves, in the middle of a frame."""

from __future__ import annotations

from textual._animator import Animator


class ReentrantAnimator(Animator):
    """Textual's animator, which takes for granted that what it animates leaves its other animations alone. Texts that scroll
    together do not: one that moves has the others jump, which ends theirs, and the program with a KeyError.
    """

    def __call__(self) -> None:
        if not self._animations:
            super().__call__()
            return
        now, level = self._get_time(), self.app.animation_level
        for key, animation in list(self._animations.items()):
            if (
                self._animations.get(key) is animation
                and animation(now, level)
                and self._animations.get(key) is animation
            ):
                del self._animations[key]
                if animation.on_complete is not None:
                    animation.on_complete()
