"""Dialogs: they stand over a screen and give an answer."""
