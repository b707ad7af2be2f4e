"""The screens as lines."""
