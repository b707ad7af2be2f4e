"""Prompts as files, one a prompt."""
