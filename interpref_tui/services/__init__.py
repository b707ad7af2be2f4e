"""Long work (generation, judging) put together from study, science and configuration; shown by any display."""
