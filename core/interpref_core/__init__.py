"""What the science says: paradigms, judge, metrics, model providers, run engine. No terminal, no SQL."""

__version__ = "0.1.0"
