"""Construction in a study: what each stage has to do, and what becomes of its answers (see `interpref_core.construction`)."""
