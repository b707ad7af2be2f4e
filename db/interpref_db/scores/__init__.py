"""The numbers of a study."""
