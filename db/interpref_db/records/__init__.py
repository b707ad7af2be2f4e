"""One record of a study, whole."""
