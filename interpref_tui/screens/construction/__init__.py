"""The screens on which a benchmark is built."""
