"""Themes and styles of the screens."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.theme import Theme

DEFAULT = "interpref-dark"


def themes() -> list[Theme]:
    """Our themes: dark and light, high contrast, and one whose colours are told apart with any colour vision."""
    from textual.theme import Theme

    return [
        Theme(
            name="interpref-dark",
            primary="#7aa2f7",
            secondary="#9ece6a",
            accent="#e0af68",
            warning="#e0af68",
            error="#f7768e",
            success="#9ece6a",
            foreground="#c8d0e8",
            background="#16181f",
            surface="#1c1f28",
            panel="#242836",
            dark=True,
        ),
        Theme(
            name="interpref-dusk",
            primary="#88c0d0",
            secondary="#a3be8c",
            accent="#d08770",
            warning="#ebcb8b",
            error="#d0767f",
            success="#a3be8c",
            foreground="#d8dee9",
            background="#242933",
            surface="#2b303b",
            panel="#343a48",
            dark=True,
        ),
        Theme(
            name="interpref-light",
            primary="#1f5fbf",
            secondary="#2f7d3b",
            accent="#9a5b00",
            warning="#9a5b00",
            error="#b3261e",
            success="#2f7d3b",
            foreground="#1c1e24",
            background="#fbfbf9",
            surface="#f2f2ee",
            panel="#e4e5e0",
            dark=False,
        ),
        Theme(
            name="interpref-paper",
            primary="#6a4c2a",
            secondary="#3c6e57",
            accent="#8a3b12",
            warning="#8a5a00",
            error="#9b1c1c",
            success="#3c6e57",
            foreground="#2a251d",
            background="#f6f0e3",
            surface="#eee6d5",
            panel="#e2d8c2",
            dark=False,
        ),
        Theme(
            name="interpref-contrast",
            primary="#ffff00",
            secondary="#00ffff",
            accent="#ffffff",
            warning="#ffff00",
            error="#ff8080",
            success="#80ff80",
            foreground="#ffffff",
            background="#000000",
            surface="#000000",
            panel="#1a1a1a",
            dark=True,
        ),
        # Blue and orange differ for every common kind of colour vision (Okabe and Ito's palette).
        Theme(
            name="interpref-clear",
            primary="#56b4e9",
            secondary="#009e73",
            accent="#e69f00",
            warning="#f0e442",
            error="#d55e00",
            success="#0072b2",
            foreground="#e8e8e8",
            background="#17191c",
            surface="#1e2125",
            panel="#292d33",
            dark=True,
        ),
    ]


def style(name: str) -> str:
    """The text of `NAME.tcss`."""
    return (files("interpref_themes") / f"{name}.tcss").read_text(encoding="utf-8")
