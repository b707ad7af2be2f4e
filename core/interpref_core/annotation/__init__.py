"""Annotation: what is labelled, by whom, in which order, shown how; and what the labels come to. No terminal, no SQL."""
