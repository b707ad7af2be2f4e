"""Measurements: each prints one JSON object with a ratio against its reference, both measured in one run."""
