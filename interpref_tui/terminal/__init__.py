"""The terminal: what it can do, and what is asked of it."""
