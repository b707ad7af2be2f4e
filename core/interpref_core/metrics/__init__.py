"""The numbers, as pure functions of counts: pass rates, verdict patterns, intervals."""
