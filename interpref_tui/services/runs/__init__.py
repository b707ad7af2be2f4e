"""Runs: generate, judge, compare, resume."""
