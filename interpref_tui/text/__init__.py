"""Texts to read: Markdown laid out so that every place on the screen knows its place in the text, and lines that wrap."""
