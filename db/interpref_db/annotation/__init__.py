"""Annotation over a study: what there is to label, one annotator's session, and what the labels of all come to."""
