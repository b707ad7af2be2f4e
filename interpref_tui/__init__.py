"""The application: command line, screens, widgets, key map, configuration."""
