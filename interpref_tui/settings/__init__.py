"""Settings, and where they and the data are."""
