"""Construction as work: each stage plans, the chain runs one after the other on the run engine."""
