"""What forms ask, and what they do with the answers. No widget here: the screens and the line mode ask the same."""
