"""Widgets that show long texts."""
