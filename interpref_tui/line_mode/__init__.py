"""The program in plain lines, for screen readers, dumb terminals and pipes: the same places and keys, no cursor that moves."""
