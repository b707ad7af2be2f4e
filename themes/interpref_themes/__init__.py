"""Textual themes and styles."""
