"""Preferences that say the same: vectors of their texts, the tree of their merges, and the groups that a threshold cuts."""
