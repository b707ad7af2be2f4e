"""The log, crash reports and `doctor`."""
