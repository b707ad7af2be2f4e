"""Lists of a study: their columns, their filters, their pages."""
