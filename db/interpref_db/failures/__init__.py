"""Failures: which items failed where, and their cross tables."""
