"""Texts: words, tokens, differences, suggestions."""
